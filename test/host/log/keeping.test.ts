import { expect, it } from 'vitest';
import type { MemberRecord } from '../../../src/host/history/history.ts';
import { whatToKeep } from '../../../src/host/log/keeping.ts';
import { emptyRoom, type RoomState } from '../../../src/host/room/room-state.ts';
import { evolve } from '../../../src/host/room/room.ts';
import { identityKey, type IdentityKey } from '../../../src/shared/ids.ts';
import type { EventKind, EventOf, RoomEvent } from '../../../src/shared/room/events.ts';

const keyBytes = (n: number) => new Uint8Array(32).fill(n);
const [owner, ada] = [identityKey(keyBytes(1)), identityKey(keyBytes(2))];
const place = { room: new Uint8Array(16), log: new Uint8Array(8), id: new Uint8Array(16), time: 0 };

function event<Kind extends EventKind>(kind: Kind, body: EventOf<Kind>['body']): RoomEvent {
  return { ...place, counter: 1, kind, body } as RoomEvent;
}

/** Ada the operator and bob, as long as he is there. */
function room(...nicks: readonly string[]): RoomState {
  const policy = { maxMembers: 10, posts: { rate: 1, burst: 1 } };
  return nicks.reduce(
    (state, nick) => {
      const [n, role] = nick === 'ada' ? ([2, 'op'] as const) : ([3, 'member'] as const);
      return evolve(
        state,
        { author: owner, event: event('member-joined', { key: keyBytes(n), nick, role }) },
        0,
      );
    },
    emptyRoom({ ...place, host: owner, title: 'tea', topic: '', policy }),
  );
}

function kept(was: RoomState, author: IdentityKey, said: RoomEvent, known?: Partial<MemberRecord>) {
  const next = evolve(was, { author, event: said }, 0);
  const bob = {
    key: keyBytes(3),
    nick: 'bob',
    role: 'member',
    counter: 0,
    floor: 1,
    onRoster: false,
  } as const;
  const { members } = whatToKeep({
    author,
    event: said,
    was,
    next,
    floorOf: () => 1,
    remembered: () => known && { ...bob, kicked: false, ...known },
    wallAt: (monotonic) => monotonic,
  });
  return members.map(({ nick, onRoster, kicked }) => [nick, onRoster, kicked]);
}

const bob = { key: keyBytes(3) };

it('whoever is put out is remembered so, and neither who did it nor who left', () => {
  for (const kind of ['kicked', 'banned'] as const)
    expect(kept(room('ada', 'bob'), ada, event(kind, bob))).toEqual([
      ['ada', true, false],
      ['bob', false, true],
    ]);
  expect(kept(room('ada', 'bob'), owner, event('member-left', bob))).toEqual([['bob', false, false]]);
});

it('whoever is kept out while away is remembered as put out, and stays so when the ban is lifted', () => {
  expect(kept(room('ada'), ada, event('banned', bob), {})).toContainEqual(['bob', false, true]);
  expect(kept(room('ada'), ada, event('unbanned', bob), { kicked: true })).toContainEqual([
    'bob',
    false,
    true,
  ]);
  expect(kept(room('ada'), ada, event('unbanned', bob), {})).toContainEqual(['bob', false, false]);
  expect(kept(room('ada'), ada, event('banned', bob))).toEqual([['ada', true, false]]);
});
