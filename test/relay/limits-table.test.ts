import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sentence, type RefusalDetail } from '../../src/client/words/refusal-words.ts';
import { JoinGate, MAX_WRONG_CODES, WRONG_CODES_MS } from '../../src/host/lines/join-gate.ts';
import { Admission } from '../../src/relay/admission.ts';
import { defaultLimits as relay } from '../../src/relay/limits.ts';
import { networkOf } from '../../src/relay/network.ts';
import { socketsPerNetwork } from '../../src/relay/server.ts';
import { utf8 } from '../../src/shared/bytes.ts';
import { randomBytes } from '../../src/shared/crypto/sign.ts';
import type { RefusalCode } from '../../src/shared/errors.ts';
import { identityKey } from '../../src/shared/ids.ts';
import {
  DEFAULT_POST_BURST,
  DEFAULT_POST_RATE,
  DEFAULT_STRETCH,
  MAX_BACKUP_BYTES,
  MAX_CONTROL_BYTES,
  MAX_TEXT_BYTES,
  MAX_TEXT_LINES,
  MAX_TITLE_BYTES,
  MAX_TITLE_GRAPHEMES,
  MAX_TOPIC_BYTES,
  MINUTE,
  SECOND,
} from '../../src/shared/limits.ts';
import { closeCodes } from '../../src/shared/wire/close-codes.ts';
import { maskedFrame, upgrade } from '../support/flood.ts';
import {
  FakeClock,
  join,
  newSigner,
  openRoom,
  rawClient,
  relayRig,
  signedEntry,
  signIn,
} from '../support/relay-rig.ts';
import { roomRig } from '../host/room-rig.ts';

describe('what a person is told at each limit', () => {
  it.each<[RefusalCode, RefusalDetail, string]>([
    ['login-timeout', {}, 'Login timed out'],
    ['too-many-connections', { retryMs: 9_000 }, 'Too many connections from your network; retry in 9 s'],
    ['signed-in-elsewhere', {}, 'Signed in elsewhere'],
    ['too-fast', { retryMs: 2_000 }, 'Sending too fast; paused 2 s'],
    ['slow-down', { retryMs: 1_000 }, 'Slow down'],
    ['too-long', { limit: MAX_TEXT_BYTES }, 'Too long: at most 4096 bytes'],
    ['too-many-lines', {}, 'Too many lines: at most 64'],
    ['room-limit', { limit: 3 }, 'You already host 3 rooms'],
    ['too-many-rooms', { limit: 20 }, 'You are in 20 rooms already'],
    ['room-full', {}, 'Room is full'],
    ['room-busy', { retryMs: 1_000 }, 'Room is busy; try again in 1 s'],
    ['join-limit', { retryMs: 12_000 }, 'You joined too often in a short time; try again in 12 s'],
    ['name-taken', { name: 'ada' }, 'ada is taken'],
    [
      'registration-limit',
      { retryMs: 8 * 60 * MINUTE },
      'Too many names from your network today; try again in 8 h',
    ],
    ['search-limit', { retryMs: 3_000 }, 'Too many searches; try again in 3 s'],
    ['login-limit', { retryMs: 20_000 }, 'Too many logins; wait 20 s'],
    ['wrong-code', {}, 'Wrong join code'],
    ['too-many-tries', { retryMs: 600_000 }, 'Too many tries; wait 10 min'],
    ['slow-consumer', {}, 'Catching up'],
    ['mailbox-full', { name: 'bob' }, "bob's mailbox is full; not sent"],
    ['not-delivered', {}, 'Not delivered'],
    ['storage-full', {}, 'Relay cannot store mail now; not sent'],
    ['too-large', {}, 'Message too large'],
    ['protocol', {}, 'Protocol error'],
  ])('%s', (code, detail, words) => {
    expect(sentence(code, detail)).toContain(words);
  });
});

/** Nothing falls silent or dead while the clock stands still. */
const still = { pingMs: 1e9, leaseMs: 1e9 };
const dial = (room: Uint8Array) => ({ t: 'dial', room, conv: randomBytes(16) }) as const;

describe('at the limit and one past it', () => {
  it('connections: 60 new ones of a network in 10 minutes, then one every 10 seconds', () => {
    const admission = new Admission(relay);
    const network = networkOf('2001:db8:0:1::9');
    for (let i = 0; i < relay.newConnectionsPerNetwork; i++) {
      expect(admission.opened(network, 0)).toBeUndefined();
      admission.closed(network, false);
    }
    const neighbour = networkOf('2001:db8:0:1:ffff::1');
    expect(admission.opened(neighbour, 0)).toEqual({
      code: 'too-many-connections',
      limit: 60,
      retryMs: 10_000,
    });
    expect(admission.opened(networkOf('2001:db8:0:2::9'), 0)).toBeUndefined();
  });

  it('sockets: the 57th of a network is closed without a word, whatever the others do', async () => {
    const { port } = await relayRig();
    const sockets = Array.from({ length: socketsPerNetwork(relay) }, () => connect(port, '127.0.0.1'));
    await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
    const one = connect(port, '127.0.0.1');
    one.on('error', () => undefined);
    await new Promise((resolve) => one.once('close', resolve));
    expect(sockets.filter(({ destroyed }) => destroyed)).toEqual([]);
    for (const socket of sockets) socket.destroy();
  });

  it('frames: 40 of a member at once; the 41st pauses it for 50 ms, and it lives on', async () => {
    const rig = await relayRig({ clock: new FakeClock(), limits: still });
    const { client } = await signIn(rig);
    for (let rid = 1; rid <= relay.memberFrameBurst; rid++) client.tell({ t: 'ping', rid });
    for (let rid = 1; rid <= relay.memberFrameBurst; rid++) await client.expect('pong');
    expect(client.left()).toEqual([]);
    client.tell({ t: 'ping', rid: 99 });
    expect(await client.expect('error')).toMatchObject({ code: 'too-fast', fatal: false, retryMs: 50 });
    expect(await client.expect('pong')).toMatchObject({ rid: 99 });
  });

  it('frames: pongs that nobody asked for cost as much as any', async () => {
    const rig = await relayRig({ clock: new FakeClock(), limits: still });
    const { client } = await signIn(rig);
    for (let i = 0; i < relay.memberFrameBurst; i++) client.ws.pong();
    client.ws.pong();
    expect(await client.expect('error')).toMatchObject({ code: 'too-fast', fatal: false });
  });

  it('control messages: 32 KiB; one byte more ends the connection', async () => {
    const rig = await relayRig();
    const { client } = await signIn(rig);
    const padded = (bytes: number) => Uint8Array.from([1, ...new Uint8Array(bytes)]);
    client.sendBytes(padded(MAX_CONTROL_BYTES + 1));
    expect(await client.expect('error')).toMatchObject({ code: 'too-large', fatal: true });
    expect(await client.closed).toBe(closeCodes.tooBig);
    const other = (await signIn(rig)).client;
    other.sendBytes(padded(MAX_CONTROL_BYTES));
    expect(await other.expect('error')).toMatchObject({ code: 'protocol', fatal: true });
  });

  it('chat: 5 lines at once of 4 096 bytes or 64 lines, then slow-down for a second', async () => {
    const { member } = await roomRig({ rate: DEFAULT_POST_RATE, burst: DEFAULT_POST_BURST });
    const ada = await member({ nick: 'ada' }).join();
    const texts = ['x'.repeat(MAX_TEXT_BYTES), 'x\n'.repeat(MAX_TEXT_LINES - 1), 'a', 'b', 'c'];
    for (const text of texts) await ada.line(text);
    const code = async (text: string) => {
      const event = ada.event(text);
      ada.post(event);
      const rejected = await ada.message('rejected', ({ id }) => Buffer.from(id).equals(event.id));
      return { code: rejected.code, retryMs: rejected.retryMs };
    };
    // Nothing overtakes a line that was put off: the last refusal is the one for haste.
    expect(await code('x'.repeat(MAX_TEXT_BYTES + 1))).toMatchObject({ code: 'too-long' });
    expect(await code('x\n'.repeat(MAX_TEXT_LINES))).toMatchObject({ code: 'too-many-lines' });
    const slow = await code('d');
    expect(slow.code).toBe('slow-down');
    expect(slow.retryMs).toBeGreaterThan(0);
    expect(slow.retryMs).toBeLessThanOrEqual(1_000);
    await ada.settled();
  });

  it('rooms: 3 of an identity, 6 of a network; the next is refused and the host lives on', async () => {
    const rig = await relayRig();
    const signer = newSigner();
    const first = await openRoom(rig, { signer });
    await openRoom(rig, { signer });
    await openRoom(rig, { signer });
    await expect(openRoom(rig, { signer })).rejects.toThrow('room-limit');
    for (let i = 0; i < 3; i++) await openRoom(rig);
    await expect(openRoom(rig)).rejects.toThrow('room-limit');
    await first.client.settled();
  });

  it('titles: 64 graphemes and 256 bytes, a topic of 256 bytes', async () => {
    const rig = await relayRig();
    const host = await openRoom(rig, { listing: { title: 'x'.repeat(MAX_TITLE_GRAPHEMES) } });
    const update = (rev: number, changes: object) =>
      host.client.ask({
        t: 'update',
        handle: host.handle,
        fence: host.fence,
        entry: signedEntry(host.signer, host.nonce, { rev, ...changes }),
      });
    expect(await update(2, { topic: 'x'.repeat(MAX_TOPIC_BYTES) })).toMatchObject({ t: 'ok' });
    expect(await update(3, { topic: 'x'.repeat(MAX_TOPIC_BYTES + 1) })).toMatchObject({ code: 'bad-entry' });
    expect(await update(4, { title: 'x'.repeat(MAX_TITLE_BYTES + 1) })).toMatchObject({ code: 'bad-entry' });
    expect(await update(5, { title: 'x'.repeat(MAX_TITLE_GRAPHEMES + 1) })).toMatchObject({
      code: 'bad-entry',
    });
    const widest = '🫖'.repeat(MAX_TITLE_GRAPHEMES);
    expect(utf8(widest)).toHaveLength(MAX_TITLE_BYTES);
    expect(await update(6, { title: widest })).toMatchObject({ t: 'ok' });
  });

  it('members: as many as the host said, 20 rooms a connection; the caller lives on', async () => {
    const rig = await relayRig({
      limits: { joinsPerIdentity: 100, joinsPerRoom: 100, unfinishedPerRoom: 100, memberFrameBurst: 200 },
    });
    const host = await openRoom(rig, { maxMembers: 1 });
    await join(rig, host);
    const { client } = await signIn(rig);
    expect(await client.ask(dial(host.room))).toMatchObject({ code: 'room-full', limit: 1, fatal: false });
    const other = await openRoom(rig);
    for (let i = 0; i < relay.roomsPerConnection; i++) await client.request(dial(other.room), 'dialled');
    expect(await client.ask(dial(other.room))).toMatchObject({
      code: 'too-many-rooms',
      limit: 20,
      fatal: false,
    });
    await client.settled();
  });

  it('joins: 10 in 10 s a room, half of that by one network, and 5 a minute an identity, with the time to wait', async () => {
    const clock = new FakeClock();
    const rig = await relayRig({ clock, limits: still, trustProxy: 1 });
    const host = await openRoom(rig);
    const [ada, bob, cleo] = [await signIn(rig), await signIn(rig), await signIn(rig)];
    const far = await signIn(rig, 'member', undefined, { from: '198.51.100.7' });
    for (const { client } of [ada, bob])
      for (let i = 0; i < relay.joinsPerIdentity; i++) await client.request(dial(host.room), 'dialled');
    expect(await ada.client.ask(dial(host.room))).toMatchObject({ code: 'join-limit', retryMs: 12_000 });
    expect(await cleo.client.ask(dial(host.room))).toMatchObject({ code: 'room-busy', retryMs: 2_000 });
    expect(await far.client.ask(dial(host.room))).toMatchObject({ code: 'room-busy', retryMs: 1_000 });
    clock.advance(1_000);
    await far.client.request(dial(host.room), 'dialled');
    clock.advance(1_000);
    await cleo.client.request(dial(host.room), 'dialled');
  });

  it('wrong code: 4 are wrong, the 5th is too many for 10 minutes', () => {
    const gate = new JoinGate(0);
    const eve = identityKey(newSigner().publicKey);
    for (let i = 1; i < MAX_WRONG_CODES; i++) expect(gate.wrongCode(eve, 0)).toEqual({ code: 'wrong-code' });
    expect(gate.wrongCode(eve, 0)).toEqual({ code: 'too-many-tries', retryMs: WRONG_CODES_MS });
    expect(gate.barred(eve, WRONG_CODES_MS - 1)).toBeDefined();
    expect(gate.barred(eve, WRONG_CODES_MS)).toBeUndefined();
  });

  it('mailbox: half of 128 for strangers, all of it for people the owner has written to', async () => {
    const rig = await relayRig({ limits: { memberFrameBurst: 10_000 } });
    const [ada, bob] = [await signIn(rig), await signIn(rig)];
    for (const { client } of [ada, bob]) await client.request({ t: 'put-prekey', prekey: utf8('k') }, 'ok');
    const to = (identity: Uint8Array) =>
      ({ t: 'put-mail', to: identity, id: randomBytes(16), mail: randomBytes(10) }) as const;
    for (let i = 0; i < relay.mailboxMessages / 2; i++)
      await ada.client.request(to(bob.signer.publicKey), 'mail-stored');
    expect(await ada.client.ask(to(bob.signer.publicKey))).toMatchObject({
      code: 'mailbox-full',
      fatal: false,
    });
    await bob.client.request(to(ada.signer.publicKey), 'mail-stored');
    for (let i = 0; i < relay.mailboxMessages / 2; i++)
      await ada.client.request(to(bob.signer.publicKey), 'mail-stored');
    expect(await ada.client.ask(to(bob.signer.publicKey))).toMatchObject({ code: 'mailbox-full' });
    await ada.client.settled();
  });

  it('an unknown recipient is answered like a refusing one, in the same bytes', async () => {
    const rig = await relayRig();
    const { client } = await signIn(rig);
    const unknown = newSigner().publicKey;
    const mail = { t: 'put-mail', to: unknown, id: randomBytes(16), mail: randomBytes(10) } as const;
    expect(await client.ask(mail)).toMatchObject({ code: 'not-delivered', fatal: false });
    expect(await client.ask({ t: 'get-prekey', identity: unknown })).toMatchObject({ code: 'not-delivered' });
  });

  it('pings: a connection that is closed and does not say goodbye is held for 2 seconds', async () => {
    const rig = await relayRig({ limits: { closeMs: 200 } });
    const socket = connect({ port: rig.port, host: '127.0.0.1', allowHalfOpen: true });
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => undefined);
    const ended = new Promise((resolve) => socket.once('end', resolve));
    const told = new Promise<void>((resolve) => {
      socket.on('data', (bytes) => {
        // The head of the close frame, and its code.
        if (bytes.includes(Buffer.from([0x88, 2, 3, 0xea]))) resolve();
      });
    });
    let from = Number.POSITIVE_INFINITY;
    socket.write(upgrade());
    socket.once('data', () => {
      from = performance.now();
      socket.write(maskedFrame(2, Uint8Array.of(9)));
    });
    await told;
    await ended;
    expect(performance.now() - from).toBeGreaterThan(100);
    expect(relay.closeMs).toBe(2 * SECOND);
  });

  it('a backup: 512 bytes; one byte more ends the connection', async () => {
    const rig = await relayRig();
    const { client } = await signIn(rig);
    const backup = (bytes: number) => ({
      login: randomBytes(32),
      stretch: { salt: randomBytes(16), ...DEFAULT_STRETCH },
      commitment: randomBytes(32),
      sealed: randomBytes(bytes),
    });
    const fits = await client.ask({ t: 'put-backup', backup: backup(MAX_BACKUP_BYTES) });
    expect(fits).toMatchObject({ t: 'error', fatal: false });
    client.tell({ t: 'put-backup', rid: 9, backup: backup(MAX_BACKUP_BYTES + 1) });
    expect(await client.expect('error')).toMatchObject({ code: 'protocol', fatal: true });
  });

  it('before login: a frame too many, and the time to log in', async () => {
    const rig = await relayRig({ limits: { loginFrames: 2 } });
    const client = rawClient(rig);
    await client.expect('challenge');
    for (let i = 0; i < 2; i++)
      expect(await client.ask({ t: 'ping' })).toMatchObject({ code: 'not-allowed' });
    client.tell({ t: 'ping', rid: 9 });
    expect(await client.expect('error')).toMatchObject({ code: 'login-timeout', fatal: true });
    expect(await client.closed).toBe(closeCodes.loginTimeout);
  });
});
