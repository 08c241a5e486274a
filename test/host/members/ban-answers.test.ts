import { expect, it } from 'vitest';
import { bansMessages } from '../../../src/host/members/ban-answers.ts';
import { emptyRoom, type Sanction } from '../../../src/host/room/room-state.ts';
import { identityKey } from '../../../src/shared/ids.ts';
import { MAX_BANS_CHUNK } from '../../../src/shared/limits.ts';

const by = identityKey(new Uint8Array(32));

function room(bans: readonly (readonly [n: number, until: number])[]) {
  const fixed = { room: new Uint8Array(16), log: new Uint8Array(8), title: '', topic: '' };
  const empty = emptyRoom({ ...fixed, host: by, policy: { maxMembers: 1, posts: { rate: 1, burst: 1 } } });
  const held = bans.map(([n, until]): Sanction => {
    const key = identityKey(new Uint8Array(32).fill(n));
    return { key, nick: `n${n}`, by, until, ms: undefined, reason: undefined };
  });
  return { ...empty, bans: new Map(held.map((each) => [each.key, each])) };
}

const told = (bans: Parameters<typeof room>[0], now: number) =>
  bansMessages(room(bans), 1, now).map(({ bans: some, last }) => [
    some.map(({ nick, ms }) => [nick, ms]),
    last,
  ]);

it('who is kept out is told with the time that is left, and nobody whose time is over', () => {
  expect(
    told(
      [
        [1, 1_000],
        [2, 1_001],
        [3, Number.POSITIVE_INFINITY],
      ],
      1_000,
    ),
  ).toEqual([
    [
      [
        ['n2', 1],
        ['n3', undefined],
      ],
      true,
    ],
  ]);
});

it('a list that is empty is told, and one that is too long for a message in several', () => {
  expect(told([], 0)).toEqual([[[], true]]);
  const long = Array.from({ length: MAX_BANS_CHUNK + 1 }, (_, n) => [n + 1, 9] as const);
  expect(told(long, 0).map(([some, last]) => [Array.isArray(some) && some.length, last])).toEqual([
    [MAX_BANS_CHUNK, false],
    [1, true],
  ]);
});
