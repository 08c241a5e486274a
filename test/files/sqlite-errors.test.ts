import { expect, it } from 'vitest';
import { deniedCode, isBusy, isDamage } from '../../src/files/sqlite-errors.ts';

const sqlite = (errcode: number): Error => Object.assign(new Error(), { code: 'ERR_SQLITE_ERROR', errcode });

// https://www.sqlite.org/rescode.html, extended codes.
it.each([
  ['while it is repaired after a crash', 261],
  ['since it was read', 517],
  ['for longer than was waited', 773],
])('a file that another process has %s is in use', (_, errcode) => {
  expect(isBusy(sqlite(errcode))).toBe(true);
  expect(isDamage(sqlite(errcode))).toBe(false);
});

it('what exactly is damaged, or denied, makes no difference', () => {
  expect(isDamage(sqlite(267))).toBe(true);
  expect(deniedCode(sqlite(1032))).toBe('READONLY');
});

it.each([13, 4874])(
  'a disk without room for the database, or for what is beside it, is full (%i)',
  (errcode) => {
    expect(deniedCode(sqlite(errcode))).toBe('ENOSPC');
  },
);

it('an error of another kind is none of these', () => {
  const other = Object.assign(new Error(), { errcode: 'EBUSY' });
  expect([isBusy(other), isDamage(other), deniedCode(other)]).toEqual([false, false, undefined]);
});
