import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sentence, type RefusalDetail } from '../../src/client/words.ts';
import {
  JOINS,
  JoinGate,
  MAX_UNFINISHED,
  MAX_WRONG_CODES,
  WRONG_CODES_MS,
} from '../../src/host/join-gate.ts';
import { Admission } from '../../src/relay/admission.ts';
import { defaultLimits as relay } from '../../src/relay/limits.ts';
import { networkOf } from '../../src/relay/network.ts';
import { socketsPerNetwork } from '../../src/relay/server.ts';
import { utf8 } from '../../src/shared/bytes.ts';
import { randomBytes } from '../../src/shared/crypto/sign.ts';
import type { RefusalCode } from '../../src/shared/errors.ts';
import { identityKey } from '../../src/shared/ids.ts';
import {
  DAY,
  DEFAULT_POST_BURST,
  DEFAULT_POST_RATE,
  HARD_MAX_MEMBERS,
  KIB,
  MAX_BACKUP_BYTES,
  MAX_CONTROL_BYTES,
  MAX_FOUND_NAMES,
  MAX_MAIL_BYTES,
  MAX_NAME,
  MAX_PASSWORD_BYTES,
  MAX_SEARCH,
  MAX_STRETCH_KIB,
  MAX_STRETCH_PASSES,
  MAX_TEXT_BYTES,
  MAX_TEXT_LINES,
  MAX_TITLE_BYTES,
  MAX_TITLE_GRAPHEMES,
  MAX_TOPIC_BYTES,
  MIB,
  MIN_NAME,
  MIN_PASSWORD,
  MIN_STRETCH_KIB,
  MIN_STRETCH_PASSES,
  MINUTE,
  SECOND,
  STRETCH_LANES,
} from '../../src/shared/limits.ts';
import { closeCodes } from '../../src/shared/wire/close-codes.ts';
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

const grouped = (count: number) => String(count).replace(/\B(?=(\d{3})+$)/g, ' ');
const size = (bytes: number) => (bytes >= MIB ? `${bytes / MIB} MiB` : `${bytes / KIB} KiB`);
const time = (ms: number) =>
  ms >= DAY ? `${ms / DAY} days` : ms >= MINUTE ? `${ms / MINUTE} min` : `${ms / SECOND} s`;

/** The table of `docs/protocol.md`, as the constants make it: what is allowed, and what answers one too many. */
const documented: Readonly<Record<string, readonly [string, string]>> = {
  'HTTP phase': [
    `headers, request and TLS handshake ${time(relay.httpMs)}, looked at every ${time(relay.httpCheckMs)}; ${size(relay.httpHeaderBytes)}, ${relay.httpHeaders} headers`,
    'HTTP 408, 431',
  ],
  upgrade: ['no `Origin`, or an allowed one; path and subprotocol fixed', 'HTTP 403, 404, 400'],
  message: [
    `${size(relay.frameBytes)}, control ${size(MAX_CONTROL_BYTES)}, ${relay.fragments} fragments, binary, uncompressed`,
    'close 1009, 1009, 1008, 1003, 1002',
  ],
  pings: [
    `${relay.pendingPongs} pongs wait to leave; asked or not, each costs a frame; a closing socket is held ${time(relay.closeMs)}`,
    'as frames',
  ],
  'before login': [
    `${time(relay.loginMs)}, ${relay.loginFrames} frames, ${size(relay.loginBytes)}; ${relay.loginsPerNetwork} per network`,
    '`login-timeout`, close 4001',
  ],
  connections: [
    `a network (IPv4 address or IPv6 /64): ${relay.connectionsPerNetwork}, ${relay.newConnectionsPerNetwork} new per ${time(relay.newConnectionsMs)}, ${socketsPerNetwork(relay)} sockets; in all ${grouped(relay.connections)}, at most ¾ of the descriptors`,
    '`too-many-connections`, close 4006',
  ],
  'one live session': [
    'per identity and purpose `member`; the newer takes over',
    '`signed-in-elsewhere`, close 4003',
  ],
  frames: [
    `member ${relay.memberFramesPerSecond}/s burst ${relay.memberFrameBurst}, ${size(relay.memberBytesPerSecond)}/s; host ${relay.hostFramesPerSecond}/s burst ${relay.hostFrameBurst}, ${size(relay.hostBytesPerSecond)}/s`,
    `\`too-fast\`, reading pauses; beyond ${time(relay.pauseMs)} close 4004`,
  ],
  chat: [
    `${DEFAULT_POST_RATE}/s burst ${DEFAULT_POST_BURST} per member; ${grouped(MAX_TEXT_BYTES)} bytes, ${MAX_TEXT_LINES} lines`,
    '`slow-down`, `too-long`, `too-many-lines`',
  ],
  rooms: [`${relay.roomsPerIdentity} per identity, ${relay.roomsPerNetwork} per network`, '`room-limit`'],
  titles: [
    `${MAX_TITLE_GRAPHEMES} graphemes, ${MAX_TITLE_BYTES} bytes; topic ${MAX_TOPIC_BYTES} bytes`,
    '`bad-entry`, `too-long`',
  ],
  members: [
    `${relay.membersPerRoom} a room, configurable to ${grouped(HARD_MAX_MEMBERS)}; ${relay.roomsPerConnection} rooms a connection`,
    '`room-full`, `too-many-rooms`',
  ],
  joins: [
    `${relay.joinsPerRoom} per ${time(relay.joinsPerRoomMs)} a room, ${relay.unfinishedPerRoom} unfinished handshakes; members who come back ${relay.returnsPerRoom} per ${time(relay.returnsPerRoomMs)}; ${relay.joinsPerIdentity} per ${time(relay.joinsPerIdentityMs)} an identity and room`,
    '`room-busy`, `join-limit`',
  ],
  'wrong code': [`${MAX_WRONG_CODES} per ${time(WRONG_CODES_MS)}`, '`wrong-code`, `too-many-tries`'],
  'slow consumer': [
    `${size(relay.queueBytes)} or ${relay.queueFrames} frames queued, or nothing taken for ${time(relay.queueMs)}`,
    'close 4005, then resume',
  ],
  mailbox: [
    `${relay.mailboxMessages} messages or ${size(relay.mailboxBytes)}, ${size(MAX_MAIL_BYTES)} each, ${time(relay.mailMs)}; half for people the owner has written to`,
    '`mailbox-full`',
  ],
  'unknown or blocked recipient': ['the same answer for both', '`not-delivered`'],
  names: [
    `\`[a-z0-9_-]{${MIN_NAME},${MAX_NAME}}\`, one a key; ${grouped(relay.names)} a relay; held ${time(relay.nameHoldMs)} after release`,
    '`bad-name`, `has-name`, `name-taken`, `name-lookalike`, `storage-full`',
  ],
  registrations: [`${relay.registrationsPerNetwork} a day per network`, '`registration-limit`'],
  'name searches': [
    `${relay.searchesPerNetwork} a minute per network; ${MAX_SEARCH} bytes of text, ${MAX_FOUND_NAMES} names`,
    '`search-limit`',
  ],
  'login failures': [
    `${relay.loginFailures} a minute per account and network; nobody else is locked out`,
    '`wrong-password`, `login-limit`',
  ],
  passwords: [
    `${MIN_PASSWORD} graphemes to ${grouped(MAX_PASSWORD_BYTES)} bytes; a backup ${MAX_BACKUP_BYTES} bytes`,
    'refused by the client',
  ],
  'password stretching': [
    `m ${MIN_STRETCH_KIB / KIB}–${size(MAX_STRETCH_KIB * KIB)}, t ${MIN_STRETCH_PASSES}–${MAX_STRETCH_PASSES}, p ${STRETCH_LANES}`,
    'refused by the client',
  ],
  disk: [`nothing stored when ${relay.diskFull * 100} % full`, '`storage-full`'],
};

describe('the table of limits in docs/protocol.md', () => {
  const table = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8').split(
    '## Limits',
  )[1];
  const rows = (table ?? '').split('\n').flatMap((line) => {
    const [, limit, value, refused] = line.split('|').map((cell) => cell.trim());
    return limit && value && refused ? [[limit, [value, refused]] as const] : [];
  });

  it.each(Object.entries(documented))('says of %s what the constants say', (limit, row) => {
    expect(new Map(rows).get(limit)).toEqual(row);
  });

  it('is agreed on by relay and host where both count', () => {
    expect(JOINS).toEqual({
      rate: (relay.joinsPerRoom * SECOND) / relay.joinsPerRoomMs,
      burst: relay.joinsPerRoom,
    });
    expect(MAX_UNFINISHED).toBe(relay.unfinishedPerRoom);
  });
});

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
    const { connect } = await import('node:net');
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
    const slow = await code('d');
    expect(slow.code).toBe('slow-down');
    expect(slow.retryMs).toBeGreaterThan(0);
    expect(slow.retryMs).toBeLessThanOrEqual(1_000);
    expect(await code('x'.repeat(MAX_TEXT_BYTES + 1))).toMatchObject({ code: 'too-long' });
    expect(await code('x\n'.repeat(MAX_TEXT_LINES))).toMatchObject({ code: 'too-many-lines' });
    await ada.roundTrip();
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
    expect(await update(5, {})).toMatchObject({ t: 'ok' });
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

  it('joins: 10 in 10 s a room and 5 a minute an identity, each with the time to wait', async () => {
    const clock = new FakeClock();
    const rig = await relayRig({ clock, limits: still });
    const host = await openRoom(rig);
    const [ada, bob, cleo] = [await signIn(rig), await signIn(rig), await signIn(rig)];
    for (const { client } of [ada, bob])
      for (let i = 0; i < relay.joinsPerIdentity; i++) await client.request(dial(host.room), 'dialled');
    expect(await ada.client.ask(dial(host.room))).toMatchObject({ code: 'join-limit', retryMs: 12_000 });
    expect(await cleo.client.ask(dial(host.room))).toMatchObject({ code: 'room-busy', retryMs: 1_000 });
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
