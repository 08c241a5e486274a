import type { Rejection } from '../../shared/errors.ts';
import type { IdentityKey } from '../../shared/ids.ts';
import { MINUTE, SECOND } from '../../shared/limits.ts';
import type { Via } from '../../shared/room/via.ts';
import { putNewest } from '../../shared/put-newest.ts';
import { fullBucket, takeTokens, waitFor, type Bucket, type BucketPolicy } from '../room/token-bucket.ts';

/** Handshakes of strangers under way at a time; the oldest gives way. */
export const MAX_UNFINISHED = 8;
/** Newcomers let in: 10 per 10 s. */
export const JOINS: BucketPolicy = { rate: 1, burst: 10 };
export const MAX_WRONG_CODES = 5;
export const WRONG_CODES_MS = 10 * MINUTE;
/** Identities whose wrong codes are remembered; the one that tried longest ago is forgotten first. */
export const MAX_TRIERS = 1_000;

/**
 * How often a room may be entered, and how often somebody may try over one line: whose wrong code it was is the word of its
 * relay, which bars nobody from another. Times are monotonic ms.
 */
export class JoinGate {
  readonly #wrong = new Map<string, number[]>();
  #joins: Bucket;

  constructor(now: number) {
    this.#joins = fullBucket(JOINS, now);
  }

  /** For a newcomer with a finished handshake. */
  enter(now: number): Rejection | undefined {
    const retryMs = waitFor(this.#joins, JOINS, now);
    if (retryMs > 0) return { code: 'room-busy', retryMs: Math.max(retryMs, SECOND) };
    this.#joins = takeTokens(this.#joins, JOINS, now);
    return undefined;
  }

  /** Before a handshake is begun. */
  barred(identity: IdentityKey, now: number, via?: Via): Rejection | undefined {
    const tries = this.#tries(`${identity} ${via}`, now);
    const first = tries[0];
    if (first === undefined || tries.length < MAX_WRONG_CODES) return undefined;
    return { code: 'too-many-tries', retryMs: Math.ceil(first + WRONG_CODES_MS - now) };
  }

  wrongCode(identity: IdentityKey, now: number, via?: Via): Rejection {
    const who = `${identity} ${via}`;
    putNewest(this.#wrong, who, [...this.#tries(who, now), now], MAX_TRIERS);
    return this.barred(identity, now, via) ?? { code: 'wrong-code' };
  }

  #tries(who: string, now: number): readonly number[] {
    return (this.#wrong.get(who) ?? []).filter((at) => now - at < WRONG_CODES_MS);
  }
}
