import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDataDir } from '../../../src/relay/data-dir.ts';
import { defaultLimits } from '../../../src/relay/limits.ts';
import { silentLogger, type LogFields } from '../../../src/relay/log.ts';
import { OperatorClient } from '../../../src/relay/operator/operator-client.ts';
import { MAX_OPERATORS } from '../../../src/relay/operator/operator-socket.ts';
import { MAX_REQUEST_BYTES, type OperatorAnswer } from '../../../src/relay/operator/operator-requests.ts';
import { identityKey, roomId } from '../../../src/shared/ids.ts';
import { closeCodes } from '../../../src/shared/wire/close-codes.ts';
import { join, openRoom, rawClient, relayRig, signIn } from '../../support/relay-rig.ts';

function scratch(): string {
  const folder = mkdtempSync(joinPath(tmpdir(), 'relay-operator-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A relay with somebody at its operator's socket, and what it logged. */
async function steered(folder = scratch(), dataDir?: string) {
  const log: (LogFields & { event: string })[] = [];
  const operatorSocket = joinPath(folder, 'operator.sock');
  const relay = await relayRig({
    operatorSocket,
    dataDir,
    log: { ...silentLogger, info: (event, fields) => void log.push({ event, ...fields }) },
  });
  const operator = await OperatorClient.open(operatorSocket);
  onTestFinished(() => operator.close());
  return { relay, operator, operatorSocket, log };
}

function text(answer: OperatorAnswer | undefined): string {
  return answer && 'text' in answer ? `${answer.ok ? 'done' : 'refused'}: ${answer.text}` : 'nothing';
}

describe('an operator', () => {
  it('sees rooms: how many are in them, who hosts, and titles of listed ones only', async () => {
    const { relay, operator } = await steered();
    const tea = await openRoom(relay, { listing: { title: 'tea' } });
    const den = await openRoom(relay);
    await join(relay, tea);
    const answer = await operator.ask({ command: 'rooms' });
    expect(answer).toMatchObject({
      rooms: [
        { room: roomId(tea.room), members: 1, title: 'tea', host: identityKey(tea.signer.publicKey) },
        { room: roomId(den.room), members: 0 },
      ],
    });
    expect(JSON.stringify(answer)).not.toContain('127.0.0.1');
  });

  it('closes a room: its members and its host are told, and it stays closed until that is lifted', async () => {
    const { relay, operator, log } = await steered();
    const host = await openRoom(relay);
    const ada = await join(relay, host);
    const id = roomId(host.room);
    const other = await openRoom(relay);
    const closed = await operator.ask({ command: 'close', target: id.slice(0, 8), reason: 'spam' });
    expect(text(closed)).toMatch(/^done: \w+ is closed until you lift it/);
    expect(await ada.client.expect('hangup')).toMatchObject({ code: 'room-barred' });
    expect(await host.client.expect('error')).toMatchObject({ code: 'room-barred', fatal: true });
    expect(await host.client.closed).toBe(closeCodes.refused);
    await other.client.settled();
    const { client } = await signIn(relay, 'host', host.signer);
    const again = { t: 'open-room', room: host.room, nonce: host.nonce, maxMembers: 0 } as const;
    expect(await client.ask(again)).toMatchObject({ code: 'room-barred' });
    expect(await ada.client.ask({ t: 'dial', room: host.room, conv: host.nonce })).toMatchObject({
      code: 'room-barred',
    });
    expect(text(await operator.ask({ command: 'unban', target: id }))).toMatch(/^done/);
    expect(await client.ask(again)).toMatchObject({ t: 'room-opened' });
    expect(log.filter(({ event }) => event === 'operator')).toMatchObject([
      { command: 'close', room: id, reason: 'spam' },
      { command: 'unban', room: id },
    ]);
  });

  it('is in the log with every command that changes something, and with no other', async () => {
    const { relay, operator, log } = await steered(scratch(), joinPath(scratch(), 'data'));
    const { room } = await openRoom(relay);
    const target = '192.0.2.1';
    for (const request of [
      { command: 'status' },
      { command: 'rooms' },
      { command: 'ban', target },
      { command: 'bans' },
      { command: 'unban', target },
      { command: 'close', target: roomId(room) },
      { command: 'backup' },
      { command: 'backup-done' },
      { command: 'reload' },
      { command: 'drain' },
    ] as const)
      await operator.ask(request);
    const commands = log.filter(({ event }) => event === 'operator').map(({ command }) => command);
    expect(commands).toEqual(['ban', 'unban', 'close', 'backup', 'reload', 'drain']);
  });

  it('names a room by no less than what tells it from others', async () => {
    const { relay, operator } = await steered();
    const { client, room } = await openRoom(relay);
    for (const target of ['', roomId(room).slice(0, 3), 'zzzz2222'])
      expect(text(await operator.ask({ command: 'close', target }))).toMatch(/^refused/);
    await client.settled();
  });

  it('bans a key: whoever has it is put out, and told why when they come again', async () => {
    const { relay, operator } = await steered();
    const ada = await signIn(relay);
    const key = identityKey(ada.signer.publicKey);
    expect(text(await operator.ask({ command: 'ban', target: key, forMs: 60_000 }))).toMatch(
      /one connection was closed/,
    );
    expect(await ada.client.expect('error')).toMatchObject({ code: 'relay-banned', fatal: true });
    expect(await ada.client.closed).toBe(closeCodes.refused);
    await expect(signIn(relay, 'member', ada.signer)).rejects.toThrow('got error relay-banned');
    await operator.ask({ command: 'unban', target: key });
    await signIn(relay, 'member', ada.signer);
  });

  it('puts out whoever is banned also where that cannot be written down, and says so', async () => {
    const dataDir = joinPath(scratch(), 'data');
    (await openDataDir(dataDir, defaultLimits)).close();
    const database = new DatabaseSync(joinPath(dataDir, 'relay.db'));
    database.exec("CREATE TRIGGER full BEFORE INSERT ON ban BEGIN SELECT RAISE(FAIL, 'full'); END");
    database.close();
    const { relay, operator, log } = await steered(scratch(), dataDir);
    const ada = await signIn(relay);
    const host = await openRoom(relay);
    const key = identityKey(ada.signer.publicKey);
    const unwritten = /^refused: it holds until the relay ends, but could not be written down/;
    expect(text(await operator.ask({ command: 'ban', target: key }))).toMatch(unwritten);
    expect(await ada.client.closed).toBe(closeCodes.refused);
    expect(text(await operator.ask({ command: 'close', target: roomId(host.room) }))).toMatch(unwritten);
    expect(await host.client.closed).toBe(closeCodes.refused);
    const audited = log.filter(({ event }) => event === 'operator');
    expect(audited.map(({ command }) => command)).toEqual(['ban', 'close']);
  });

  it('bans whoever is on a connection of the log, and a network by what the log calls it', async () => {
    const { relay, operator, log } = await steered();
    const ada = await signIn(relay);
    const bob = await signIn(relay);
    const [line] = log.filter(({ event }) => event === 'login');
    expect(text(await operator.ask({ command: 'ban', target: `#${line?.['connection']}` }))).toMatch(/^done/);
    expect(await ada.client.closed).toBe(closeCodes.refused);
    expect(text(await operator.ask({ command: 'ban', target: String(line?.['network']) }))).toMatch(
      /^done: 127\.0\.0\.1 is banned/,
    );
    expect(await bob.client.closed).toBe(closeCodes.refused);
    const cleo = rawClient(relay);
    expect(await cleo.expect('error')).toMatchObject({ code: 'relay-banned', fatal: true });
    expect(JSON.stringify(log)).not.toContain('127.0.0.1');
  });

  it('bans a room by its id: whoever hosts it is put out', async () => {
    const { relay, operator } = await steered();
    const { client, room } = await openRoom(relay);
    expect(text(await operator.ask({ command: 'ban', target: roomId(room) }))).toMatch(/^done/);
    expect(await client.expect('error')).toMatchObject({ code: 'room-barred', fatal: true });
  });

  it('lifts a ban by what it was made with: the beginning of a room id, what the log calls a network', async () => {
    const { relay, operator, log } = await steered();
    const host = await openRoom(relay);
    const id = roomId(host.room);
    await operator.ask({ command: 'close', target: id.slice(0, 8) });
    expect(text(await operator.ask({ command: 'unban', target: id.slice(0, 8) }))).toBe(
      `done: ${id} is not banned any more`,
    );
    const alias = String(log.find(({ event }) => event === 'login')?.['network']);
    await signIn(relay);
    await operator.ask({ command: 'ban', target: '192.0.2.1' });
    await operator.ask({ command: 'ban', target: alias });
    expect(text(await operator.ask({ command: 'unban', target: alias }))).toBe(
      'done: 127.0.0.1 is not banned any more',
    );
  });

  it.each([
    [{ command: 'ban', target: 'example.org' }, /^refused: that is no identity key, .*no address/],
    [{ command: 'ban', target: '#99' }, /^refused: nobody is logged in on connection 99/],
    [{ command: 'ban', target: 'net-aaaaaaaa' }, /^refused: nobody of net-aaaaaaaa is connected/],
    [{ command: 'ban', target: '192.0.2.0/40' }, /^refused: that is no identity key, .*no address/],
    [{ command: 'ban', target: '2001:db8::/129' }, /^refused: that is no identity key, .*no address/],
    [{ command: 'unban', target: '192.0.2.1' }, /^refused: 192\.0\.2\.1 is not banned/],
    [{ command: 'unban', target: 'k7q2abcd' }, /^refused: no closed room begins like that; .*relay bans/],
    [{ command: 'unban', target: '#99' }, /^refused: who is banned has no connection; .*relay bans/],
    [{ command: 'unban', target: 'net-aaaaaaaa' }, /^refused: .*relay bans/],
    [{ command: 'close', target: 'tea' }, /^refused: no such room is open/],
    [{ command: 'backup' }, /^refused: this relay keeps nothing/],
    [{ command: 'backup-done' }, /^refused: no backup/],
    [{ command: 'reload' }, /^refused: this relay has no settings/],
  ] as const)('is told in one sentence why not: %j', async (request, sentence) => {
    const { operator } = await steered();
    expect(text(await operator.ask(request))).toMatch(sentence);
  });

  it('is told that another backup is being made', async () => {
    const { operator, operatorSocket } = await steered(scratch(), joinPath(scratch(), 'data'));
    const other = await OperatorClient.open(operatorSocket);
    onTestFinished(() => other.close());
    expect(await operator.ask({ command: 'backup' })).toMatchObject({ ok: true });
    for (const one of [operator, other])
      expect(text(await one.ask({ command: 'backup' }))).toMatch(/^refused: another backup is being made/);
    expect(text(await operator.ask({ command: 'backup-done' }))).toMatch(/^done/);
    expect(await other.ask({ command: 'backup' })).toMatchObject({ ok: true });
  });

  it('drains: everybody is told to come back later, and the relay ends', async () => {
    const { relay, operator } = await steered();
    const { client } = await signIn(relay);
    expect(text(await operator.ask({ command: 'drain' }))).toMatch(/^done: draining/);
    expect(await client.expect('error')).toMatchObject({ code: 'draining', fatal: true });
    expect(await client.closed).toBe(closeCodes.goingAway);
    await relay.ended;
  });

  it('sees numbers only in the status', async () => {
    const { relay, operator } = await steered();
    const host = await openRoom(relay, { listing: { title: 'tea' } });
    await join(relay, host);
    const answer = await operator.ask({ command: 'status' });
    expect(answer).toMatchObject({
      status: { now: { members: 1, hosts: 1, rooms: 1, listed: 1, circuits: 1 } },
    });
    const { relayId, url, name, version, ...rest } =
      answer && 'status' in answer ? answer.status : { relayId: '', url: '', name: '', version: '' };
    expect([relayId, url, name, version]).toEqual([relay.relayId, relay.url, '', '']);
    JSON.stringify(rest, (_, value: unknown) => {
      expect(typeof value).not.toBe('string');
      return value;
    });
  });
});

describe('the operator’s socket', () => {
  it('outlives a command that fails, and the log says where', async () => {
    const operatorSocket = joinPath(scratch(), 'operator.sock');
    const errors: (LogFields | undefined)[] = [];
    await relayRig({
      operatorSocket,
      log: { ...silentLogger, error: (_, fields) => void errors.push(fields) },
      reload: () => Promise.reject(new Error('a bug')),
    });
    const operator = await OperatorClient.open(operatorSocket);
    onTestFinished(() => operator.close());
    expect(text(await operator.ask({ command: 'reload' }))).toMatch(/^refused: the relay failed at this/);
    expect(errors).toEqual([{ command: 'reload', stack: expect.stringContaining('a bug') }]);
    expect(await operator.ask({ command: 'bans' })).toEqual({ ok: true, bans: [] });
  });

  it('is for this user alone, in the place of one that was left behind', async () => {
    const folder = scratch();
    writeFileSync(joinPath(folder, 'operator.sock'), '');
    const { operatorSocket } = await steered(folder);
    const { mode } = statSync(operatorSocket);
    expect(mode & 0o777).toBe(0o600);
  });

  it('works in a folder whose name is too long for a socket', async () => {
    const folder = joinPath(scratch(), 'x'.repeat(120));
    const { mkdirSync } = await import('node:fs');
    mkdirSync(folder);
    const { operator } = await steered(folder);
    expect(await operator.ask({ command: 'bans' })).toEqual({ ok: true, bans: [] });
  });

  it.each(['{"command":"format-disk"}', '{"command":"ban","target":"x","more":1}', 'null', '{'])(
    'refuses %s in one sentence and goes on',
    async (line) => {
      const { operatorSocket, operator } = await steered();
      const socket = connect(operatorSocket);
      onTestFinished(() => void socket.destroy());
      socket.write(`${line}\n`);
      const answer: string = await new Promise((resolve) =>
        socket.once('data', (bytes: Buffer) => resolve(bytes.toString())),
      );
      expect(JSON.parse(answer)).toEqual({ ok: false, text: expect.stringContaining('does not know') });
      expect(await operator.ask({ command: 'bans' })).toMatchObject({ ok: true });
    },
  );

  it('drops whoever sends a line without an end', async () => {
    const { operatorSocket, operator } = await steered();
    const socket = connect(operatorSocket);
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write('x'.repeat(MAX_REQUEST_BYTES + 1));
    await closed;
    expect(await operator.ask({ command: 'bans' })).toMatchObject({ ok: true });
  });

  it('does nothing more for whoever has gone', async () => {
    const { operatorSocket, operator } = await steered(scratch(), joinPath(scratch(), 'data'));
    const socket = connect(operatorSocket);
    await new Promise((resolve) => socket.once('connect', resolve));
    const ban = (n: number) => ({ command: 'ban', target: `192.0.2.${n}` }) as const;
    const lines = [{ command: 'bans' }, ban(1), ban(2), ban(3), { command: 'backup' }];
    socket.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    socket.destroy();
    // Each of these is on disk together with one of those at the earliest.
    for (const n of [4, 5, 6, 7]) await operator.ask(ban(n));
    expect(await operator.ask({ command: 'backup' })).toMatchObject({ ok: true });
  });

  it('serves a few at a time', async () => {
    const { operatorSocket } = await steered();
    const more: OperatorClient[] = [];
    onTestFinished(() => more.forEach((one) => one.close()));
    for (let n = 0; n < MAX_OPERATORS + 1; n++) more.push(await OperatorClient.open(operatorSocket));
    const answers = await Promise.all(more.map((one) => one.ask({ command: 'bans' })));
    expect(answers.filter((answer) => answer?.ok)).toHaveLength(MAX_OPERATORS - 1);
  });
});
