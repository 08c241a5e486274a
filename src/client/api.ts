import type { RefusalCode } from '../shared/errors.ts';
import type { IdentityKey, LogId, MessageId, RoomId } from '../shared/ids.ts';
import type { Filter } from '../shared/room/events.ts';
import type { InviteState } from '../shared/room/messages.ts';
import type { People } from './people/people.ts';
import type { Account } from './account/account.ts';
import type {
  CallStep,
  ClientEvent,
  LineRef,
  ListedRoom,
  MemberInfo,
  Person,
  RelayInfo,
  RoomEventBody,
  RoomInfo,
  RoomLine,
  RoomSessionEvent,
  RoomState,
  WhisperLine,
} from './session-events.ts';
import { defined } from '../shared/defined.ts';

/** Who this profile is. A guest's key and history last as long as the process. */
export interface Self extends Person {
  readonly guest: boolean;
}

/** Why something asked for did not happen; `ClientRefusal` adds what only the client can know. */
export type ClientRefusal =
  | RefusalCode
  | 'unreachable'
  | 'timeout'
  | 'ambiguous-room'
  | 'changed-key'
  | 'bad-invite'
  | 'bad-words'
  | 'cut-invite'
  | 'foreign-invite'
  | 'other-invite'
  | 'unknown-words'
  | 'bad-nick'
  | 'bad-address'
  | 'no-such-person'
  | 'ambiguous-person'
  | 'ignore-limit'
  | 'empty'
  | 'outbox-full'
  | 'left-out'
  | 'no-relay'
  | 'code-needed'
  | 'bad-backup'
  | 'disk-full'
  | 'guest-only'
  | 'name-too-short'
  | 'not-registered'
  | 'password-needed'
  | 'password-too-long'
  | 'password-too-short'
  | 'passwords-differ'
  | 'unsafe-stretch'
  | 'unusable-file';

export interface Refusal {
  readonly ok: false;
  readonly code: ClientRefusal;
  readonly retryMs?: number;
  readonly limit?: number;
  readonly names?: readonly string[];
  /** What it is said of: whose key has changed, or what led nowhere. */
  readonly about?: 'person' | 'room' | 'relay' | 'invite';
  /** What a person gave as the reason. */
  readonly reason?: string;
  /** Where a file is the reason: which, and the remedy. */
  readonly text?: string;
}

export type Result<Value> = { readonly ok: true; readonly value: Value } | Refusal;

/** `limit`: what was exceeded. */
export function refused(code: ClientRefusal, limit?: number): Refusal {
  return { ok: false, code, ...defined({ limit }) };
}

/**
 * One profile's presence: its relays, the rooms it is in, its whispers. Made by `openClient` (`client.ts`).
 * Methods that ask somebody else resolve with a `Result`; what happens later comes as events, in order, synchronously
 * to every listener.
 */
export interface ChatClient {
  readonly self: Self;
  subscribe(listener: (event: ClientEvent | RoomSessionEvent) => void): () => void;

  relays(): readonly RelayInfo[];
  /** Adds a relay and waits until it is online or refuses; it keeps being tried afterwards. */
  connect(url: string): Promise<Result<RelayInfo>>;
  disconnect(url: string): Promise<void>;
  /** Puts it first among `relays()`. */
  prefer(url: string): void;

  /** Every room in reach, as last told by the relays. */
  listed(): readonly ListedRoom[];
  /** Resolves when each relay of now has answered once, or after `timeoutMs`. */
  refresh(timeoutMs: number): Promise<readonly ListedRoom[]>;
  /** `target` is a title, `title~tag`, a room id, an invite, or the words of one. Resolves when the host has let us in, or won't. */
  join(target: string, options?: JoinOptions): Promise<Result<RoomSession>>;
  /** Rooms joined and not left. */
  rooms(): readonly RoomSession[];
  /**
   * Brings back the rooms that were open when this profile was last in use, where that is remembered: `rooms()` has them at
   * once, in their order, as if the connection had been lost, and each is called by itself.
   */
  rejoin(): void;
  /** The next `rejoin` leaves this room out, unless it lets us in once more. */
  forget(room: RoomId): void;

  /** `to` is a nick or `nick~tag` of somebody seen before, a key, or a name at a relay. `room` is looked through first. */
  whisper(to: string, text: string, options?: { room?: RoomId; ref?: string }): Promise<Result<WhisperLine>>;
  /** The newest whispers of the archive, oldest first; with `person`, those with this one, and beside one of them. */
  whispers(limit: number, person?: IdentityKey, beside?: BesideWhisper): readonly WhisperLine[];
  /** Whispers that came and that nobody has read yet, oldest first. */
  inbox(): readonly WhisperLine[];
  /** What this person whispered was read. */
  markRead(person: IdentityKey): void;
  /** Who whispered last, for `/reply`. */
  lastWhisperer(): Person | undefined;

  /** Who is who: names, keys, and what this profile thinks of them. */
  readonly people: People;
  /** What this key is called at a relay, and how to be it on another device. */
  readonly account: Account;
  /** The value: ids of what tells it to the rooms this profile is in; `sent` or `failed` follows for each. */
  setNick(nick: string, options?: Pick<SayOptions, 'ref'>): Promise<Result<readonly MessageId[]>>;
  /** Round trip to a relay, in ms. */
  ping(url: string): Promise<number | undefined>;
  /**
   * Finishes what is in flight and closes stores. With a `reason`, which may be empty, the rooms are left, but for those
   * with own lines still waiting; without one this is an absence: a member who comes back soon has not left.
   */
  close(reason?: string): Promise<void>;
}

/** The next whispers before or after one. */
export interface BesideWhisper {
  readonly side: 'before' | 'after';
  readonly of: Pick<WhisperLine, 'id' | 'mine'>;
}

export interface JoinOptions {
  /** Join code, as generated; wins over one in the invite. */
  readonly code?: string;
  readonly signal?: AbortSignal;
  /** Told how far the call to the host is. */
  readonly called?: (step: CallStep) => void;
}

export interface SayOptions {
  readonly kind?: 'text' | 'me';
  /** The line it replies to; `text` only. */
  readonly re?: LineRef;
  /** The caller's own id, repeated in `sent` and `failed`. */
  readonly ref?: string;
}

/** What members, operators and the owner can do besides talking. `ms` absent: for good. */
export type RoomAction =
  | { readonly type: 'kick'; readonly key: IdentityKey; readonly reason?: string }
  | { readonly type: 'ban'; readonly key: IdentityKey; readonly ms?: number; readonly reason?: string }
  | { readonly type: 'unban'; readonly key: IdentityKey }
  /** `ms` 0 lifts the silence. */
  | { readonly type: 'mute'; readonly key: IdentityKey; readonly ms?: number }
  | { readonly type: 'role'; readonly key: IdentityKey; readonly role: 'op' | 'member' }
  | { readonly type: 'slow'; readonly seconds: number }
  | { readonly type: 'filter'; readonly filter: Filter; readonly on: boolean }
  | { readonly type: 'motd'; readonly motd: string }
  | { readonly type: 'edit'; readonly of: MessageId; readonly text: string }
  | { readonly type: 'delete'; readonly of: MessageId; readonly author: IdentityKey }
  | {
      readonly type: 'react';
      readonly of: MessageId;
      readonly author: IdentityKey;
      readonly emoji: string;
      readonly on: boolean;
    };

/** Somebody a room keeps out; `nick` is what the key was called then. */
export interface BanInfo extends Person {
  readonly by: Person;
  /** What is left; absent: for good. */
  readonly ms?: number;
  readonly reason?: string;
}

export interface InviteOptions {
  /** For one person only. */
  readonly once?: boolean;
  /** Eight words to say, for one person. */
  readonly words?: boolean;
  /** How long it leads in; absent: for good, words for an hour. */
  readonly ms?: number;
}

export interface MadeInvite {
  readonly link: string;
  /** Of one with a code of its own: what takes it back. */
  readonly n?: number;
  /** To say instead of the link, at the room's relay or on its network. */
  readonly words?: string;
  /** How long it leads in; absent: for good. */
  readonly ms?: number;
}

/** An invite with a code of its own, as its host remembers it. */
export interface IssuedInvite {
  /** What takes it back. */
  readonly n: number;
  readonly state: InviteState;
  readonly once: boolean;
  readonly words: boolean;
  /** What is left of an open one; absent: for good. */
  readonly ms?: number | undefined;
  readonly by: Person;
  /** Who came in by it; of several the last. */
  readonly usedBy?: Person;
}

/** One room this profile is in. It reconnects and resumes by itself until `leave` or `close`. */
export interface RoomSession {
  readonly info: RoomInfo;
  readonly state: RoomState;
  /** As the event that told the state has it. */
  readonly reason?: Extract<RoomEventBody, { type: 'state' }>['reason'] | undefined;
  /** The log that the numbers of its archived lines belong to. */
  readonly log: LogId | undefined;
  /** This profile's member entry once it was let in. */
  readonly me: MemberInfo;
  members(): readonly MemberInfo[];
  /** Puts the line into the durable outbox and echoes it; `sent` or `failed` follows. Refused: too long, outbox full, closed. */
  say(text: string, options?: SayOptions): Result<MessageId>;
  setTopic(topic: string, options?: Pick<SayOptions, 'ref'>): Result<MessageId>;
  /** Only while the host is there; refused at once where the host would refuse it. `sent` or `failed` follows. */
  act(action: RoomAction, options?: Pick<SayOptions, 'ref'>): Result<MessageId>;
  /** Who is kept out; operators and the owner may know. */
  bans(): Promise<Result<readonly BanInfo[]>>;
  /** A link into the room, from its host: the room's own, or as `options` say. Operators and the owner may have one. */
  invite(options: InviteOptions): Promise<Result<MadeInvite>>;
  /** Invites with codes of their own, after number `revoke` has been taken back. */
  invites(revoke?: number): Promise<Result<readonly IssuedInvite[]>>;
  setPresence(state: 'online' | 'away', status?: string): void;
  typing(): void;
  /** Archived lines with seq < `before`, the newest `limit` of them in order; `before` absent: from the end. */
  history(limit: number, before?: number): readonly RoomLine[];
  /**
   * Lines of the archive that hold every word, newest first; a word may be the beginning of one. A line of an earlier
   * log of this room has no `seq`: `history` does not reach it.
   */
  search(words: string, limit: number): readonly RoomLine[];
  /** Events older than the archive has that the host keeps for this profile; 0 while that is not known. */
  readonly unfetched: number;
  /** Asks the host for older lines than the archive has, in turns; resolves with how many came. */
  fetchOlder(limit: number): Promise<number>;
  /** Own lines not yet with the host. */
  pending(): readonly RoomLine[];
  /** The host's round trip in ms, undefined when it does not answer. */
  ping(): Promise<number | undefined>;
  /** Says goodbye to the host and closes. */
  leave(reason?: string): Promise<void>;
}

/** What the embedding program hands the client to find rooms on this machine or network with no address typed. */
export interface RelayFinder {
  /** Calls back with the whole list of relay URLs whenever it changes, at once the first time. Returns the end of it. */
  watch(found: (urls: readonly string[]) => void): () => void;
}
