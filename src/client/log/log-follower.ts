import { compareBytes, equalBytes } from '../../shared/bytes.ts';
import { chainNext } from '../../shared/crypto/chain.ts';
import { labels, verify } from '../../shared/crypto/sign.ts';
import { ifWellFormed } from '../../shared/errors.ts';
import { identityKey, type IdentityKey } from '../../shared/ids.ts';
import { HARD_MAX_MEMBERS } from '../../shared/limits.ts';
import { putNewest } from '../../shared/put-newest.ts';
import {
  decodeEvent,
  encodeSignedEvent,
  isHostKind,
  type EventKind,
  type RoomEvent,
  type SignedEvent,
} from '../../shared/room/events.ts';
import { headBytes, type WireHead } from '../../shared/room/head.ts';
import { isPost, rightsRefusal } from '../../shared/room/rights.ts';
import type { Role } from '../../shared/room/roles.ts';

/** What cannot be true, in words for `suspicious`. */
export type Falsehood =
  | 'unreadable message'
  | 'event of another room or log'
  | 'bad signature of an author'
  | 'bad signature of the host'
  | 'author who is not in the room'
  | 'author without the right'
  | 'event out of its author’s order'
  | 'key of an earlier epoch'
  | 'broken chain';

/** An event its author signed for this log; `encoded` goes into the chain. */
export interface AuthenticEvent {
  readonly event: RoomEvent;
  readonly author: IdentityKey;
  readonly authorBytes: Uint8Array;
  readonly encoded: Uint8Array;
}

/** An event at its place: `hash` is h_seq. */
export interface PlacedEvent extends AuthenticEvent {
  readonly seq: number;
  readonly hash: Uint8Array;
}

export interface LogEnd {
  readonly seq: number;
  readonly hash: Uint8Array;
}

/** How far one log was followed, and what may come next. It changes nothing but its own end, and only in `accept` and `jump`. */
export class LogFollower {
  readonly room: Uint8Array;
  readonly log: Uint8Array;
  readonly host: Uint8Array;
  readonly #hostKey: IdentityKey;
  readonly #counters: Map<string, number>;
  #end: LogEnd;

  /** `before` has followed the same log up to `end`: what it knows of the authors' order holds on. */
  constructor(
    where: { readonly room: Uint8Array; readonly log: Uint8Array; readonly host: Uint8Array },
    end: LogEnd,
    before?: LogFollower,
  ) {
    this.room = where.room;
    this.log = where.log;
    this.host = where.host;
    this.#hostKey = identityKey(where.host);
    this.#end = end;
    this.#counters = new Map(before ? before.#counters : []);
  }

  get end(): LogEnd {
    return this.#end;
  }

  isSignedHead([seq, hash, kepoch, sig]: WireHead): boolean {
    return verify(
      labels.head,
      this.host,
      headBytes({ room: this.room, log: this.log, seq, hash, kepoch }),
      sig,
    );
  }

  /** Whether the author said this in this log, and may say such a thing at all. */
  authentic(signed: SignedEvent): AuthenticEvent | Falsehood {
    const event = ifWellFormed(() => decodeEvent(signed.event));
    if (!event) return 'unreadable message';
    if (compareBytes(event.room, this.room) !== 0 || compareBytes(event.log, this.log) !== 0)
      return 'event of another room or log';
    if (isHostKind(event.kind) && !equalBytes(signed.author, this.host)) return 'author without the right';
    if (!verify(labels.ev, signed.author, signed.event, signed.sig)) return 'bad signature of an author';
    const author = identityKey(signed.author);
    return { event, author, authorBytes: signed.author, encoded: encodeSignedEvent(signed) };
  }

  /** Puts an authentic event behind the end; `hash` is what the host signed for it. */
  place(event: AuthenticEvent, hash: Uint8Array): PlacedEvent | 'broken chain' {
    const seq = this.#end.seq + 1;
    const mine = chainNext(this.#end.hash, seq, event.encoded);
    return equalBytes(mine, hash) ? { ...event, seq, hash } : 'broken chain';
  }

  /** Whether the author may say this at the end of the log; `roleOf` by the roster of that moment. */
  objection(
    { author, event }: AuthenticEvent,
    roleOf: (key: IdentityKey) => Role | undefined,
  ): Falsehood | undefined {
    if (event.counter <= (this.#counters.get(countedAs(author, event.kind)) ?? -1))
      return 'event out of its author’s order';
    if (author === this.#hostKey) return undefined;
    if (roleOf(author) === undefined) return 'author who is not in the room';
    const known = (key: IdentityKey): Role | undefined => (key === this.#hostKey ? 'owner' : roleOf(key));
    return isPost(event) && rightsRefusal(author, event, known) === undefined
      ? undefined
      : 'author without the right';
  }

  /** Moves the end behind `event`. */
  accept({ seq, hash, author, event }: PlacedEvent): void {
    this.#end = { seq, hash };
    // Whoever has been silent for longest is forgotten first.
    putNewest(this.#counters, countedAs(author, event.kind), event.counter, HARD_MAX_MEMBERS);
  }

  /** Goes on elsewhere: what lies between is missing. */
  jump(end: LogEnd): void {
    this.#end = end;
  }
}

/** A host counts what it says as such apart from what its owner posts. */
function countedAs(author: IdentityKey, kind: EventKind): string {
  return isHostKind(kind) ? `${author} host` : author;
}
