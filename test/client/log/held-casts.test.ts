import { expect, it } from 'vitest';
import { HeldCasts, type HeldCast } from '../../../src/client/log/held-casts.ts';
import { identityKey } from '../../../src/shared/ids.ts';

function cast(time: number): HeldCast {
  const [key, id] = [new Uint8Array(32), new Uint8Array(16)];
  const place = { room: id, log: new Uint8Array(8), id, counter: 0, time };
  return {
    event: {
      event: { ...place, kind: 'text', body: { text: '' } },
      author: identityKey(key),
      authorBytes: key,
      encoded: key,
    },
    head: [0, key, 0, key],
  };
}

it('casts that came too early are 512 numbers at most, and four for one number', () => {
  const casts = new HeldCasts();
  for (let rival = 0; rival < 6; rival++) casts.add(1_000, cast(rival));
  for (let seq = 999; seq > 400; seq--) casts.add(seq, cast(seq));
  expect(casts.take(1_000).map(({ event }) => event.event.time)).toEqual([0, 1, 2, 3]);
  expect(casts.take(1_000)).toEqual([]);
  expect(casts.firstAfter(0)).toBe(1_000 - 511);
});

it('casts up to an end are forgotten, and the lowest behind it is found in whatever order they came', () => {
  const casts = new HeldCasts();
  for (const seq of [7, 5, 6, 9, 8]) casts.add(seq, cast(seq));
  expect(casts.firstAfter(4)).toBe(5);
  expect(casts.firstAfter(6)).toBe(7);
  expect([5, 6, 7].map((seq) => casts.take(seq).length)).toEqual([0, 0, 1]);
  expect(casts.firstAfter(9)).toBeUndefined();
  expect(casts.take(9)).toEqual([]);
});
