import type { IdentityKey, LogId, MessageId, RelayId, RoomId } from '../../shared/ids.ts';
import type { PostKind } from '../../shared/room/events.ts';
import type { BesideWhisper } from '../api.ts';
import type { SequencedChange } from './line-changes.ts';
import type { LineRef, Person, Quote, RoomLine, WhisperLine, WhisperState } from '../session-events.ts';

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
  /** Text, topic or nick, by `kind`; of the other kinds the event's body (`post-content.ts`). */
  readonly text: string;
  /** The line it replies to. */
  readonly re?: LineRef;
  /** The author's clock, ms since 1970. */
  readonly time: number;
  readonly ref?: string;
}

/** An own whisper on its way to the recipient's mailbox. */
export interface PendingWhisper {
  readonly id: MessageId;
  readonly to: IdentityKey;
  readonly text: string;
  readonly time: number;
  readonly ref?: string;
}

export interface PrekeySecret {
  readonly id: number;
  readonly secret: Uint8Array;
  /** Ms since 1970. */
  readonly madeAt: number;
}

/** A key that the archive knows under a name. */
export interface KnownPerson extends Person {
  readonly firstSeen: number;
  /** Relay where this person was seen last. */
  readonly relay?: string;
  /** Whispers went to or came from this key. */
  readonly whispered: boolean;
  /** Neither met in a room nor written to: all that is known of them they have said themselves. */
  readonly stranger?: true;
}

/** A name belongs to this key as far as this profile knows. */
export interface NickPin {
  readonly key: IdentityKey;
  readonly nick: string;
  /** Ms since 1970; the newest counts where several people have had the name. */
  readonly at: number;
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
  /**
   * Changes a line that is here, and returns it as it is now; undefined when nothing changed. What is about a line that
   * may come later waits for it.
   */
  change(room: RoomId, change: SequencedChange): SequencedLine | undefined;
  /** What a line of any log of the room says now; lines that reply are given with theirs. */
  quote(room: RoomId, ref: LineRef): Quote;
  /** The number of an author's line in the current log. */
  seqOf(room: RoomId, author: IdentityKey, id: MessageId): number | undefined;
  /** Lines of the current log with seq < `before`, the newest `limit` of them in order. */
  lines(room: RoomId, limit: number, before?: number): readonly SequencedLine[];
  /** The newest lines that hold every word of `words`, newest first: of a room by their numbers, else as they were stored. */
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
  /** Notes what somebody never met says their name is. */
  heardOf(person: { key: IdentityKey; nick: string }, now: number, relay: string): void;
  /** Case does not matter. */
  named(nick: string): readonly KnownPerson[];
  /** Neither met in a room nor written to. */
  isStranger(key: IdentityKey): boolean;

  /** Every name that is somebody's as far as this profile knows, newest first. */
  pinned(): readonly NickPin[];
  pinNick(person: { key: IdentityKey; nick: string }, now: number): void;
  /** Whose numbers were compared, and when. */
  verified(): ReadonlyMap<IdentityKey, number>;
  verify(key: IdentityKey, now: number): void;

  /** In the order in which they were ignored. */
  ignored(): readonly Person[];
  ignore(person: { key: IdentityKey; nick: string }, now: number): void;
  unignore(key: IdentityKey): void;
  /** Whom a relay was told to block, and when. */
  blocksTold(relay: RelayId): ReadonlyMap<IdentityKey, number>;
  /** `at` undefined: the relay blocks them no more. */
  blockTold(relay: RelayId, key: IdentityKey, at: number | undefined): void;

  titlePins(title: string): readonly IdentityKey[];
  pinTitle(title: string, host: IdentityKey): void;
  relayPin(url: string): RelayId | undefined;
  pinRelay(url: string, id: RelayId): void;
  unpinRelay(url: string): void;
  /** Whether terms with this digest were shown before. */
  termsShown(digest: string): boolean;
  showTerms(digest: string, now: number): void;
}

export interface WhisperArchive {
  /** Durable. False when a whisper of this person and id is already there. `prev` is what its sender sent before it. */
  add(whisper: WhisperLine, about?: { readonly prev?: MessageId; readonly ref?: string }): boolean;
  /** The newest `limit`, oldest first; `person`: only those with this one. */
  newest(limit: number, person?: IdentityKey): readonly WhisperLine[];
  /** With this person, the next `limit` beside one of them, oldest first. */
  beside(limit: number, person: IdentityKey, place: BesideWhisper): readonly WhisperLine[];
  /** Whispers of others that nobody has read here, oldest first, the newest `limit` of them. */
  unread(limit: number): readonly WhisperLine[];
  markRead(person: IdentityKey): void;
  /** Whispers of people never met nor written to: of all of them, and of `person`. */
  ofStrangers(person: IdentityKey): { readonly all: number; readonly person: number };
  own(id: MessageId): WhisperLine | undefined;
  /** Whether this whisper of somebody else is here. */
  has(from: IdentityKey, id: MessageId): boolean;
  /** The mail of an own whisper, once it was sealed. */
  sealed(id: MessageId): Uint8Array | undefined;
  /** Any state but `waiting` takes it out of the outbox. Returns the caller's own id it was said with. */
  setState(id: MessageId, state: WhisperState): string | undefined;
  /** Durable: what is sent again is the same mail. `undefined` has it sealed anew. */
  seal(id: MessageId, mail: Uint8Array | undefined): void;
  pending(): readonly PendingWhisper[];
  /** Own whispers that relays stored before this time and that were never acknowledged. */
  storedBefore(at: number): readonly MessageId[];
  /** The last one that a relay took for this person. */
  lastTo(key: IdentityKey): MessageId | undefined;
  /** Strangers and people ignored apart. */
  lastFrom(): IdentityKey | undefined;

  /** Durable: mail to a prekey whose secret is lost cannot be read. */
  addPrekey(prekey: PrekeySecret): void;
  /** Newest first. */
  prekeys(): readonly PrekeySecret[];
  removePrekeysBefore(madeAt: number): void;
}
