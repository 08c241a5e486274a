import { describe, expect, it } from 'vitest';
import { EpochKeys, MAX_EPOCH_KEYS } from '../../../src/client/log/epoch-keys.ts';
import { sealCast } from '../../../src/shared/crypto/seal.ts';
import { randomBytes } from '../../../src/shared/crypto/sign.ts';
import { OLD_KEY_MS } from '../../../src/shared/limits.ts';
import { ManualClock } from '../../link/manual-clock.ts';

const where = { room: randomBytes(16), log: randomBytes(8) };

/** The keys of a member whose room had epoch 0 first, and what they make of a cast of each epoch. */
function held(epochs: number) {
  const clock = new ManualClock();
  const made = Array.from({ length: epochs }, () => randomBytes(32));
  const [first = randomBytes(32)] = made;
  const keys = new EpochKeys(clock, where, 0, first);
  const opens = (kepoch: number, key = made[kepoch] ?? first): string =>
    keys.open(sealCast(key, { ...where, kepoch, seq: 4 }, Uint8Array.of(1))).type;
  return { clock, keys, opens, all: () => made.map((_, kepoch) => opens(kepoch)), made };
}

it('keys that a host changes thousands of times are held up to a bound, the newest of them', () => {
  const { keys, all, made } = held(1_000);
  for (const [index, key] of made.slice(1).entries()) keys.rekey(index + 1, key, 5);
  const opened = all();
  expect(opened.filter((type) => type === 'opened')).toHaveLength(MAX_EPOCH_KEYS);
  expect(opened.slice(-MAX_EPOCH_KEYS)).not.toContain('late');
});

describe('the key of an epoch', () => {
  it('opens until everything that may be sealed under it has come, however often it is changed again', () => {
    const { keys, all, made } = held(3);
    expect(all()).toEqual(['opened', 'early', 'early']);
    for (const [kepoch, first] of [1, 2].map((each) => [each, 10 * each] as const))
      keys.rekey(kepoch, made[kepoch] ?? randomBytes(32), first);
    keys.passed(8);
    expect(all()).toEqual(['opened', 'opened', 'opened']);
    keys.passed(9);
    expect(all()).toEqual(['late', 'opened', 'opened']);
    keys.passed(19);
    expect(all()).toEqual(['late', 'late', 'opened']);
  });

  it('opens for 30 s after the next one, which a third does not prolong', () => {
    const { clock, keys, all, made } = held(3);
    keys.rekey(1, made[1] ?? randomBytes(32), 10);
    clock.advance(OLD_KEY_MS - 1);
    keys.rekey(2, made[2] ?? randomBytes(32), 20);
    expect(all()).toEqual(['opened', 'opened', 'opened']);
    clock.advance(1);
    expect(all()).toEqual(['late', 'opened', 'opened']);
    clock.advance(OLD_KEY_MS);
    expect(all()).toEqual(['late', 'late', 'opened']);
  });

  it('is not replaced by another of the same or an earlier epoch', () => {
    const { keys, opens, made } = held(2);
    const foreign = randomBytes(32);
    expect(keys.rekey(1, made[1] ?? foreign, 10)).toBe(true);
    for (const kepoch of [0, 1]) {
      expect(keys.rekey(kepoch, foreign, 11)).toBe(false);
      expect(opens(kepoch)).toBe('opened');
      expect(opens(kepoch, foreign)).toBe('unreadable');
    }
  });
});
