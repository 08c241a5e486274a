import { expect, it } from 'vitest';
import { Redial, STABLE_MS } from '../../../src/client/calls/redial.ts';
import { HOUR, MINUTE } from '../../../src/shared/limits.ts';
import { ManualClock } from '../../link/manual-clock.ts';

function rig() {
  const clock = new ManualClock();
  const redial = new Redial({ clock, random: () => 0.5 });
  /** Ms until it calls after one more failure. */
  const wait = (atLeastMs = 0): number => {
    const from = clock.now();
    let at = from;
    redial.failed();
    redial.later(atLeastMs, () => (at = clock.now()));
    clock.advance(HOUR);
    return at - from;
  };
  return { clock, redial, wait };
}

it('waits longer after each failure in a row, and no less than was asked', () => {
  const { wait } = rig();
  const [first, second, third] = [wait(), wait(), wait()];
  expect(second).toBeGreaterThan(first);
  expect(third).toBeGreaterThan(second);
  expect(wait(10 * MINUTE)).toBe(10 * MINUTE);
});

it('begins anew only once the host has kept us in for a while', () => {
  const { clock, redial, wait } = rig();
  const first = wait();
  redial.entered();
  clock.advance(STABLE_MS - 1);
  const second = wait();
  expect(second).toBeGreaterThan(first);
  redial.entered();
  clock.advance(STABLE_MS);
  expect(wait()).toBe(first);
});

it('calls once, and not at all where that was cancelled', () => {
  const { clock, redial } = rig();
  const calls: string[] = [];
  redial.after(1, () => calls.push('first'));
  redial.after(1, () => calls.push('second'));
  clock.advance(1);
  redial.later(0, () => calls.push('third'));
  redial.cancel();
  expect([calls, clock.pending]).toEqual([['second'], 0]);
});
