import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeRoomId, randomBytes } from '../../src/shared/crypto/sign.ts';
import {
  FakeClock,
  join,
  newSigner,
  openRoom,
  relayRig,
  signedEntry,
  signIn,
  type OpenRoom,
} from '../support/relay-rig.ts';

const held = ({ handle, fence }: Pick<OpenRoom, 'handle' | 'fence'>) => ({ handle, fence });

describe('rooms', () => {
  it('belong to the identity that makes their id', async () => {
    const relay = await relayRig();
    const { client } = await signIn(relay, 'host');
    const nonce = randomBytes(16);
    const room = makeRoomId(newSigner().publicKey, nonce);
    expect(await client.ask({ t: 'open-room', room, nonce, maxMembers: 0 })).toMatchObject({
      code: 'not-allowed',
      fatal: false,
    });
  });

  it('have one live host: a second one is told when to try again', async () => {
    const relay = await relayRig();
    const first = await openRoom(relay);
    const second = await signIn(relay, 'host', first.signer);
    const open = { t: 'open-room', room: first.room, nonce: first.nonce, maxMembers: 0 } as const;
    const answer = await second.client.ask(open);
    expect(answer).toMatchObject({ t: 'error', code: 'taken', retryMs: 12_000 });
    // Its answer may have been lost.
    const { handle, fence } = first;
    expect(await first.client.ask(open)).toMatchObject({ t: 'room-opened', handle, fence });
  });

  it('are free at once when the connection of their host is gone, and the next fence is higher', async () => {
    const relay = await relayRig();
    const first = await openRoom(relay);
    await first.client.close();
    const second = await openRoom(relay, first);
    expect(second.fence).toBeGreaterThan(first.fence);
  });

  it('are free soon for a host that comes back while its dead connection still holds them', async () => {
    const clock = new FakeClock();
    const relay = await relayRig({ clock });
    const first = await openRoom(relay);
    const ada = await join(relay, first);
    first.client.ws.pause();
    const open = { t: 'open-room', room: first.room, nonce: first.nonce, maxMembers: 0 } as const;
    const second = await signIn(relay, 'host', first.signer);
    expect(await second.client.ask(open)).toMatchObject({ code: 'taken', retryMs: 12_000 });
    clock.advance(10_000);
    expect(await ada.client.expect('hangup')).toMatchObject({ code: 'host-away' });
    expect(await second.client.ask(open)).toMatchObject({ t: 'room-opened' });
  });

  it('keep their fence rising across a restart of the relay', async () => {
    const folder = mkdtempSync(joinPath(tmpdir(), 'relay-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const before = await relayRig({ dataDir: folder });
    const first = await openRoom(before);
    await before.close();
    const after = await relayRig({ dataDir: folder });
    expect(after.relayId).toBe(before.relayId);
    const second = await openRoom(after, first);
    expect(second.fence).toBeGreaterThan(first.fence);
  });

  it('end when their lease is not renewed, and members are told that the host is away', async () => {
    const clock = new FakeClock();
    const relay = await relayRig({ clock, limits: { pingMs: 1e9 } });
    const host = await openRoom(relay);
    const ada = await join(relay, host);
    clock.advance(59_000);
    expect(await host.client.ask({ t: 'renew', ...held(host) })).toMatchObject({ t: 'ok' });
    clock.advance(59_000);
    await ada.client.settled();
    clock.advance(1_000);
    expect(await ada.client.expect('hangup')).toEqual({
      t: 'hangup',
      circuit: ada.circuit,
      code: 'host-away',
    });
    expect(await host.client.ask({ t: 'renew', ...held(host) })).toMatchObject({ code: 'fenced' });
  });

  it('have one host: who opens a room whose lease has run out gets it whole, though the first is still there', async () => {
    const clock = new FakeClock();
    const relay = await relayRig({ clock, limits: { pingMs: 1e9 } });
    const first = await openRoom(relay);
    const ada = await join(relay, first);
    const second = await signIn(relay, 'host', first.signer);
    clock.advance(61_000);
    const open = { t: 'open-room', room: first.room, nonce: first.nonce, maxMembers: 0 } as const;
    const opened = await second.client.request(open, 'room-opened');
    expect(opened.fence).toBeGreaterThan(first.fence);
    expect(await ada.client.expect('hangup')).toMatchObject({ circuit: ada.circuit, code: 'host-away' });
    expect(await first.client.ask({ t: 'renew', ...held(first) })).toMatchObject({ code: 'fenced' });
    first.client.ws.terminate();
    const dial = { t: 'dial', room: first.room, conv: randomBytes(16) } as const;
    await ada.client.request(dial, 'dialled');
    await second.client.expect('incoming');
    expect(await second.client.ask({ t: 'renew', ...held(opened) })).toMatchObject({ t: 'ok' });
  });

  it('obey only the newest fence and their own connection', async () => {
    const relay = await relayRig();
    const [host, other] = [await openRoom(relay), await openRoom(relay)];
    const entry = signedEntry(host.signer, host.nonce);
    const orders = [{ t: 'renew' }, { t: 'update', entry }, { t: 'close-room' }] as const;
    for (const order of orders) {
      const old = { handle: host.handle, fence: host.fence - 1 };
      expect(await host.client.ask({ ...order, ...old })).toMatchObject({ code: 'fenced' });
      expect(await other.client.ask({ ...order, ...held(host) })).toMatchObject({ code: 'fenced' });
    }
    for (const order of orders)
      expect(await host.client.ask({ ...order, ...held(host) })).toMatchObject({ t: 'ok' });
  });

  it('are not renewed once their lease has run out, whether anybody has looked or not', async () => {
    const clock = new FakeClock();
    const host = await openRoom(await relayRig({ clock, sweepMs: 1e9 }));
    clock.advance(60_000);
    expect(await host.client.ask({ t: 'renew', ...held(host) })).toMatchObject({ code: 'fenced' });
  });

  it('hang up on their members when they are closed', async () => {
    const relay = await relayRig();
    const host = await openRoom(relay);
    const ada = await join(relay, host);
    await host.client.request({ t: 'close-room', ...held(host) }, 'ok');
    expect(await ada.client.expect('hangup')).toMatchObject({ circuit: ada.circuit, code: 'host-closed' });
    expect(await ada.client.ask({ t: 'dial', room: host.room, conv: randomBytes(16) })).toMatchObject({
      code: 'no-such-room',
    });
  });

  it('are 3 at most for one identity', async () => {
    const relay = await relayRig();
    const first = await openRoom(relay);
    for (let i = 0; i < 2; i++) await openRoom(relay, { signer: first.signer });
    const nonce = randomBytes(16);
    const room = makeRoomId(first.signer.publicKey, nonce);
    const open = { t: 'open-room', room, nonce, maxMembers: 0 } as const;
    expect(await first.client.ask(open)).toMatchObject({ code: 'room-limit', limit: 3 });
    await first.client.request({ t: 'close-room', ...held(first) }, 'ok');
    expect(await first.client.ask(open)).toMatchObject({ t: 'room-opened' });
  });

  it('are 6 at most for one network', async () => {
    const relay = await relayRig();
    const first = await openRoom(relay);
    for (let i = 0; i < 5; i++) await openRoom(relay);
    await expect(openRoom(relay)).rejects.toThrow('room-limit');
    await first.client.request({ t: 'close-room', ...held(first) }, 'ok');
    await openRoom(relay);
  });

  it('stay listed when a host goes that had them before', async () => {
    const relay = await relayRig();
    const first = await openRoom(relay, { listing: {} });
    await first.client.request({ t: 'close-room', ...held(first) }, 'ok');
    const second = await openRoom(relay, { ...first, listing: {} });
    await first.client.close();
    expect(await second.client.request({ t: 'watch' }, 'listing')).toMatchObject({ entries: [{}] });
  });
});
