import { expect, it } from 'vitest';
import { duration } from '../../src/shared/durations.ts';
import { HOUR, MINUTE, SECOND } from '../../src/shared/limits.ts';

it('a wait is rounded up, so that waiting it out is enough', () => {
  expect([1, 1_500, MINUTE, 61 * SECOND, HOUR].map(duration)).toEqual([
    '1 s',
    '2 s',
    '1 min',
    '2 min',
    '1 h',
  ]);
});
