import { afterEach, describe, expect, it } from 'vitest';
import { openArchive } from '../../../src/client/archive/open-archive.ts';
import { MAX_WARNINGS, RoomPeople } from '../../../src/client/rooms/room-people.ts';
import type { MemberInfo, RoomEventBody } from '../../../src/client/session-events.ts';
import { idBytes, identityKey } from '../../../src/shared/ids.ts';
import { HARD_MAX_MEMBERS, MINUTE } from '../../../src/shared/limits.ts';
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
  const clock = new ManualClock();
  const people = new RoomPeople({
    host: personNamed('host').key,
    self: () => ({ ...personNamed('me'), guest: false }),
    contacts: { marks: () => ({}), namesakes: () => [] },
    people: archive.people,
    clock,
    at: () => 'ws://relay.example:1878',
    emit: (event) => told.push(event),
  });
  return { people, told, clock, archive };
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
    const { people, told, clock } = rig();
    for (let number = 0; number <= HARD_MAX_MEMBERS; number += 1) {
      if (number % MAX_WARNINGS === 0) clock.advance(MINUTE);
      people.shown([impostor(number)]);
    }
    clock.advance(MINUTE);
    told.length = 0;
    people.shown([impostor(HARD_MAX_MEMBERS), impostor(1)]);
    expect(told).toEqual([]);
    people.shown([impostor(0)]);
    expect(told).toHaveLength(1);
  });

  it('fill no screen, however many a host names like that', () => {
    const { people, told, clock } = rig();
    const crowd = Array.from({ length: 200 }, (_, number) => impostor(number));
    people.shown(crowd);
    people.shown(crowd);
    expect(told).toHaveLength(MAX_WARNINGS);
    clock.advance(MINUTE);
    people.shown(crowd);
    expect(told).toHaveLength(2 * MAX_WARNINGS);
  });
});

describe('a roster', () => {
  it('in crumbs costs what it costs in one piece, and nothing once it is complete', () => {
    const { people, told, archive } = rig();
    const members = Array.from({ length: 40 }, (_, number) => ({
      key: idBytes(impostor(number).key),
      nick: `nick${number}`,
      role: 'member' as const,
      presence: 'online' as const,
    }));
    let met = 0;
    const meet = archive.people.meet.bind(archive.people);
    archive.people.meet = (...how) => {
      met += 1;
      meet(...how);
    };
    people.roster.reset([], members.length);
    for (const member of members) people.more({ t: 'roster', members: [member] });
    expect(met).toBe(members.length);
    expect(told).toMatchObject([{ type: 'members', members: { length: members.length } }]);
    people.more({ t: 'roster', members });
    expect([met, told.length]).toEqual([members.length, 1]);
  });
});
