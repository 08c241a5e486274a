import { describe, expect, it } from 'vitest';
import {
  admitting,
  afterCast,
  defaultRekeyPolicy,
  firstKey,
  isWorn,
  joinWait,
  nextKey,
} from '../../../src/host/casts/rekey.ts';
import { DAY } from '../../../src/shared/limits.ts';

const policy = defaultRekeyPolicy;

describe('when a room takes a new key', () => {
  it('counts epochs up', () => {
    expect(nextKey(firstKey(7, 0), 5)).toMatchObject({ kepoch: 8, casts: 0, since: 5 });
  });

  it('wears a key out in 10 000 casts', () => {
    let age = firstKey(1, 0);
    for (let i = 0; i < 9_999; i++) age = afterCast(age);
    expect(isWorn(age, policy, 0)).toBe(false);
    expect(isWorn(afterCast(age), policy, 0)).toBe(true);
    expect(isWorn(nextKey(afterCast(age), 0), policy, 0)).toBe(false);
  });

  it('wears a key out in 24 hours', () => {
    const age = firstKey(1, 1_000);
    expect(isWorn(age, policy, DAY + 999)).toBe(false);
    expect(isWorn(age, policy, DAY + 1_000)).toBe(true);
  });

  it('lets the first newcomer in at once and the next two seconds later, whatever rekeys come between', () => {
    const first = firstKey(1, 0);
    expect(joinWait(first, policy, 0)).toBe(0);
    const second = nextKey(nextKey(admitting(first, 100), 100), 500);
    expect(joinWait(second, policy, 600)).toBe(1_500);
    expect(joinWait(second, policy, 2_100)).toBe(0);
  });
});
