import { REKEY_EVERY_CASTS, REKEY_EVERY_MS, REKEY_JOIN_MS } from '../../shared/limits.ts';

/** Where a room is with its key. Times are monotonic ms. */
export interface KeyAge {
  readonly kepoch: number;
  /** Casts sealed with the key, hints included. */
  readonly casts: number;
  readonly since: number;
  /** When newcomers were last let in. */
  readonly lastJoin: number;
}

export interface RekeyPolicy {
  readonly joinMs: number;
  readonly everyMs: number;
  readonly everyCasts: number;
}

export const defaultRekeyPolicy: RekeyPolicy = {
  joinMs: REKEY_JOIN_MS,
  everyMs: REKEY_EVERY_MS,
  everyCasts: REKEY_EVERY_CASTS,
};

export function firstKey(kepoch: number, now: number): KeyAge {
  return { kepoch, casts: 0, since: now, lastJoin: Number.NEGATIVE_INFINITY };
}

export function nextKey(age: KeyAge, now: number): KeyAge {
  return { ...age, kepoch: age.kepoch + 1, casts: 0, since: now };
}

/** Newcomers are about to be let in with a new key. */
export function admitting(age: KeyAge, now: number): KeyAge {
  return { ...age, lastJoin: now };
}

export function afterCast(age: KeyAge): KeyAge {
  return { ...age, casts: age.casts + 1 };
}

/** The key has sealed enough, or long enough: a new one comes before the next event. */
export function isWorn(age: KeyAge, policy: RekeyPolicy, now: number): boolean {
  return age.casts >= policy.everyCasts || now - age.since >= policy.everyMs;
}

/** Ms until newcomers may be let in; 0: now. Those who come meanwhile share one new key. */
export function joinWait(age: KeyAge, policy: RekeyPolicy, now: number): number {
  return Math.max(0, age.lastJoin + policy.joinMs - now);
}
