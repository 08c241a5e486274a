import type { RoomSession, Self } from '../../client/api.ts';
import { preferencesOf, type Preferences } from '../../client/profile/preferences.ts';
import type {
  CallStep,
  ListedRoom,
  MemberInfo,
  Person,
  RelayInfo,
  RoomInfo,
  RoomLine,
  RoomState,
  WhisperLine,
} from '../../client/session-events.ts';
import type { LogId, RoomId } from '../../shared/ids.ts';
import type { EditorState } from '../composer/editor-state.ts';

/** Entries a buffer keeps in memory; older lines come back from the archive. */
export const MAX_ENTRIES = 1_000;
/** Lines asked of the archive or the host at a time. */
export const PAGE_LINES = 200;
/** People shown as typing at once. */
export const MAX_TYPING = 8;
/** Hits of a search; more words find fewer. */
export const MAX_HITS = 200;
/** Questions waiting for an answer. */
export const MAX_PROMPTS = 4;

/** The buffer of what is whispered with one person, by key. */
export type PersonId = `@${string}`;
export type BufferId = RoomId | PersonId | 'lobby';

/** `sent` lines are with the host; `waiting` ones only in the outbox here. */
export type LineStatus =
  | { readonly type: 'waiting' }
  | { readonly type: 'sent' }
  | { readonly type: 'failed'; readonly why: string };

/** One thing in a buffer, in the order in which it is shown. `key` is stable while it is shown. */
export type Entry = { readonly key: string; readonly at: number } & (
  | {
      readonly type: 'line';
      readonly line: RoomLine;
      readonly mine: boolean;
      readonly mention: boolean;
      readonly status?: LineStatus;
    }
  | { readonly type: 'whisper'; readonly whisper: WhisperLine; readonly why?: string }
  /** `times`: how often it came, where that is more than once. */
  | { readonly type: 'notice'; readonly text: string; readonly tone: NoticeTone; readonly times?: number }
);
export type EntryOf<Type extends Entry['type']> = Extract<Entry, { type: Type }>;
/** `help` is looked something up in, and closed again. */
export type NoticeTone = 'answer' | 'help' | 'event' | 'warning' | 'error';

/** Where a buffer is scrolled to: `key` is the entry of the lowest visible row, `hidden` how many of its rows are below it. */
export interface Anchor {
  readonly key: string;
  readonly hidden: number;
}

interface BufferBase {
  readonly entries: readonly Entry[];
  /** Whispers, notices and refused lines that were let go of with a room's newer lines, and come back with them. */
  readonly aside: readonly Entry[];
  /** Undefined: at the bottom, following. */
  readonly anchor: Anchor | undefined;
  /** Lines that arrived below the view since it was scrolled up. */
  readonly below: number;
  /** The first entry that came while nobody looked. */
  readonly marker: string | undefined;
  /** The entry that was jumped to. */
  readonly found: string | undefined;
  readonly unread: number;
  readonly mentions: number;
}

export interface LobbyBuffer extends BufferBase {
  readonly type: 'lobby';
  readonly id: 'lobby';
  /** Which listed room the arrows point at. */
  readonly selected: RoomId | undefined;
}

export interface RoomBuffer extends BufferBase {
  readonly type: 'room';
  readonly id: RoomId;
  readonly info: RoomInfo;
  readonly state: RoomState;
  /** Why it is not online. */
  readonly reason: RoomSession['reason'];
  /** How far the call is, while connecting. */
  readonly call: CallStep | undefined;
  readonly me: MemberInfo | undefined;
  readonly members: readonly MemberInfo[];
  /** The log that the numbers of its lines are of. */
  readonly log: LogId | undefined;
  /** Newest seq of a line that came, also when it is not in memory. */
  readonly head: number;
  /** Lines up to this seq are no news here: what the room had when it was joined for the first time. */
  readonly backlog: number | undefined;
  /** False while newer lines were let go of to show older ones; they are in the archive. */
  readonly attached: boolean;
  /** The host has been asked for older lines. */
  readonly loading: boolean;
  /** Nothing older is to be had. */
  readonly complete: boolean;
  readonly typing: readonly { readonly who: Person; readonly at: number }[];
  /** The host's last round trip. */
  readonly ms: number | undefined;
  /** It was asked for one, and did not answer. */
  readonly silent: boolean;
  readonly progress: { readonly done: number; readonly total: number } | undefined;
  /** The host put this profile out or closed; the buffer stays to be read. */
  readonly over: boolean;
  /** Number of the line that `marker` names. */
  readonly markerSeq: number | undefined;
}

export interface PersonBuffer extends BufferBase {
  readonly type: 'person';
  readonly id: PersonId;
  readonly person: Person;
  /** False while newer whispers were let go of to show older ones; they are in the archive. */
  readonly attached: boolean;
}

export type Buffer = LobbyBuffer | RoomBuffer | PersonBuffer;

export type Prompt = { readonly id: number; readonly question: string } & (
  { readonly type: 'secret' } | { readonly type: 'confirm' }
);

/** The search over everything said in one buffer, while it is open. */
export interface Finding {
  readonly buffer: RoomId | PersonId;
  readonly editor: EditorState;
  /** Newest first. */
  readonly hits: readonly RoomLine[];
  /** Index of the chosen one. */
  readonly at: number;
  /** Older lines are on their way from the host. */
  readonly fetch: { readonly done: number; readonly total: number } | undefined;
  /** Events that only the host has. */
  readonly unfetched: number;
}

export interface State {
  readonly self: Self;
  /** Whether rooms of this machine and network are looked for. */
  readonly near: boolean;
  readonly relays: readonly RelayInfo[];
  readonly listed: readonly ListedRoom[];
  readonly lobby: LobbyBuffer;
  /** In the order of joining. */
  readonly rooms: readonly RoomBuffer[];
  /** In the order of opening; behind the rooms in every list. */
  readonly people: readonly PersonBuffer[];
  /** People known by name, wherever they are: names that look like theirs are shown with a key tag. */
  readonly known: readonly Person[];
  readonly current: BufferId;
  /** What was shown before it. */
  readonly previous: BufferId;
  readonly prompts: readonly Prompt[];
  /** Typed lines whose command has not answered yet, as they were typed. */
  readonly working: readonly { readonly id: number; readonly text: string }[];
  /** A word about the last key, until the next one. */
  readonly hint: string | undefined;
  /** Another process took this identity over. */
  readonly elsewhere: boolean;
  readonly preferences: Preferences;
  /** Ids of rooms that never ring. */
  readonly muted: readonly string[];
  /** Whether the terminal has the keyboard; undefined where it does not tell. */
  readonly focused: boolean | undefined;
  readonly finding: Finding | undefined;
  /** Links of the buffer on screen that have a number now, number 1 first. */
  readonly numbered: readonly string[] | undefined;
  /** Counts what only this screen has (notices), so that their keys are unique. */
  readonly serial: number;
}

export function initialState(self: Self, preferences = preferencesOf({}), near = true): State {
  return {
    self,
    near,
    relays: [],
    listed: [],
    lobby: { type: 'lobby', id: 'lobby', selected: undefined, ...emptyBuffer },
    rooms: [],
    people: [],
    known: [],
    current: 'lobby',
    previous: 'lobby',
    prompts: [],
    working: [],
    hint: undefined,
    elsewhere: false,
    preferences,
    muted: [],
    focused: undefined,
    finding: undefined,
    numbered: undefined,
    serial: 0,
  };
}

export const emptyBuffer: BufferBase = {
  entries: [],
  aside: [],
  anchor: undefined,
  below: 0,
  marker: undefined,
  found: undefined,
  unread: 0,
  mentions: 0,
};

export function bufferOf(state: State, id: BufferId): Buffer | undefined {
  if (id === 'lobby') return state.lobby;
  return isPersonId(id) ? personOf(state, id) : roomOf(state, id);
}

export function roomOf({ rooms }: State, id: BufferId): RoomBuffer | undefined {
  return rooms.find((room) => room.id === id);
}

export function personOf({ people }: State, id: BufferId): PersonBuffer | undefined {
  return people.find((person) => person.id === id);
}

export function personId({ key }: Pick<Person, 'key'>): PersonId {
  return `@${key}`;
}

export function isPersonId(id: BufferId): id is PersonId {
  return id.startsWith('@');
}

/** The lobby, rooms, people: as they are listed. */
export function allBuffers({ lobby, rooms, people }: State): readonly Buffer[] {
  return [lobby, ...rooms, ...people];
}

/** The buffer on screen; the lobby when the one that was there has gone. */
export function currentBuffer(state: State): Buffer {
  return bufferOf(state, state.current) ?? state.lobby;
}

/** Whether everything in this buffer was on screen, what came below the view included. */
export function isRead({ unread, below }: Buffer): boolean {
  return unread === 0 && below === 0;
}

/** What is new in all of them together. */
export function newsOf(buffers: readonly Buffer[]): Pick<Buffer, 'mentions' | 'unread'> {
  const sum = (of: (buffer: Buffer) => number): number => buffers.reduce((all, each) => all + of(each), 0);
  return { mentions: sum(({ mentions }) => mentions), unread: sum(({ unread }) => unread) };
}

/** Whether what comes at the end of this buffer is seen at once. */
export function isOnScreen(state: State, id: BufferId): boolean {
  return state.focused !== false && state.current === id && bufferOf(state, id)?.anchor === undefined;
}

export function seqOf(entry: Entry | undefined): number | undefined {
  return entry?.type === 'line' ? entry.line.seq : undefined;
}
