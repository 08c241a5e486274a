import type { IdentityKey } from '../../shared/ids.ts';
import { LEAVE_GRACE_MS } from '../../shared/limits.ts';
import type { Presence } from '../../shared/room/roles.ts';
import type { Conversation } from '../lines/conversation.ts';
import { fullBucket, takeTokens, waitFor, type Bucket, type BucketPolicy } from '../room/token-bucket.ts';

/** Hints one member may cause. */
export const HINTS: BucketPolicy = { rate: 2, burst: 10 };

/** How somebody on the roster is there. */
export interface Attendee {
  readonly conversation: Conversation | undefined;
  /** It has been sent its welcome, which comes before anything else. */
  readonly welcomed: boolean;
  readonly presence: Presence;
  readonly status: string | undefined;
  /** The first seq it may read. */
  readonly floor: number;
  /** Monotonic ms; meaningless while there is a conversation. */
  readonly absentSince: number;
  readonly hints: Bucket;
}

/** Who of the roster is there, and since when the others are not. Times are monotonic ms. */
export class Attendance {
  readonly #attendees = new Map<IdentityKey, Attendee>();
  readonly #graceMs: number;

  constructor(graceMs = LEAVE_GRACE_MS) {
    this.#graceMs = graceMs;
  }

  get(key: IdentityKey): Attendee | undefined {
    return this.#attendees.get(key);
  }

  /** On the roster, and not there yet. */
  expect(key: IdentityKey, floor: number, now: number): void {
    this.#attendees.set(key, {
      conversation: undefined,
      welcomed: false,
      presence: 'offline',
      status: undefined,
      floor,
      absentSince: now,
      hints: fullBucket(HINTS, now),
    });
  }

  /** Returns the conversation that the new one replaces. */
  arrive(key: IdentityKey, conversation: Conversation): Conversation | undefined {
    const attendee = this.#attendees.get(key);
    if (!attendee) return undefined;
    this.#attendees.set(key, {
      ...attendee,
      conversation,
      welcomed: false,
      presence: 'online',
      status: undefined,
    });
    return attendee.conversation;
  }

  welcome(key: IdentityKey): void {
    const attendee = this.#attendees.get(key);
    if (attendee) this.#attendees.set(key, { ...attendee, welcomed: true });
  }

  /** The member who speaks in this conversation, if it has been welcomed in it. */
  speaker(conversation: Conversation): Attendee | undefined {
    const attendee = this.#attendees.get(conversation.identity);
    return attendee?.welcomed === true && attendee.conversation === conversation ? attendee : undefined;
  }

  /** False when it was not, or no longer, this member's conversation. */
  vanish(conversation: Conversation, now: number): boolean {
    const attendee = this.#attendees.get(conversation.identity);
    if (attendee?.conversation !== conversation) return false;
    this.expect(conversation.identity, attendee.floor, now);
    return true;
  }

  remove(key: IdentityKey): void {
    this.#attendees.delete(key);
  }

  setPresence(key: IdentityKey, presence: Presence, status: string | undefined): void {
    const attendee = this.#attendees.get(key);
    if (attendee) this.#attendees.set(key, { ...attendee, presence, status });
  }

  /** Whether this member may cause one more hint now. */
  takeHint(key: IdentityKey, now: number): boolean {
    const attendee = this.#attendees.get(key);
    if (!attendee || waitFor(attendee.hints, HINTS, now) > 0) return false;
    this.#attendees.set(key, { ...attendee, hints: takeTokens(attendee.hints, HINTS, now) });
    return true;
  }

  /** Of all who were welcomed and are there. */
  conversations(): readonly Conversation[] {
    return [...this.#attendees.values()].flatMap(({ conversation, welcomed }) =>
      conversation && welcomed ? [conversation] : [],
    );
  }

  /** Those whose absence has become a leave. */
  expired(now: number): readonly IdentityKey[] {
    return this.#absent()
      .filter(([, { absentSince }]) => now - absentSince >= this.#graceMs)
      .map(([key]) => key);
  }

  /** When the next absence becomes a leave. */
  nextExpiry(): number | undefined {
    const times = this.#absent().map(([, { absentSince }]) => absentSince + this.#graceMs);
    return times.length === 0 ? undefined : times.reduce((a, b) => Math.min(a, b));
  }

  #absent(): [IdentityKey, Attendee][] {
    return [...this.#attendees].filter(([, { conversation }]) => !conversation);
  }
}
