import { describe, expect, it } from 'vitest';
import type { RoomId } from '../../../src/shared/ids.ts';
import { FrontKeeper, SAVE_FRONT_MS } from '../../../src/tui/front-keeper.ts';
import { initialState } from '../../../src/tui/store/state.ts';
import { MemoryClient } from '../../support/memory-client.ts';
import { personNamed } from '../../support/memory-room.ts';
import { MemoryWorld } from '../../support/memory-world.ts';
import { openScreenRig } from '../rig.tsx';

/** Ada, who was in tea and chess. */
async function back() {
  const world = new MemoryWorld();
  const me = new MemoryClient(world, 'ada');
  const owner = personNamed('tom');
  const rooms = ['tea', 'chess'].map((title) => world.addRoom({ title, owner }));
  for (const { info } of rooms) await me.join(info.id);
  const ids = rooms.map(({ info }) => info.id);
  return { world, me, tea: ids[0] ?? ('' as RoomId), chess: ids[1] ?? ('' as RoomId), rooms };
}

describe('the rooms of before', () => {
  it('are asked for at the start, and listed in their order', async () => {
    const { world, me } = await back();
    const rig = await openScreenRig({ world, me });
    expect(me.rejoined).toBe(1);
    expect(rig.frame()).toMatch(/lobby[^]*1 tea[^]*2 chess/);
  });

  it('are not asked for where that is switched off', async () => {
    const rig = await openScreenRig();
    await rig.press('/set rejoin off', '\r');
    expect(rig.frame()).toContain('rejoin is off now.');
    rig.controller.start();
    expect(rig.me.rejoined).toBe(1);
  });

  it('are forgotten with /leave where one was put out', async () => {
    const { world, me, tea } = await back();
    const rig = await openScreenRig({ world, me });
    await rig.press('\u001b1');
    me.emit({ type: 'removed', code: 'wrong-code', room: tea });
    me.emit({ type: 'state', state: 'closed', reason: 'wrong-code', room: tea });
    await rig.settle();
    expect(rig.frame()).toMatch(/tea wants its join code again: \/join tea asks/);
    expect(rig.frame()).toContain('This room wants its join code again');
    await rig.press('/leave', '\r');
    expect(me.forgotten).toEqual([tea]);
    expect(rig.frame()).toMatch(/^ Lobby[^]*1 chess/);
  });

  it('are not those that this program hosts, which end with it', async () => {
    const rig = await openScreenRig();
    await rig.press('/host tea', '\r');
    expect(rig.me.passing).toEqual(rig.hosting.list().map(({ room }) => room));
    expect(rig.me.passing).toHaveLength(1);
  });

  it('say nothing of who is here before their host has', async () => {
    const { world, me, tea } = await back();
    const rig = await openScreenRig({ world, me, columns: 60 });
    await rig.press('\u001b1');
    expect(rig.frame()).not.toMatch(/\d here/);
    me.emit({ type: 'members', members: me.rooms()[0]?.members() ?? [], room: tea });
    await rig.settle();
    expect(rig.frame()).toMatch(/tea .* 1 here/);
  });
});

describe('the room in front', () => {
  it('is kept soon after it is shown; a person in front of it does not count', async () => {
    const { world, me, tea, chess } = await back();
    const { store, controller, clock } = await openScreenRig({ world, me });
    const saved: (RoomId | undefined)[] = [];
    const keeper = new FrontKeeper(store, { load: () => tea, save: (room) => saved.push(room) }, clock);
    controller.navigator.show(tea);
    clock.advance(SAVE_FRONT_MS);
    expect(saved).toEqual([]);
    controller.navigator.show(chess);
    store.dispatch({ type: 'person-opened', person: personNamed('bob'), archived: [] });
    controller.navigator.show(`@${personNamed('bob').key}`);
    clock.advance(SAVE_FRONT_MS);
    expect(saved).toEqual([chess]);
    controller.navigator.show('lobby');
    keeper.close();
    expect(saved).toEqual([chess, undefined]);
    controller.navigator.show(tea);
    clock.advance(SAVE_FRONT_MS);
    expect(saved).toHaveLength(2);
  });

  it('is shown at the start, with what was being written there', async () => {
    const { world, me, chess } = await back();
    const { store, controller } = await openScreenRig({ world, me });
    expect(store.get().current).toBe('lobby');
    controller.start([], chess);
    expect(store.get().current).toBe(chess);
    // It may be gone.
    store.dispatch({ type: 'buffer-closed', room: chess });
    expect(store.get()).toMatchObject({ current: initialState(me.self).current });
  });
});
