import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { randomBytes } from '../../src/shared/crypto/sign.ts';
import { closeCodes } from '../../src/shared/wire/close-codes.ts';
import { rawClient, relayRig, signIn } from '../support/relay-rig.ts';
import { tlsPair } from '../support/tls-pair.ts';

function tcp(port: number): { socket: Socket; text: Promise<string> } {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  const text = new Promise<string>((resolve) => {
    let all = '';
    socket.on('data', (chunk) => (all += chunk.toString('latin1')));
    socket.on('close', () => resolve(all));
    socket.on('error', () => undefined);
  });
  return { socket, text };
}

const http = (url: string) => url.replace('ws:', 'http:');

describe('the listener', () => {
  it('answers /healthz, and nothing else over HTTP', async () => {
    const relay = await relayRig();
    const health = await fetch(`${http(relay.url)}/healthz`);
    expect([health.status, await health.json()]).toEqual([200, { ok: true }]);
    const ready = await fetch(`${http(relay.url)}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([200, { ok: true }]);
    for (const path of ['/', '/metrics', '/tc', '/healthz/x'])
      expect((await fetch(`${http(relay.url)}${path}`)).status).toBe(404);
    expect((await fetch(`${http(relay.url)}/healthz`, { method: 'POST' })).status).toBe(404);
  });

  it.each([
    ['another path', { path: '/other' }, 'HTTP 404'],
    ['a page that is not allowed', { origin: 'https://evil.example' }, 'HTTP 403'],
    ['another subprotocol', { protocol: 'chat' }, 'HTTP 400'],
  ])('refuses to upgrade for %s', async (_, options, status) => {
    const relay = await relayRig({ origins: ['https://chat.example'] });
    await expect(rawClient(relay, options).opened()).rejects.toThrow(status);
  });

  it('upgrades for a page that is allowed', async () => {
    const relay = await relayRig({ origins: ['https://chat.example'] });
    const client = rawClient(relay, { origin: 'https://chat.example' });
    expect(await client.expect('challenge')).toMatchObject({ t: 'challenge' });
  });

  it('closes a connection whose headers do not end', async () => {
    const relay = await relayRig({ limits: { httpMs: 60, httpCheckMs: 20 } });
    const { socket, text } = tcp(relay.port);
    socket.write('GET /tc HTTP/1.1\r\nhost: x\r\n');
    expect(await text).toMatch(/^HTTP\/1.1 408/);
  });

  it('ends a TLS handshake that does not go on', async () => {
    const relay = await relayRig({ tls: tlsPair, limits: { httpMs: 60, httpCheckMs: 20 } });
    const from = performance.now();
    const silent = tcp(relay.port);
    const halfway = tcp(relay.port);
    // The head of a record that says to be a ClientHello of 512 bytes.
    halfway.socket.write(Buffer.from([22, 3, 1, 2, 0, 1, 0]));
    await Promise.all([silent.text, halfway.text]);
    expect(performance.now() - from).toBeGreaterThan(50);
  });

  it('takes 8 KiB of headers and no more', async () => {
    const relay = await relayRig();
    const asked = [8 * 1_024 - 1, 8 * 1_024 + 1].map((bytes) => {
      const { socket, text } = tcp(relay.port);
      const head = 'GET /no HTTP/1.1\r\nhost: x\r\nx: \r\n\r\n';
      // Counted are the names and values, and the path.
      const counted = '/nohostxx'.length;
      socket.write(head.replace('x: ', `x: ${'y'.repeat(bytes - counted)}`));
      return text;
    });
    const answers = await Promise.all(asked);
    expect(answers.map((text) => text.slice(9, 12))).toEqual(['404', '431']);
  });

  it.each([
    ['', {}],
    [', nor with a new limit that waits for a restart', { httpHeaders: 100 }],
  ])('takes no more than 50 headers, so that none is overlooked%s', async (_, limits) => {
    const relay = await relayRig();
    relay.change({ limits });
    const upgrade = (more: number) =>
      `GET /tc HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n${'a: b\r\n'.repeat(more)}origin: http://evil.example\r\n\r\n`;
    const asked = [46, 47, 60].map((more) => {
      const { socket, text } = tcp(relay.port);
      socket.write(upgrade(more));
      return text;
    });
    const answers = await Promise.all(asked);
    expect(answers.map((text) => text.slice(9, 12))).toEqual(['403', '431', '431']);
  });

  it('closes on a text frame', async () => {
    const relay = await relayRig();
    const { client } = await signIn(relay);
    client.ws.send('hello');
    expect(await client.closed).toBe(closeCodes.unsupportedData);
  });

  it('takes a frame of 64 KiB and closes on one byte more', async () => {
    const relay = await relayRig();
    const { client } = await signIn(relay);
    client.send(1, randomBytes(65_536 - 5));
    expect(await client.expect('hangup')).toMatchObject({ code: 'no-circuit' });
    client.send(1, randomBytes(65_536 - 4));
    expect(await client.closed).toBe(closeCodes.tooBig);
  });

  it('takes 16 fragments and closes on the 17th', async () => {
    const relay = await relayRig();
    const { client } = await signIn(relay);
    const fragments = (count: number) => {
      for (let i = 1; i <= count; i++) client.ws.send(new Uint8Array(8).fill(2), { fin: i === count });
    };
    fragments(16);
    expect(await client.expect('hangup')).toMatchObject({ code: 'no-circuit' });
    fragments(17);
    expect(await client.closed).toBe(1008);
  });

  it.each<[string, number[]]>([
    ['an unknown frame type', [9, 1, 2]],
    ['an empty frame', []],
    ['a data frame without a payload', [2, 0, 0, 0, 1]],
    ['a control frame that is no CBOR', [1, 0xff]],
    ['a control frame of an unknown kind', [1, 0xa1, 0x61, 0x74, 0x61, 0x78]],
  ])('closes on %s', async (_, bytes) => {
    const relay = await relayRig();
    const { client } = await signIn(relay);
    client.sendBytes(Uint8Array.from(bytes));
    expect(await client.expect('error')).toMatchObject({ code: 'protocol', fatal: true });
    expect(await client.closed).toBe(closeCodes.protocolError);
  });
});

it('is not ready where it cannot store, and alive all the same', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'relay-full-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  const relay = await relayRig({ dataDir, limits: { diskFull: 0 } });
  expect((await fetch(`${http(relay.url)}/readyz`)).status).toBe(503);
  expect((await fetch(`${http(relay.url)}/healthz`)).status).toBe(200);
});

describe('a running relay', () => {
  it('closes with everything it opened', async () => {
    const relay = await relayRig();
    const { client } = await signIn(relay);
    await relay.close();
    expect(await client.closed).toBe(closeCodes.goingAway);
    await expect(fetch(relay.url.replace('ws:', 'http:'))).rejects.toThrow('fetch failed');
  });
});
