import { fullName } from '../../client/people/resolve-person.ts';
import type {
  ClientEvent,
  Person,
  RoomLine,
  RoomSessionEvent,
  WhisperLine,
} from '../../client/session-events.ts';
import { sentence } from '../../client/words/refusal-words.ts';
import { termsWords } from '../../client/words/state-words.ts';
import { assertNever } from '../../shared/errors.ts';
import type { RoomId } from '../../shared/ids.ts';
import type { Action, UiAction } from './action.ts';
import {
  changeEntry,
  dropNewest,
  dropOldest,
  lineEntry,
  mixIn,
  placeLine,
  prependLines,
  requoted,
  sameNotice,
} from './entries.ts';
import { noticeEntry, reduceRoom } from './reduce-room.ts';
import {
  allBuffers,
  bufferOf,
  currentBuffer,
  emptyBuffer,
  isPersonId,
  MAX_ENTRIES,
  MAX_PROMPTS,
  PAGE_LINES,
  personId,
  type PersonId,
  type Buffer,
  type BufferId,
  type Entry,
  type LobbyBuffer,
  type PersonBuffer,
  type RoomBuffer,
  type State,
} from './state.ts';

export function reduce(state: State, action: Action): State {
  if (action.type !== 'event') return reduceUi(state, action);
  const { event, at } = action;
  return 'room' in event ? reduceRoomEvent(state, event, at) : reduceClientEvent(state, event, at);
}

function reduceRoomEvent(state: State, event: RoomSessionEvent, at: number): State {
  const { self, serial } = state;
  const current = state.current === event.room && state.focused !== false;
  const next = changeRoom(state, event.room, (room) =>
    reduceRoom(room, event, { self, current, at, serial }),
  );
  return next === state ? state : { ...next, serial: serial + 1 };
}

function reduceClientEvent(state: State, event: ClientEvent, at: number): State {
  switch (event.type) {
    case 'relays':
      return { ...state, relays: event.relays };
    case 'rooms': {
      const still = event.rooms.some(({ id }) => id === state.lobby.selected);
      const lobby = still ? state.lobby : { ...state.lobby, selected: event.rooms[0]?.id };
      return { ...state, listed: event.rooms, lobby };
    }
    case 'whisper':
      return showWhisper(state, event.whisper, at);
    case 'whisper-state': {
      const why = event.code === undefined ? {} : { why: sentence(event.code) };
      return changeWhispers(state, `whisper ${event.id}`, (entry) =>
        entry.type === 'whisper'
          ? { ...entry, whisper: { ...entry.whisper, state: event.state }, ...why }
          : entry,
      );
    }
    case 'terms':
      return notice(state, state.current, 'event', termsWords(event), at);
    case 'signed-in-elsewhere':
      return notice(
        { ...state, elsewhere: true },
        state.current,
        'error',
        sentence('signed-in-elsewhere'),
        at,
      );
    case 'people':
      return state;
    case 'nick':
      return { ...state, self: { ...state.self, nick: event.nick } };
    default:
      return assertNever(event);
  }
}

function reduceUi(state: State, action: UiAction): State {
  switch (action.type) {
    case 'room-opened':
      return openRoom(state, action);
    case 'buffer-closed': {
      const rooms = state.rooms.filter(({ id }) => id !== action.room);
      const people = state.people.filter(({ id }) => id !== action.room);
      const left = { ...state, rooms, people };
      return state.current === action.room ? { ...left, current: 'lobby', numbered: undefined } : left;
    }
    case 'person-opened':
      return openPerson(state, action.person, action.archived);
    case 'whispers-loaded':
      return loadWhispers(state, action);
    case 'acquainted':
      return { ...state, known: action.known };
    case 'shown':
      return show(state, action.buffer);
    case 'scrolled':
      return changeBuffer(state, action.buffer, (buffer) => ({
        ...buffer,
        anchor: action.anchor,
        below: action.anchor ? buffer.below : 0,
        found: action.anchor ? buffer.found : undefined,
      }));
    case 'older-loaded':
      return changeRoom(state, action.room, (room) => {
        const all = prependLines(
          requoted(room.entries, action.lines),
          action.lines.map((line) => sentEntry(state, line)),
        );
        const entries = dropNewest(all);
        return {
          ...room,
          entries,
          attached: room.attached && entries === all,
          complete: action.complete,
          loading: false,
        };
      });
    case 'loading':
      return changeRoom(state, action.room, (room) => ({ ...room, loading: action.loading }));
    case 'newer-loaded':
      return changeRoom(state, action.room, (room) => {
        const entries = action.lines.reduce<readonly Entry[]>(
          (sum, line) => placeLine(sum, sentEntry(state, line)),
          room.entries,
        );
        const reached = (action.lines.at(-1)?.seq ?? room.head) >= room.head;
        return { ...room, entries: dropOldest(entries), attached: reached, complete: false };
      });
    case 'reloaded':
      return changeRoom(state, action.room, (room) => {
        const lines = action.lines.map((line) => sentEntry(state, line));
        const waiting = action.pending.map((line) => lineEntry(line, state.self, { type: 'waiting' }));
        const local = room.entries.filter(({ type }) => type !== 'line');
        const entries = dropOldest([...mixIn(lines, local), ...waiting]);
        return { ...room, entries, attached: true, complete: false, anchor: undefined, below: 0 };
      });
    case 'placed':
      return changeRoom(state, action.room, (room) => ({
        ...room,
        entries: action.lines.map((line) => sentEntry(state, line)),
        attached: false,
        complete: false,
      }));
    case 'found':
      return changeBuffer(state, action.buffer, (buffer) => ({ ...buffer, found: action.key }));
    case 'numbered':
      return { ...state, numbered: action.links };
    case 'finding':
      return { ...state, finding: action.finding };
    case 'focused':
      return focus(state, action.focused);
    case 'preferred':
      return { ...state, preferences: action.preferences, muted: action.muted };
    case 'cleared':
      return changeBuffer(state, action.buffer, (buffer) => ({
        ...buffer,
        entries: [],
        anchor: undefined,
        below: 0,
        marker: undefined,
      }));
    case 'noticed':
      return notice(state, action.buffer, action.tone, action.text, action.at);
    case 'help-closed':
      return closeHelp(state, action.buffer);
    case 'selected':
      return { ...state, lobby: { ...state.lobby, selected: action.room } };
    case 'asked':
      return state.prompts.length >= MAX_PROMPTS
        ? state
        : { ...state, prompts: [...state.prompts, action.prompt] };
    case 'answered':
      return { ...state, prompts: state.prompts.filter(({ id }) => id !== action.prompt) };
    case 'started':
      return { ...state, working: [...state.working, { id: action.id, text: action.text }] };
    case 'finished':
      return { ...state, working: state.working.filter(({ id }) => id !== action.id) };
    case 'hinted':
      return action.hint === state.hint ? state : { ...state, hint: action.hint };
    case 'measured':
      return changeRoom(state, action.room, (room) => {
        const silent = action.ms === undefined;
        return room.ms === action.ms && room.silent === silent ? room : { ...room, ms: action.ms, silent };
      });
    case 'typing-expired':
      return { ...state, rooms: state.rooms.map((room) => expireTyping(room, action.before)) };
    default:
      return assertNever(action);
  }
}

function openRoom(state: State, action: Extract<UiAction, { type: 'room-opened' }>): State {
  const { info, archived, pending } = action;
  if (bufferOf(state, info.id)) return changeRoom(state, info.id, (room) => ({ ...room, over: false }));
  const entries = [
    ...archived.map((line) => sentEntry(state, line)),
    ...pending.map((line) => lineEntry(line, state.self, { type: 'waiting' })),
  ];
  const head = archived.reduce((top, { seq }) => Math.max(top, seq ?? 0), 0);
  const room: RoomBuffer = {
    ...emptyBuffer,
    type: 'room',
    id: info.id,
    info,
    state: action.state,
    reason: undefined,
    call: undefined,
    me: undefined,
    members: [],
    entries: dropOldest(entries),
    log: undefined,
    head,
    backlog: head > 0 ? head : undefined,
    attached: true,
    loading: false,
    complete: false,
    typing: [],
    ms: undefined,
    silent: false,
    progress: undefined,
    over: false,
    markerSeq: undefined,
  };
  return { ...state, rooms: [...state.rooms, room] };
}

function show(state: State, id: BufferId): State {
  if (id === state.current || !bufferOf(state, id)) return state;
  const left = changeBuffer(state, state.current, (buffer) => ({
    ...buffer,
    marker: undefined,
    found: undefined,
  }));
  const shown = changeBuffer(left, id, (buffer) => ({ ...buffer, unread: 0, mentions: 0 }));
  return { ...shown, current: id, finding: undefined, numbered: undefined };
}

/** Back at the screen: what is on it has been seen. */
function focus(state: State, focused: boolean): State {
  const seen = focused
    ? changeBuffer(state, state.current, (buffer) => ({ ...buffer, unread: 0, mentions: 0 }))
    : state;
  return { ...seen, focused };
}

function openPerson(state: State, person: Person, archived: readonly WhisperLine[]): State {
  const id = personId(person);
  if (bufferOf(state, id)) return state;
  const entries = dropOldest(archived.map(whisperEntry));
  const buffer: PersonBuffer = { ...emptyBuffer, type: 'person', id, person, entries, attached: true };
  return { ...state, people: [...state.people, buffer] };
}

function loadWhispers(state: State, action: Extract<UiAction, { type: 'whispers-loaded' }>): State {
  const loaded = action.whispers.map(whisperEntry);
  return changePerson(state, action.person, (buffer) => {
    const known = new Set(buffer.entries.map(({ key }) => key));
    const fresh = loaded.filter(({ key }) => !known.has(key));
    switch (action.where) {
      case 'older': {
        const all = [...fresh, ...buffer.entries];
        const entries = dropNewest(all);
        return { ...buffer, entries, attached: buffer.attached && entries === all };
      }
      case 'newer': {
        const entries = dropOldest([...buffer.entries, ...fresh]);
        return { ...buffer, entries, attached: loaded.length < PAGE_LINES };
      }
      case 'newest': {
        const local = buffer.entries.filter(({ type }) => type === 'notice');
        const entries = dropOldest(mixIn(loaded, local));
        return { ...buffer, entries, attached: true, anchor: undefined, below: 0 };
      }
    }
  });
}

function changePerson(state: State, id: PersonId, change: (person: PersonBuffer) => PersonBuffer): State {
  return { ...state, people: state.people.map((each) => (each.id === id ? change(each) : each)) };
}

/** Whispers are shown in their person's buffer; where there is none, where the person looks when they come. */
function showWhisper(state: State, whisper: WhisperLine, at: number): State {
  const entry = whisperEntry(whisper);
  if (allBuffers(state).some((each) => each.entries.some(({ key }) => key === entry.key))) return state;
  const own = state.people.find(({ id }) => id === personId(whisper.with));
  if (!own && whisper.stranger) return tellOfStranger(state, whisper, at);
  const target = own ?? currentBuffer(state);
  const detached = isDetached(target);
  const unseen = !whisper.mine && own && (own.id !== state.current || state.focused === false) ? 1 : 0;
  return changeBuffer(state, target.id, (buffer) => ({
    ...buffer,
    entries: detached ? buffer.entries : dropOldest([...buffer.entries, entry]),
    ...(detached ? { attached: false } : {}),
    below: buffer.anchor && !whisper.mine ? buffer.below + 1 : buffer.below,
    unread: buffer.unread + unseen,
    mentions: buffer.mentions + unseen,
    marker: buffer.marker ?? (unseen > 0 ? entry.key : undefined),
  }));
}

/** Whoever reads further up keeps what is on screen; what is new waits in the archive. */
function isDetached(buffer: Buffer): boolean {
  if (buffer.type !== 'person') return false;
  return !buffer.attached || (buffer.anchor !== undefined && buffer.entries.length >= MAX_ENTRIES);
}

/** What strangers write is not put before the eyes of whoever did not ask for it; told once for each of them. */
function tellOfStranger(state: State, { with: who }: WhisperLine, at: number): State {
  const key = `stranger ${who.key}`;
  if (allBuffers(state).some((each) => each.entries.some((entry) => entry.key === key))) return state;
  const text = `Somebody you have never met whispers to you (${fullName(who)}): /inbox shows it.`;
  return changeBuffer(state, currentBuffer(state).id, (buffer) => ({
    ...buffer,
    entries: dropOldest([...buffer.entries, { key, at, type: 'notice', text, tone: 'event' }]),
  }));
}

function whisperEntry(whisper: WhisperLine): Entry {
  return { key: `whisper ${whisper.id}`, at: whisper.at, type: 'whisper', whisper };
}

function changeWhispers(state: State, key: string, change: (entry: Entry) => Entry): State {
  return allBuffers(state)
    .filter(({ entries }) => entries.some((entry) => entry.key === key))
    .reduce(
      (sum, { id }) =>
        changeBuffer(sum, id, (buffer) => ({ ...buffer, entries: changeEntry(buffer.entries, key, change) })),
      state,
    );
}

function notice(
  state: State,
  id: BufferId,
  tone: Parameters<typeof noticeEntry>[1],
  text: string,
  at: number,
): State {
  const target = bufferOf(state, id)?.id ?? 'lobby';
  const entry = noticeEntry({ at, serial: state.serial }, tone, text);
  const next = changeBuffer(state, target, (buffer) => {
    const before = sameNotice(buffer.entries, entry);
    if (!before) return { ...buffer, entries: dropOldest([...buffer.entries, entry]) };
    const others = buffer.entries.filter(({ key }) => key !== before.key);
    const { anchor } = buffer;
    return {
      ...buffer,
      entries: [...others, { ...entry, times: (before.times ?? 1) + 1 }],
      anchor: anchor?.key === before.key ? { ...anchor, key: entry.key } : anchor,
    };
  });
  return { ...next, serial: state.serial + 1 };
}

function closeHelp(state: State, id: BufferId): State {
  const help = (entry: Entry): boolean => entry.type === 'notice' && entry.tone === 'help';
  if (!bufferOf(state, id)?.entries.some(help)) return state;
  return changeBuffer(state, id, (buffer) => ({
    ...buffer,
    entries: buffer.entries.filter((entry) => !help(entry)),
  }));
}

function expireTyping(room: RoomBuffer, before: number): RoomBuffer {
  if (!room.typing.some(({ at }) => at < before)) return room;
  return { ...room, typing: room.typing.filter(({ at }) => at >= before) };
}

function sentEntry(state: State, line: RoomLine): ReturnType<typeof lineEntry> {
  const own = line.by.key === state.self.key && (line.kind === 'text' || line.kind === 'me');
  return lineEntry(line, state.self, own ? { type: 'sent' } : undefined);
}

function changeRoom(state: State, id: RoomId, change: (room: RoomBuffer) => RoomBuffer): State {
  const at = state.rooms.findIndex((room) => room.id === id);
  const room = state.rooms[at];
  if (!room) return state;
  const changed = change(room);
  return changed === room ? state : { ...state, rooms: state.rooms.with(at, changed) };
}

/** For what all buffers have in common. */
function changeBuffer(
  state: State,
  id: BufferId,
  change: <Kind extends Buffer>(buffer: Kind) => Kind,
): State {
  if (id === 'lobby') return { ...state, lobby: change<LobbyBuffer>(state.lobby) };
  if (!isPersonId(id)) return changeRoom(state, id, change<RoomBuffer>);
  const people = state.people.map((each) => (each.id === id ? change<PersonBuffer>(each) : each));
  return { ...state, people };
}
