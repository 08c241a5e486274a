import type { IdentityKey, LogId, MessageId, RelayId, RoomId } from '../shared/ids.ts';
import type { PostKind } from '../shared/room/events.ts';
import type { Contact } from './api.ts';
import type { RoomLine, WhisperLine, WhisperState } from './session-events.ts';

/** A room this profile was in. `code` lets it in again. */
export interface KnownRoom {
  readonly id: RoomId;
  readonly host: IdentityKey;
  readonly title: string;
  readonly topic: string;
  readonly private: boolean;
  readonly relay: string;
  readonly code?: Uint8Array;
}

/**
 * How much of a room's log is here: lines `first`..`seq`, verified. `hash` is h_seq, `firstHash` is h_{first-1}; with
 * `first` = seq + 1 nothing but the end is known.
 */
export interface LogPosition {
  readonly log: LogId;
  readonly seq: number;
  readonly hash: Uint8Array;
  readonly first: number;
  readonly firstHash: Uint8Array;
}

export type SequencedLine = RoomLine & { readonly seq: number };

/** Something said and not yet with the host; sent with the same id until it is. */
export interface PendingPost {
  readonly id: MessageId;
  readonly kind: PostKind;
  /** Text, topic or nick, by `kind`. */
  readonly text: string;
  /** The author's clock, ms since 1970. */
  readonly time: number;
  readonly ref?: string;
}

/** An own whisper on its way to the recipient's mailbox. `mail` is there once it was sealed. */
export interface PendingWhisper {
  readonly id: MessageId;
  readonly to: IdentityKey;
  readonly text: string;
  readonly time: number;
  readonly prev?: MessageId;
  readonly mail?: Uint8Array;
  readonly ref?: string;
}

export interface PrekeySecret {
  readonly id: number;
  readonly secret: Uint8Array;
  /** Ms since 1970. */
  readonly madeAt: number;
}

export interface KnownPerson extends Contact {
  /** Relay where this person was seen last. */
  readonly relay?: string;
  /** Whispers went to or came from this key. */
  readonly whispered: boolean;
}

/**
 * What a profile remembers. Everything in it is verified and sanitised. What is marked durable is on disk when the call
 * returns, or throws `ArchiveError`; the rest is written in one transaction per turn of the event loop.
 */
export interface Archive {
  readonly rooms: RoomArchive;
  readonly people: PeopleArchive;
  readonly whispers: WhisperArchive;
  /** Writes what is waiting. */
  flush(): void;
  close(): void;
}

/** Rooms, their lines, and what was said and is not with a host yet. */
export interface RoomArchive {
  all(): readonly KnownRoom[];
  get(id: RoomId): KnownRoom | undefined;
  save(room: KnownRoom): void;

  position(room: RoomId): LogPosition | undefined;
  /** From here on the room's lines belong to a stream that starts behind `seq`; earlier streams stay readable. */
  startLog(room: RoomId, end: { log: LogId; seq: number; hash: Uint8Array }): void;
  /** Goes on behind `seq` in the same log: what lies between it and the lines so far is missing. */
  skipTo(room: RoomId, end: { seq: number; hash: Uint8Array }): void;
  /** Moves the end of the current log up to `seq`. */
  advance(room: RoomId, end: { seq: number; hash: Uint8Array }): void;
  /** Moves the start of the current log down to `first`. */
  extendDown(room: RoomId, start: { first: number; firstHash: Uint8Array }): void;

  /** False when a line of this author and id is already there, in an earlier log too: then that one moves into this one. */
  addLine(room: RoomId, line: SequencedLine): boolean;
  /** The number of an author's line in the current log. */
  seqOf(room: RoomId, author: IdentityKey, id: MessageId): number | undefined;
  /** Lines of the current log with seq < `before`, the newest `limit` of them in order. */
  lines(room: RoomId, limit: number, before?: number): readonly SequencedLine[];
  /** The newest `limit` lines of every log of the room, in order, received at `since` or later. */
  export(room: RoomId, limit: number, since?: number): readonly SequencedLine[];
  /** The newest lines that hold every word of `words`, newest first. */
  search(words: string, limit: number, room?: RoomId): readonly SequencedLine[];

  /** Durable. */
  addPending(room: RoomId, post: PendingPost): void;
  removePending(room: RoomId, id: MessageId): void;
  /** In the order in which they were said. */
  pending(room: RoomId): readonly PendingPost[];
}

/** Who is known by which key, and which keys titles and relays had at first sight. */
export interface PeopleArchive {
  /** Notes that this key goes by this name now. */
  meet(person: { key: IdentityKey; nick: string }, now: number, relay?: string): void;
  get(key: IdentityKey): KnownPerson | undefined;
  /** Case does not matter. */
  named(nick: string): readonly KnownPerson[];

  titlePins(title: string): readonly IdentityKey[];
  pinTitle(title: string, host: IdentityKey): void;
  relayPin(url: string): RelayId | undefined;
  pinRelay(url: string, id: RelayId): void;
  unpinRelay(url: string): void;
}

export interface WhisperArchive {
  /** Durable. False when a whisper of this person and id is already there. */
  add(whisper: WhisperLine, pending?: PendingWhisper): boolean;
  /** The newest `limit`, oldest first. */
  newest(limit: number): readonly WhisperLine[];
  own(id: MessageId): WhisperLine | undefined;
  /** Any state but `waiting` takes it out of the outbox. Returns the caller's own id it was said with. */
  setState(id: MessageId, state: WhisperState): string | undefined;
  /** Durable: what is sent again is the same mail. `undefined` has it sealed anew. */
  seal(id: MessageId, mail: Uint8Array | undefined): void;
  pending(): readonly PendingWhisper[];
  lastTo(key: IdentityKey): MessageId | undefined;
  lastFrom(): IdentityKey | undefined;

  /** Durable: mail to a prekey whose secret is lost cannot be read. */
  addPrekey(prekey: PrekeySecret): void;
  /** Newest first. */
  prekeys(): readonly PrekeySecret[];
  removePrekeysBefore(madeAt: number): void;
}
