import { describe, expect, it } from 'vitest';
import type { ClientRefusal } from '../../../src/client/api.ts';
import type { RoomEventBody } from '../../../src/client/session-events.ts';
import { MemoryClient } from '../../support/memory-client.ts';
import { MemoryWorld } from '../../support/memory-world.ts';
import { keys, screenRig } from '../rig.tsx';

async function lobby() {
  const world = new MemoryWorld();
  const bob = new MemoryClient(world, 'bob');
  const tea = world.addRoom({ title: 'tea', owner: bob.self });
  const rig = await screenRig({ world });
  const status = (): string => rig.lines().at(-2) ?? '';
  return { rig, tea, bob, status };
}

async function inTea() {
  const all = await lobby();
  await all.rig.press(keys.enter);
  const happens = async (event: RoomEventBody): Promise<void> => {
    all.rig.me.emit({ ...event, room: all.tea.info.id });
    await all.rig.settle();
  };
  return { ...all, happens };
}

describe('a call', () => {
  it.each([
    ['Enter in the lobby', [keys.enter]],
    ['/join', ['/join tea', keys.enter]],
  ])('is seen dialling, ringing and connected after %s', async (_, typed) => {
    const { rig, status } = await lobby();
    const call = rig.me.holdCall();
    await rig.press(...typed);
    expect(status()).toContain('Dialling tea …');
    call.step('ringing');
    await rig.settle();
    expect(status()).toContain('Ringing tea …');
    call.step('answered');
    await rig.settle();
    expect(status()).toContain('Answered, coming in tea …');
    call.goOn();
    await rig.settle();
    expect(rig.lines()[0]).toContain('tea');
    expect(status()).toContain('Connected');
  });

  it('made again after an interruption is seen likewise', async () => {
    const { happens, status } = await inTea();
    await happens({ type: 'state', state: 'reconnecting', reason: 'unreachable' });
    expect(status()).toContain('Its host is out of reach; dialling again, your lines wait here');
    await happens({ type: 'state', state: 'connecting' });
    expect(status()).toContain('Dialling…');
    await happens({ type: 'calling', step: 'ringing' });
    expect(status()).toContain('Ringing…');
    await happens({ type: 'state', state: 'online' });
    expect(status()).toContain('Connected');
  });

  it.each<[ClientRefusal, string]>([
    ['timeout', 'Nobody answers in tea: its host'],
    ['host-away', "The room's host is out of reach; try again"],
    ['room-full', 'Room is full; try again'],
    ['wrong-code', 'Wrong join code; ask the host'],
    ['banned', 'You are banned from this room'],
    ['unreachable', 'Could not reach the relay; check the address'],
  ])('that ends with %s says what happened and what to do', async (code, words) => {
    const { rig } = await lobby();
    rig.me.refuseNext('join', code);
    await rig.press(keys.enter);
    expect(rig.frame().replace(/\s*[│▎]\s*|\s+/g, ' ')).toContain(words);
    expect(rig.lines()[0]).toContain('Lobby');
  });
});

describe('a room', () => {
  it('whose relay is gone says so once, and how many lines wait', async () => {
    const { happens, rig, status, tea } = await inTea();
    expect(status()).toMatch(/Connected, .* LAN 12 ms/);
    rig.world.setRelay(tea.info.relay, { state: 'reconnecting', reason: 'unreachable' });
    tea.hold();
    await happens({ type: 'state', state: 'reconnecting', reason: 'unreachable' });
    await rig.press('hello', keys.enter);
    expect(status()).toMatch(/^─ 1 waiting ─ Its host is out of reach; dialling again, your lines wait/);
    expect(status()).not.toContain('LAN');
  });

  it('says while it catches up how far it is, with a bar', async () => {
    const { happens, status } = await inTea();
    await happens({ type: 'progress', done: 312, total: 2_000 });
    expect(status()).toContain('catching up 312 of 2 000 █░░░░░░░░░');
    await happens({ type: 'progress', done: 2_000, total: 2_000 });
    expect(status()).not.toContain('catching up');
  });

  it('says when its host does not answer although it is connected', async () => {
    const { rig, status } = await inTea();
    const [session] = rig.me.rooms();
    if (!session) throw new Error('not in');
    session.ping = async () => undefined;
    rig.clock.advance(10_000);
    await rig.settle();
    expect(status()).toContain('─ The host does not answer, but the connection is there ─');
    await rig.resize(40, 12);
    expect(status()).toContain('─ The host does not answer');
    session.ping = async () => 7;
    rig.clock.advance(10_000);
    await rig.settle();
    expect(status()).toContain('Connected, host 7 ms');
  });

  it('measures the way to its relay anew as often as that to its host', async () => {
    const { rig } = await inTea();
    const measured: string[] = [];
    rig.me.ping = async (url) => void measured.push(url);
    rig.clock.advance(20_000);
    const { relay } = rig.me.rooms()[0]?.info ?? {};
    expect(measured).toEqual([relay, relay]);
  });

  it('says that its host is away, and that one was put out', async () => {
    const { happens, rig, status } = await inTea();
    await happens({ type: 'state', state: 'host-offline', reason: 'host-away' });
    expect(status()).toContain('Host is away: your lines wait here for up to 24 h');
    await happens({ type: 'removed', code: 'kicked', reason: 'enough of that' });
    await happens({ type: 'state', state: 'closed', reason: 'kicked' });
    expect(rig.frame()).toContain('You were put out of this room; /join it again');
    expect(status()).toContain('You were put out of this room');
  });
});
