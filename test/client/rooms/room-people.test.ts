import { afterEach, describe, expect, it } from 'vitest';
import { openArchive } from '../../../src/client/archive/open-archive.ts';
import { RoomPeople } from '../../../src/client/rooms/room-people.ts';
import type { MemberInfo, RoomEventBody } from '../../../src/client/session-events.ts';
import { identityKey } from '../../../src/shared/ids.ts';
import { HARD_MAX_MEMBERS } from '../../../src/shared/limits.ts';
import { personNamed } from '../../support/memory-room.ts';
import { ManualClock } from '../../link/manual-clock.ts';

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

function rig() {
  const archive = openArchive(':memory:');
  open.push(() => archive.close());
  const told: RoomEventBody[] = [];
  const people = new RoomPeople({
    host: personNamed('host').key,
    self: () => ({ ...personNamed('me'), guest: false }),
    contacts: { marks: () => ({}), namesakes: () => [] },
    people: archive.people,
    clock: new ManualClock(),
    at: () => 'ws://relay.example:1878',
    emit: (event) => told.push(event),
  });
  return { people, told };
}

/** Somebody with a name that is known with another key. */
function impostor(number: number): MemberInfo {
  const bytes = new Uint8Array(32);
  new DataView(bytes.buffer).setUint32(0, number);
  const key = identityKey(bytes);
  return { key, tag: 'aaaa', nick: 'bob', role: 'member', presence: 'online', standing: 'changed' };
}

describe('people with a known name and another key', () => {
  it('are told of once, and again when they have been somebody else meanwhile', () => {
    const { people, told } = rig();
    const { standing: _, ...plain } = impostor(1);
    for (const shown of [impostor(1), impostor(1), plain, impostor(1)]) people.shown([shown]);
    expect(told.map(({ type }) => type)).toEqual(['changed-key', 'changed-key']);
  });

  it('are remembered up to as many as a room may have', () => {
    const { people, told } = rig();
    people.shown(Array.from({ length: HARD_MAX_MEMBERS + 1 }, (_, number) => impostor(number)));
    told.length = 0;
    people.shown([impostor(HARD_MAX_MEMBERS), impostor(1)]);
    expect(told).toEqual([]);
    people.shown([impostor(0)]);
    expect(told).toHaveLength(1);
  });
});
