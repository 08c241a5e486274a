import { expect, it } from 'vitest';
import { WakingTimer } from '../../src/link/waking-timer.ts';
import { ManualClock } from './manual-clock.ts';

it('time asleep counts for the timer that ran meanwhile, not for the next one', () => {
  const clock = new ManualClock();
  const rung: string[] = [];
  const timer = new WakingTimer(clock, () => rung.push('awake'));
  timer.set(20_000, () => rung.push('first'));
  clock.sleep(3_600_000);
  timer.set(10_000, () => rung.push('second'));
  expect(rung).toEqual(['awake']);
  clock.advance(9_999);
  expect(rung).toEqual(['awake']);
  clock.advance(1);
  expect(rung).toEqual(['awake', 'second']);
  timer.set(60_000, () => rung.push('third'));
  clock.sleep(3_600_000);
  clock.advance(5_000);
  expect(rung).toEqual(['awake', 'second', 'awake', 'third']);
  expect(clock.pending).toBe(0);
});
