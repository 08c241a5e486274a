import { expect, it } from 'vitest';
import { duration, period } from '../../src/shared/durations.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/shared/limits.ts';

it('a wait is rounded up, so that waiting it out is enough', () => {
  expect([1, 1_500, MINUTE, 61 * SECOND, HOUR].map(duration)).toEqual([
    '1 s',
    '2 s',
    '1 min',
    '2 min',
    '1 h',
  ]);
});

it('a time that was set is told as it is', () => {
  const set = [30 * SECOND, 90 * SECOND, 600 * SECOND, 90 * MINUTE, 36 * HOUR, 49 * HOUR, 7 * DAY];
  expect(set.map(period)).toEqual(['30 s', '90 s', '10 min', '90 min', '36 h', '49 h', '7 d']);
});
