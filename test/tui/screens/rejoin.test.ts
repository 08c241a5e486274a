import { describe, expect, it } from 'vitest';
import { refused, type Refusal, type Result } from '../../../src/client/api.ts';
import type { HostedRoom } from '../../../src/commands/context.ts';
import type { RoomId } from '../../../src/shared/ids.ts';
import { FrontKeeper, SAVE_FRONT_MS } from '../../../src/tui/front-keeper.ts';
import { initialState } from '../../../src/tui/store/state.ts';
import { MemoryClient } from '../../support/memory-client.ts';
import { personNamed } from '../../support/memory-room.ts';
import { MemoryWorld } from '../../support/memory-world.ts';
import { openScreenRig, screenRig } from '../rig.tsx';

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
  it('say why they are not called, where the run is for another relay', async () => {
    const { world, me } = await back();
    const [room] = me.rooms();
    room?.setState('reconnecting', 'left-out');
    const rig = await openScreenRig({ world, me });
    await rig.press('\u001b1');
    expect(rig.frame()).toContain(`Not called, since --relay names another: /connect ${room?.info.relay}`);
  });

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
    expect(rig.frame()).toMatch(/tea wants its join code again: \/join tea[^]*asks/);
    expect(rig.frame()).toContain('This room wants its join code again');
    await rig.press('/leave', '\r');
    expect(me.forgotten).toEqual([tea]);
    expect(rig.frame()).toMatch(/^ Lobby[^]*1 chess/);
  });

  it('are forgotten where they were hosted here and closed', async () => {
    const rig = await openScreenRig();
    await rig.press('/host tea', '\r');
    const [tea] = rig.hosting.list();
    await rig.press('/unhost', '\r');
    expect(rig.me.forgotten).toEqual([tea?.room]);
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

describe('the rooms that were hosted', () => {
  /** Ada, who hosted tea, and what becomes of it now. */
  async function hosted(opened: (tea: HostedRoom) => Result<HostedRoom>, options: { left?: boolean } = {}) {
    const world = new MemoryWorld();
    const me = new MemoryClient(world, 'ada');
    const { info, invite } = world.addRoom({ title: 'tea', owner: me.self });
    if (!options.left) await me.join(info.id);
    const tea = { room: info.id, title: 'tea', invite };
    const hostedBefore = [{ room: info.id, title: 'tea', opened: opened(tea) }];
    const rig = await openScreenRig({ world, me, hostedBefore, columns: 200 });
    if (!options.left) await rig.press('\u001b1');
    return rig;
  }
  const open = (tea: HostedRoom): Result<HostedRoom> => ({ ok: true, value: tea });
  const lan = 'ws://10.0.0.5:1878';

  it('are open again after the first frame, which their room says', async () => {
    const rig = await hosted(open);
    expect(rig.frame()).toMatch(/^ tea [^]*tea is open again while this program runs; \/unhost closes it\./);
  });

  it.each<[string, Partial<HostedRoom>, RegExp]>([
    [
      'at a relay that is out of reach, on the network',
      { missing: lan },
      /open again on your network .*reach;/,
    ],
    [
      'only at a relay that is out of reach',
      { waits: 'unreachable', relay: lan },
      /tea opens again as soon as ws:\/\/10\.0\.0\.5:1878 can be reached;/,
    ],
    ['by another process', { waits: 'taken' }, /Another process hosts tea now; it is opened here when/],
  ])('%s', async (_, how, words) => {
    const rig = await hosted((tea) => open({ ...tea, ...how }));
    expect(rig.frame()).toMatch(words);
  });

  it('say in the lobby that somebody who left one is outside', async () => {
    const rig = await hosted(open, { left: true });
    expect(rig.frame()).toMatch(/^ Lobby/);
    expect(rig.frame()).toMatch(/tea is open again .* You are not in it; \/join tea enters it\./);
    expect(rig.me.rooms()).toEqual([]);
  });

  it.each<[string, Refusal, RegExp]>([
    [
      'is hosted by another program',
      refused('already-hosting'),
      /Another program hosts tea .*; when that one has ended, \/host tea opens it\./,
    ],
    [
      'is refused',
      refused('room-limit'),
      /tea was not opened again\. You already host 3 rooms, or your network has too many here; \/unhost closes one\. Then \/host tea opens it\./,
    ],
    [
      'cannot be read',
      { ...refused('unusable-file'), text: '/home/ada/x.db is gone; put back a copy of it.' },
      /tea was not opened again\. \/home\/ada\/x\.db is gone; put back a copy of it\. Then \/host tea opens it\./,
    ],
    [
      'is at another relay than the run is for',
      { ...refused('left-out'), names: ['wss://far.test'] },
      /tea was not opened again: it was open at wss:\/\/far\.test, .* Without --relay it opens there/,
    ],
  ])('say what to do about one that %s', async (_, refusal, words) => {
    const rig = await hosted(() => refusal);
    expect(rig.frame()).toMatch(words);
  });

  it('stay closed where coming back is switched off', async () => {
    const rig = await openScreenRig();
    await rig.press('/set rejoin off', '\r');
    rig.controller.start();
    await rig.settle();
    expect(rig.hosting.reopened).toBe(1);
  });
});

describe('the window in front', () => {
  it('is kept soon after it is shown, a room as well as a person', async () => {
    const { world, me, tea, chess } = await back();
    const { store, controller, clock } = await openScreenRig({ world, me });
    const saved: unknown[] = [];
    const keeper = new FrontKeeper(store, { load: () => tea, save: (front) => saved.push(front) }, clock);
    controller.navigator.show(tea);
    clock.advance(SAVE_FRONT_MS);
    expect(saved).toEqual([]);
    controller.navigator.show(chess);
    store.dispatch({ type: 'person-opened', person: personNamed('bob'), archived: [] });
    clock.advance(SAVE_FRONT_MS);
    expect(saved).toEqual([chess]);
    const bob = `@${personNamed('bob').key}` as const;
    controller.navigator.show(bob);
    clock.advance(SAVE_FRONT_MS);
    controller.navigator.show('lobby');
    keeper.close();
    expect(saved).toEqual([chess, bob, undefined]);
    controller.navigator.show(tea);
    clock.advance(SAVE_FRONT_MS);
    expect(saved).toHaveLength(3);
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

  it('is shown at the start where it is a person, unless windows are not to come back', async () => {
    const { world, me } = await back();
    const bob = new MemoryClient(world, 'bob');
    await bob.join('tea');
    await me.whisper('bob', 'psst');
    const id = `@${bob.self.key}` as const;
    const read = { rooms: new Map(), people: [bob.self.key] };
    for (const [rejoin, shown] of [
      ['on', id],
      ['off', 'lobby'],
    ] as const) {
      await bob.whisper('ada', 'yes?');
      const { store, controller } = await screenRig({
        world,
        me,
        read,
        ...(rejoin === 'off' ? { rejoin } : {}),
      });
      controller.start([], id);
      expect(store.get().people).toHaveLength(1);
      expect(store.get().current).toBe(shown);
    }
  });
});
