import { expect, it } from 'vitest';
import { emptyRoom, type Sanction, type Sanctions } from '../../../src/host/room/room-state.ts';
import { restoredSanctions, sanctionRecord, SanctionTimes } from '../../../src/host/room/sanction-times.ts';
import { identityKey } from '../../../src/shared/ids.ts';
import { HOUR, MINUTE } from '../../../src/shared/limits.ts';
import { ManualClock } from '../../link/manual-clock.ts';

const person = (n: number) => identityKey(new Uint8Array(32).fill(n));
const by = person(1);

function sanction(n: number, ms?: number): Sanction {
  return { key: person(n), nick: `n${n}`, by, ms, until: ms ?? Number.POSITIVE_INFINITY, reason: undefined };
}

const held = (...list: readonly Sanction[]): Sanctions => new Map(list.map((each) => [each.key, each]));

it('bans and silences go on where they were when the host ended, each as what it was', () => {
  const clock = new ManualClock();
  const wallAt = (monotonic: number) => clock.wall() - clock.now() + monotonic;
  const records = [
    sanctionRecord('ban', sanction(2), wallAt),
    sanctionRecord('ban', sanction(3, HOUR), wallAt),
    sanctionRecord('mute', sanction(4, HOUR), wallAt),
    sanctionRecord('mute', sanction(5, MINUTE), wallAt),
  ];
  clock.sleep(MINUTE);
  const left = (type: 'ban' | 'mute') =>
    [...restoredSanctions(records, type, clock)].map(([key, { until }]) => [key, until - clock.now()]);
  expect(left('ban')).toEqual([
    [person(2), Number.POSITIVE_INFINITY],
    [person(3), HOUR - MINUTE],
  ]);
  expect(left('mute')).toEqual([[person(4), HOUR - MINUTE]]);
});

it('the ends of sanctions are written anew when the wall clock was set, by a minute or more, and once', () => {
  const clock = new ManualClock();
  const times = new SanctionTimes(clock);
  const fixed = { room: new Uint8Array(16), log: new Uint8Array(8), title: '', topic: '' };
  const empty = emptyRoom({ ...fixed, host: by, policy: { maxMembers: 1, posts: { rate: 1, burst: 1 } } });
  const state = { ...empty, bans: held(sanction(2), sanction(3, HOUR)), mutes: held(sanction(4, MINUTE)) };
  clock.advance(MINUTE);
  clock.sleep(MINUTE - 1);
  expect(times.moved(state).sanctions).toEqual([]);
  clock.sleep(1);
  const { sanctions, written } = times.moved(state);
  expect(sanctions).toMatchObject([{ type: 'ban', nick: 'n3', until: clock.wall() - MINUTE + HOUR }]);
  expect(times.moved(state).sanctions).toHaveLength(1);
  written();
  expect(times.moved(state).sanctions).toEqual([]);
});
