import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { relayNames } from '../../src/client/relays/relay-names.ts';
import { startRelay, type RunningRelay } from '../../src/relay/index.ts';
import { RoomRig, type Watched } from '../support/room-rig.ts';

let rig: RoomRig;
let second: RunningRelay;
beforeEach(async () => {
  rig = await RoomRig.start();
  second = await relay();
});
afterEach(() => rig.close());

async function relay(): Promise<RunningRelay> {
  const folder = mkdtempSync(join(tmpdir(), 'chat-tui-second-'));
  const started = await startRelay({ listen: { host: '127.0.0.1', port: 0 }, dataDir: folder });
  onTestFinished(async () => {
    await started.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return started;
}

/** Takes connections and says nothing. */
async function silentRelay(): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `ws://127.0.0.1:${address.port}`;
}

/** ada is in a room of each of the two relays, with bob in the first one and cleo in the second. */
async function twoRooms(...more: readonly string[]) {
  const tea = await rig.host('tea');
  const chess = await rig.host('chess', { relayUrl: second.url });
  const ada = await rig.person('ada', { relays: [...more, rig.relay.url, second.url] });
  const [bob, cleo] = [await rig.person('bob'), await rig.person('cleo', { relays: [second.url] })];
  const rooms = { tea: await ada.joins('tea'), chess: await ada.joins('chess') };
  await bob.joins('tea');
  await cleo.joins('chess');
  return { tea, chess, ada, bob, cleo, rooms };
}

async function talk(ada: Watched, other: Watched, room: { say(text: string): unknown }, text: string) {
  room.say(`${text} there`);
  await other.hears(`${text} there`);
  other.room.say(`${text} back`);
  await ada.hears(`${text} back`);
}

describe('several relays at once', () => {
  it('carry a room each, whose relay has a short name of its own', async () => {
    const { ada, bob, cleo, rooms } = await twoRooms();
    await talk(ada, bob, rooms.tea, 'one');
    await talk(ada, cleo, rooms.chess, 'two');
    const names = relayNames(ada.client.relays());
    const used = Object.values(rooms).map(({ info }) => names.get(info.relay));
    expect(used).toEqual([`127.0.0.1:${rig.relay.port}`, `127.0.0.1:${second.port}`]);
  });

  it('go on when one of them says nothing at all', async () => {
    const silent = await silentRelay();
    const { ada, bob, rooms } = await twoRooms(silent);
    await talk(ada, bob, rooms.tea, 'meanwhile');
    expect(ada.client.relays().find(({ url }) => url === silent)?.state).not.toBe('online');
    expect(ada.client.listed().map(({ title }) => title)).toEqual(['chess', 'tea']);
  });

  it('go on when one of them ends, and take it back when it returns', async () => {
    const { ada, bob, cleo, rooms } = await twoRooms();
    await rig.restartRelay(async () => {
      await ada.seen('state', ({ room, state }) => room === rooms.tea.info.id && state === 'reconnecting');
      await talk(ada, cleo, rooms.chess, 'meanwhile');
      expect(rooms.chess.state).toBe('online');
      expect(ada.client.listed().map(({ title }) => title)).toEqual(['chess']);
    });
    await ada.seen('state', ({ room, state }) => room === rooms.tea.info.id && state === 'online', 2);
    await bob.seen('state', ({ state }) => state === 'online', 2);
    await talk(ada, bob, rooms.tea, 'again');
  });

  it('are let go of one by one', async () => {
    const { ada, cleo, rooms } = await twoRooms();
    await ada.client.disconnect(rig.relay.url);
    expect(ada.client.relays().map(({ url }) => url)).toEqual([second.url]);
    await talk(ada, cleo, rooms.chess, 'still');
  });

  it('come in the order that was chosen', async () => {
    const { ada } = await twoRooms();
    const urls = () => ada.client.relays().map(({ url }) => url);
    expect(urls()).toEqual([rig.relay.url, second.url]);
    ada.client.prefer(second.url);
    expect(urls()).toEqual([second.url, rig.relay.url]);
    ada.client.prefer('ws://127.0.0.1:1');
    expect(urls()).toEqual([second.url, rig.relay.url]);
  });

  it('are all asked who answers to spoken words', async () => {
    const host = await rig.host('club', { relayUrl: second.url, private: true });
    const owner = await rig.person('ada', { home: 'host', relays: [second.url] });
    await owner.joins(host.invite);
    const made = await owner.room.invite({ words: true });
    const silent = await silentRelay();
    const bob = await rig.person('bob', { relays: [silent, rig.relay.url, second.url] });
    await bob.joins(made.ok ? (made.value.words ?? '') : '');
    expect(bob.room.info).toMatchObject({ title: 'club', relay: second.url });
  });
});
