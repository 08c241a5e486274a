import { every, type Clock } from '../../link/clock.ts';
import { paddedLength } from '../../shared/crypto/pad.ts';
import { labels, type Signer } from '../../shared/crypto/sign.ts';
import type { RefusalCode } from '../../shared/errors.ts';
import { idBytes, type MessageId, type RoomId } from '../../shared/ids.ts';
import { MAX_OUTBOX, MINUTE, SECOND } from '../../shared/limits.ts';
import { encodeEvent } from '../../shared/room/events.ts';
import type { HostMessageOf, MemberMessage } from '../../shared/room/messages.ts';
import { putOffCodes } from '../../shared/room/put-off.ts';
import { refusedBy, type NotTaken } from '../archive/archive-database.ts';
import type { PendingPost, RoomArchive } from '../archive/archive.ts';
import type { HostLine } from '../relays/host-line.ts';
import { outboxExpiry } from '../outbox-expiry.ts';
import { contentOf } from './post-content.ts';
import type { RoomEventBody } from '../session-events.ts';
import { defined } from '../../shared/defined.ts';

/** Kept below the host's rate, as the network squeezes what was sent evenly. */
const RATE_MARGIN = 0.95;
/** Of what the relay takes; the rest is for other rooms, whispers and questions. */
const RELAY_SHARE = 0.75;
const DEFAULT_RETRY_MS = SECOND;
/** How long the relay may be busy with what was sent at once. */
const BURST_MS = SECOND;
/** Of a post around its event, about: author, signature, codes and headers. */
const ENVELOPE_BYTES = 128;

export interface PostSenderParts {
  readonly room: RoomId;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly rooms: RoomArchive;
  readonly emit: (event: RoomEventBody) => void;
}

/** The conversation posts go through. */
export interface PostLine {
  readonly log: Uint8Array;
  /** The last counter the host has of us. */
  readonly counter: number;
  readonly limits: HostMessageOf<'welcome'>['limits'];
  /** What it takes from us, for all that we send. */
  readonly relay: Pick<HostLine, 'framesPerSecond' | 'bytesPerSecond'>;
  readonly send: (message: MemberMessage) => boolean;
}

/** Own posts from the durable outbox to the host: in order, no faster than the room and the relay allow, until they have a number. */
export class PostSender {
  readonly #parts: PostSenderParts;
  readonly #roomBytes: Uint8Array;
  #queue: PendingPost[];
  /** What the host has not answered, with the counters it was signed with. */
  readonly #sent = new Map<MessageId, number>();
  readonly #outrun = new Set<MessageId>();
  readonly #expires = new Map<MessageId, number>();
  #line: PostLine | undefined;
  #counter = 0;
  #tokens = Number.POSITIVE_INFINITY;
  #tokensAt = 0;
  #pausedUntil = 0;
  /** When the relay has taken the bytes of what was sent. */
  #takenAt = 0;
  /** Something was put off: what is on its way behind it comes back first, so that all is said in order again. */
  #recalling = false;
  readonly #cancelAgeing: () => void;
  #settled: (() => void) | undefined;
  #cancelPump: (() => void) | undefined;

  constructor(parts: PostSenderParts) {
    this.#parts = parts;
    this.#roomBytes = idBytes(parts.room);
    this.#queue = [...parts.rooms.pending(parts.room)];
    for (const { id, time } of this.#queue) this.#expires.set(id, outboxExpiry(parts.clock, time));
    this.#cancelAgeing = every(parts.clock, MINUTE, () => this.#failOld());
  }

  get full(): boolean {
    return this.#queue.length >= MAX_OUTBOX;
  }

  /** Something was sent that the host has not answered yet. */
  get unanswered(): boolean {
    return this.#sent.size > 0;
  }

  pending(): readonly PendingPost[] {
    return this.#queue;
  }

  /** Resolves when nothing waits any more, or after `ms`. */
  settled(ms: number): Promise<void> {
    if (this.#queue.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#parts.clock.after(ms, resolve);
      this.#settled = () => {
        cancel();
        resolve();
      };
    });
  }

  /** Durable when this returns, and `pump` sends it; a refusal when the disk would not take it. */
  add(post: PendingPost): NotTaken | undefined {
    const refusal = refusedBy(() => this.#parts.rooms.addPending(this.#parts.room, post));
    if (refusal) return refusal;
    this.#queue.push(post);
    this.#expires.set(post.id, outboxExpiry(this.#parts.clock, post.time));
    return undefined;
  }

  /** What was sent and not answered is sent again with the same ids. */
  online(line: PostLine): void {
    this.#line = line;
    this.#sent.clear();
    this.#recalling = false;
    this.#counter = Math.max(this.#counter, line.counter);
    this.#pausedUntil = 0;
    this.#takenAt = 0;
    this.pump();
  }

  offline(): void {
    this.#line = undefined;
    // Nobody will answer: it waits, and grows old, like the others.
    this.#sent.clear();
    this.#stopWaiting();
  }

  /** The host has numbered it; `counter` is given where it may be another device's or the host's own. */
  confirmed(id: MessageId, seq: number, counter = 0): void {
    this.#counter = Math.max(this.#counter, counter, this.#sent.get(id) ?? 0);
    const post = this.#take(id);
    if (post) this.#parts.emit({ type: 'sent', id, seq, ...refOf(post) });
    if (this.#recalling) this.pump();
  }

  rejected({ id, code, retryMs }: { id: MessageId; code: RefusalCode; retryMs?: number | undefined }): void {
    const counter = this.#sent.get(id);
    if (counter === undefined) return;
    this.#sent.delete(id);
    // Another event of this key has taken the counter meanwhile: that is tried once more.
    if (code === 'bad-event' && !this.#outrun.has(id)) {
      this.#outrun.add(id);
      return this.pump();
    }
    if (!putOffCodes.has(code)) {
      this.#fail(id, code, retryMs);
      return this.pump();
    }
    // The host takes nothing behind it before this counter comes again.
    this.#counter = Math.min(this.#counter, counter - 1);
    this.#recalling = true;
    const wait = retryMs ?? DEFAULT_RETRY_MS;
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#parts.clock.now() + wait);
    this.#tokens = Math.min(this.#tokens, 1);
    this.#stopWaiting();
    this.pump();
  }

  /** The room's rules are others now: what it put off for hours it may take at once. */
  tryAgain(): void {
    this.#pausedUntil = 0;
    this.#stopWaiting();
    this.pump();
  }

  /** Nothing will be sent any more. */
  failAll(code: RefusalCode): void {
    for (const { id } of this.#queue) this.#fail(id, code);
  }

  close(): void {
    this.offline();
    this.#cancelAgeing();
  }

  pump(): void {
    const line = this.#line;
    if (!line || this.#cancelPump) return;
    if (this.#recalling && this.#sent.size > 0) return;
    this.#recalling = false;
    for (const post of this.#queue) {
      if (this.#sent.has(post.id)) continue;
      const wait = this.#wait(line);
      if (wait > 0) {
        this.#cancelPump = this.#parts.clock.after(wait, () => {
          this.#cancelPump = undefined;
          this.pump();
        });
        return;
      }
      if (!this.#send(post, line)) return;
    }
  }

  #stopWaiting(): void {
    this.#cancelPump?.();
    this.#cancelPump = undefined;
  }

  #send(post: PendingPost, line: PostLine): boolean {
    const { signer } = this.#parts;
    this.#counter += 1;
    const event = encodeEvent({
      room: this.#roomBytes,
      log: line.log,
      id: idBytes(post.id),
      counter: this.#counter,
      time: post.time,
      ...contentOf(post),
    });
    const signed: [Uint8Array, Uint8Array, Uint8Array] = [
      signer.publicKey,
      event,
      signer.sign(labels.ev, event),
    ];
    if (!line.send({ t: 'post', event: signed })) return false;
    this.#sent.set(post.id, this.#counter);
    this.#tokens -= 1;
    const rate = (line.relay.bytesPerSecond ?? 0) * RELAY_SHARE;
    const taking = rate > 0 ? (paddedLength(event.length + ENVELOPE_BYTES) / rate) * SECOND : 0;
    this.#takenAt = Math.max(this.#takenAt, this.#parts.clock.now()) + taking;
    return true;
  }

  /** Ms until another may go. */
  #wait(line: PostLine): number {
    const now = this.#parts.clock.now();
    if (now < this.#pausedUntil) return this.#pausedUntil - now;
    return Math.max(this.#untilToken(line, now), Math.ceil(this.#takenAt - now - BURST_MS));
  }

  /** The bucket is the host's, or the relay's where that is smaller, seen from here. */
  #untilToken({ limits, relay }: PostLine, now: number): number {
    const relays = relay.framesPerSecond ? relay.framesPerSecond * RELAY_SHARE : Number.POSITIVE_INFINITY;
    const rate = Math.min(limits.rate > 0 ? limits.rate : Number.POSITIVE_INFINITY, relays) * RATE_MARGIN;
    if (rate === Number.POSITIVE_INFINITY) return 0;
    const burst = Math.min(limits.rate > 0 ? limits.burst : Number.POSITIVE_INFINITY, relays);
    const gained = ((now - this.#tokensAt) / SECOND) * rate;
    // One stays in reserve for what the network has squeezed together.
    this.#tokens = Math.min(Math.max(1, burst - 1), this.#tokens + gained);
    this.#tokensAt = now;
    return this.#tokens >= 1 ? 0 : Math.ceil(((1 - this.#tokens) / rate) * SECOND);
  }

  #fail(id: MessageId, code: RefusalCode, retryMs?: number): void {
    const post = this.#take(id);
    const wait = defined({ retryMs });
    if (post) this.#parts.emit({ type: 'failed', id, code, ...wait, ...refOf(post) });
  }

  #take(id: MessageId): PendingPost | undefined {
    const post = this.#queue.find((one) => one.id === id);
    if (!post) return undefined;
    this.#queue = this.#queue.filter((one) => one !== post);
    this.#sent.delete(id);
    this.#outrun.delete(id);
    this.#expires.delete(id);
    this.#parts.rooms.removePending(this.#parts.room, id);
    if (this.#queue.length === 0) this.#settled?.();
    return post;
  }

  /** Fails what the host was away for too long for. */
  #failOld(): void {
    const now = this.#parts.clock.now();
    for (const { id } of this.#queue)
      if ((this.#expires.get(id) ?? 0) <= now && !this.#sent.has(id)) this.#fail(id, 'host-away');
  }
}

function refOf({ ref }: PendingPost): { ref?: string } {
  return defined({ ref });
}
