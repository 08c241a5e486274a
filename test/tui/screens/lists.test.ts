import { describe, expect, it } from 'vitest';
import { MemoryClient } from '../../support/memory-client.ts';
import { personNamed } from '../../support/memory-room.ts';
import { MemoryWorld } from '../../support/memory-world.ts';
import { keys, screenRig } from '../rig.tsx';

describe('the list in the lobby', () => {
  it.each([
    [80, '(needs a code)'],
    [40, '(code)'],
  ])('says in %i columns what a room needs, and what it is about in what is left', async (columns, note) => {
    const world = new MemoryWorld();
    const topic = 'Leaves, water and whatever else there is to be said about it. '.repeat(3);
    world.addRoom({ title: 'tea', topic, owner: personNamed('bob'), code: 'secret' });
    const rig = await screenRig({ world, columns });
    const row = rig.lines().find((line) => line.includes('tea '));
    expect(row?.trimEnd()).toHaveLength(columns);
    expect(row).toContain(` Lea`);
    expect(row?.trimEnd().endsWith(`…  ${note}`)).toBe(true);
  });
});

describe('a long list in the lobby', () => {
  it('shows as many rooms as there is place for, and which of how many', async () => {
    const world = new MemoryWorld();
    for (let n = 0; n < 9; n++) world.addRoom({ title: `room ${n}`, owner: personNamed('bob') });
    const rig = await screenRig({ world, columns: 40, rows: 12 });
    const shown = (): number => rig.frame().match(/room \d/g)?.length ?? 0;
    expect(shown()).toBe(6);
    expect(rig.lines()).toContain('  1–6 of 9  ↑ ↓ choose, Enter joins.');
    await rig.press('/nonsense', keys.enter);
    expect(rig.frame()).toContain('There is no command');
    expect(shown()).toBe(2);
    expect(rig.lines()).toContain('  1–2 of 9  ↑ ↓ choose, Enter joins.');
    await rig.resize(80, 30);
    expect(shown()).toBe(9);
    expect(rig.frame()).not.toContain(' of 9');
  });
});

describe('the list of rooms', () => {
  it('names the relay only where that leaves a room its whole name', async () => {
    const world = new MemoryWorld();
    const relay = 'wss://chat.example.org';
    world.addRelay(relay);
    const [me, bob] = [new MemoryClient(world, 'ada'), new MemoryClient(world, 'bob')];
    await me.connect(relay);
    for (const title of ['random', 'general', 'announcements'])
      await me.join(world.addRoom({ title, owner: bob.self, relay }).info.id);
    await me.join(world.addRoom({ title: 'workshop', owner: bob.self }).info.id);
    const rig = await screenRig({ world, me });
    const names = rig.lines().map((line) => line.split('│')[0]?.trimEnd());
    expect(names.slice(3, 7)).toEqual(['1 random relay', '2 general', '3 announcemen…', '4 workshop LAN']);
  });

  it('counts the rooms that it has no place for, and what is new in them', async () => {
    const world = new MemoryWorld();
    const [me, bob] = [new MemoryClient(world, 'ada'), new MemoryClient(world, 'bob')];
    const rooms = Array.from({ length: 30 }, (_, n) =>
      world.addRoom({ title: `room ${n}`, owner: bob.self }),
    );
    for (const { info } of rooms) await me.join(info.id);
    const rig = await screenRig({ world, me });
    const last = (): string => rig.lines().at(-3)?.split('│')[0]?.trim() ?? '';
    expect(last()).toBe('12 more');
    rooms[0]?.speak(bob.self, 'in sight.');
    rooms[28]?.speak(bob.self, 'one.');
    rooms[29]?.speak(bob.self, 'ada: two.');
    await rig.settle();
    expect(last()).toBe('12 more @1 2');
    await rig.resize(120, 24);
    expect(last()).toBe('12 more       @1 2');
    await rig.resize(120, 35);
    expect(last()).toMatch(/^room 29 +@1$/);
    await rig.resize(80, 24);
    await rig.press(keys.ctrl('p'));
    expect(last()).toBe('12 more    1');
  });
});
