import { describe, expect, it } from 'vitest';
import { OpenRooms, type OpenRoom } from '../../../src/client/rooms/open-rooms.ts';
import type { RoomEventBody } from '../../../src/client/session-events.ts';
import { identityKey, logId, relayId, roomId, type RoomId } from '../../../src/shared/ids.ts';
import { MAX_ROOMS_PER_CONNECTION } from '../../../src/shared/limits.ts';

const room = (fill: number): RoomId => roomId(new Uint8Array(16).fill(fill));
const [tea, chess, relay] = [room(1), room(2), 'wss://relay.test'];
const lan = relayId(new Uint8Array(32).fill(3));

function rig(before: readonly OpenRoom[] = []) {
  const saved: (readonly OpenRoom[])[] = [];
  const open = new OpenRooms({ load: () => before, save: (rooms) => saved.push(rooms) });
  const happened = (id: RoomId, body: RoomEventBody, way = {}): void =>
    open.happened({ ...body, room: id }, () => way);
  return { open, saved, happened, enter: (id: RoomId, way = {}) => happened(id, ready(id), way) };
}

function ready(id: RoomId): RoomEventBody {
  const key = identityKey(new Uint8Array(32));
  const person = { key, tag: 'aaaa', nick: 'ada' };
  const info = {
    id,
    title: 'tea',
    topic: '',
    host: key,
    tag: 'aaaa',
    private: false,
    via: 'relay',
    relay,
  } as const;
  const me = { ...person, role: 'member', presence: 'online' } as const;
  return { type: 'ready', info, log: logId(new Uint8Array(8)), seq: 0, me, members: [] };
}

describe('the rooms that are open', () => {
  it('are kept in the order of joining, each once, and written only when something is new', () => {
    const { saved, enter } = rig();
    enter(tea, { relay });
    enter(chess, { relay, lan });
    enter(tea, { relay });
    expect(saved.at(-1)).toEqual([
      { id: tea, relay },
      { id: chess, relay, lan },
    ]);
    expect(saved).toHaveLength(2);
    enter(tea, { relay, lan });
    expect(saved.at(-1)).toEqual([
      { id: tea, relay, lan },
      { id: chess, relay, lan },
    ]);
  });

  it('are still called over their relay where only their network led there this time', () => {
    const { saved, enter } = rig();
    enter(tea, { relay });
    enter(tea, { lan });
    expect(saved.at(-1)).toEqual([{ id: tea, relay, lan }]);
    enter(tea, { relay: 'wss://other.test' });
    expect(saved.at(-1)).toEqual([{ id: tea, relay: 'wss://other.test' }]);
  });

  it('are those of before only once they were asked for', () => {
    const { open, saved, enter } = rig([{ id: tea, relay }]);
    expect(open.load()).toEqual([{ id: tea, relay }]);
    enter(chess);
    expect(saved.at(-1)?.map(({ id }) => id)).toEqual([tea, chess]);
    const other = rig([{ id: tea, relay }]);
    other.enter(chess);
    expect(other.saved.at(-1)?.map(({ id }) => id)).toEqual([chess]);
  });

  it.each<[string, RoomEventBody, boolean]>([
    ['left', { type: 'state', state: 'closed', reason: 'left' }, false],
    ['hung up', { type: 'state', state: 'closed' }, true],
    ['open elsewhere', { type: 'state', state: 'closed', reason: 'signed-in-elsewhere' }, true],
    ['waiting for its host', { type: 'state', state: 'host-offline' }, true],
    ['one that put us out', { type: 'removed', code: 'kicked' }, false],
    ['one that keeps us out', { type: 'removed', code: 'banned' }, false],
    ['one that wants a code', { type: 'removed', code: 'wrong-code' }, true],
    ['one that has had too many tries', { type: 'removed', code: 'too-many-tries' }, true],
  ])('one that is %s', (_, event, stays) => {
    const { saved, enter, happened } = rig();
    enter(tea);
    happened(tea, event);
    expect(saved.at(-1)).toEqual(stays ? [{ id: tea }] : []);
  });

  it('are no more than a connection may have; the oldest go', () => {
    const { saved, enter } = rig();
    for (let fill = 1; fill <= MAX_ROOMS_PER_CONNECTION + 1; fill++) enter(room(fill));
    expect(saved.at(-1)).toHaveLength(MAX_ROOMS_PER_CONNECTION);
    expect(saved.at(-1)?.[0]).toEqual({ id: chess });
  });

  it('are not called over a relay that was given up', () => {
    const { open, saved, enter } = rig();
    enter(tea, { relay, lan });
    enter(chess, { relay: 'wss://other.test' });
    open.relayGivenUp(relay);
    expect(saved.at(-1)).toEqual([
      { id: tea, lan },
      { id: chess, relay: 'wss://other.test' },
    ]);
  });
});
