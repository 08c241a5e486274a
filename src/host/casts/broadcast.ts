import type { Clock } from '../../link/clock.ts';
import { labels, type Signer } from '../../shared/crypto/sign.ts';
import type { SignedEvent } from '../../shared/room/events.ts';
import { idBytes, type IdentityKey } from '../../shared/ids.ts';
import { MIB } from '../../shared/limits.ts';
import { headBytes, type WireHead } from '../../shared/room/head.ts';
import { encodeRoomMessage, type CastMessage, type HostMessage } from '../../shared/room/messages.ts';
import { viaOf } from '../../shared/room/via.ts';
import type { Attendance } from '../members/attendance.ts';
import type { History, RoomRecord } from '../history/history.ts';
import type { HostLine } from '../lines/line.ts';
import type { RekeyPolicy } from './rekey.ts';
import { RoomKey } from './room-key.ts';
import type { Place } from '../log/sequencer.ts';
import { fullBucket, takeTokens, waitFor, type Bucket, type BucketPolicy } from '../room/token-bucket.ts';

/** Share of the frames the relay takes that new keys may use up: people who come and go must not silence the rest. */
const REKEY_SHARE = 0.4;
const USUAL_FRAMES_PER_SECOND = 200;
/** For how long news of who is there are collected once some were told: a room that comes back at once is no square of writes. */
const NEWS_MS = 250;
/** A line that is further behind than this is left out: whoever is on it asks for what it missed, and the others go on. */
const MAX_BEHIND = 2 * MIB;

export interface BroadcastOptions {
  readonly lines: () => readonly HostLine[];
  readonly clock: Clock;
  readonly history: History;
  readonly record: RoomRecord;
  readonly signer: Signer;
  readonly policy: RekeyPolicy;
  readonly attendance: Attendance;
  /** A key is due although nobody comes, goes or speaks. */
  readonly keyDue: () => void;
}

/** What goes to all members at once: casts, each sealed once, and the keys that open them. */
export class Broadcast {
  readonly #options: BroadcastOptions;
  readonly #key: RoomKey;
  #rekeys: Bucket;
  #cancelTimer: () => void = () => undefined;
  /** Of whom there is news. */
  readonly #news = new Set<IdentityKey>();
  #cancelNews: (() => void) | undefined;
  #closed = false;

  constructor(options: BroadcastOptions) {
    const { record, history, clock, policy } = options;
    this.#options = options;
    this.#key = new RoomKey({ room: record.room, log: record.log, history, clock, policy });
    this.#rekeys = fullBucket(this.#pace(), clock.now());
    this.#watchAge();
  }

  get key(): Uint8Array {
    return this.#key.key;
  }

  /** Ms until one more new key can be told to everybody. */
  get rekeyWait(): number {
    return waitFor(this.#rekeys, this.#pace(), this.#options.clock.now(), this.#rekeyCost());
  }

  /** Ms until newcomers may be let in. */
  get joinWait(): number {
    return Math.max(this.#key.joinWait, this.rekeyWait);
  }

  /** Newcomers are about to be let in with a new key. */
  admitting(): void {
    this.#key.admitting();
  }

  event({ author, event, sig }: SignedEvent, place: Place): void {
    if (this.#key.isWorn) this.rekey(place.seq);
    this.#cast(place.seq, { t: 'event', event: [author, event, sig], head: this.signHead(place) });
  }

  /** Without a place in the log. */
  hint(message: CastMessage): void {
    this.#cast(0, message);
  }

  /** Tells how a member is there: at once, or soon after other such news, as what it has come to by then. */
  presence(key: IdentityKey): void {
    this.#news.add(key);
    if (!this.#cancelNews) this.#tellNews();
  }

  /** A fresh key for the casts from `first` on, told to each member in its own channel. */
  rekey(first: number): void {
    const { attendance, clock } = this.#options;
    this.#rekeys = takeTokens(this.#rekeys, this.#pace(), clock.now(), this.#rekeyCost());
    this.#key.renew();
    const message: HostMessage = { t: 'rekey', kepoch: this.#key.kepoch, key: this.#key.key, first };
    for (const conversation of attendance.conversations()) conversation.send(message);
    this.#watchAge();
  }

  signHead({ seq, hash }: Place): WireHead {
    const { record, signer } = this.#options;
    const { kepoch } = this.#key;
    const bytes = headBytes({ room: record.room, log: record.log, seq, hash, kepoch });
    return [seq, hash, kepoch, signer.sign(labels.head, bytes)];
  }

  close(): void {
    this.#closed = true;
    this.#cancelTimer();
    this.#cancelNews?.();
  }

  #tellNews(): void {
    this.#cancelNews = undefined;
    if (this.#closed || this.#news.size === 0) return;
    for (const key of this.#news) {
      const attendee = this.#options.attendance.get(key);
      // Whoever was put out meanwhile was said so by an event.
      if (!attendee) continue;
      const { presence: state, status, conversation } = attendee;
      const said = status === undefined ? {} : { status };
      this.hint({ t: 'presence', key: idBytes(key), state, ...said, ...viaOf(conversation) });
    }
    this.#news.clear();
    this.#cancelNews = this.#options.clock.after(NEWS_MS, () => this.#tellNews());
  }

  #cast(seq: number, message: CastMessage): void {
    const { attendance } = this.#options;
    if (attendance.conversations().length === 0) return;
    let sealed: Uint8Array | undefined;
    for (const { link, handle } of this.#options.lines()) {
      if (handle === undefined || link.buffered > MAX_BEHIND) continue;
      sealed ??= this.#key.seal(seq, encodeRoomMessage(message));
      link.cast(handle, sealed);
    }
  }

  #watchAge(): void {
    this.#cancelTimer();
    if (this.#closed) return;
    const { clock, policy, keyDue } = this.#options;
    this.#cancelTimer = clock.after(policy.everyMs, keyDue);
  }

  #rekeyCost(): number {
    return Math.min(this.#options.attendance.conversations().length, this.#pace().burst);
  }

  #pace(): BucketPolicy {
    const frames = framesPerSecond(this.#options.lines());
    return { rate: REKEY_SHARE * frames, burst: frames };
  }
}

/** What the slowest of the relays takes of its host. */
export function framesPerSecond(lines: readonly HostLine[]): number {
  const taken = lines.flatMap(({ link }) => link.hello?.limits.framesPerSecond ?? []);
  // A relay that takes nothing at all would make every wait endless.
  return taken.length === 0 ? USUAL_FRAMES_PER_SECOND : Math.max(1, Math.min(...taken));
}
