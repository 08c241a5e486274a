import { randomBytes as random } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { encodeControl } from '../../src/shared/wire/codec.ts';
import { frame, opcodes, violations } from '../support/raw-frames.ts';
import { rawClient, relayRig, signIn } from '../support/relay-rig.ts';

/** The code of the close frame that the relay answers with, or why there is none. */
async function closedWith(port: number, frames: readonly Buffer[]): Promise<number | string> {
  const { socket } = await upgraded(port);
  return new Promise((resolve) => {
    let all = Buffer.alloc(0);
    const timer = setTimeout(() => resolve('still open'), 20_000);
    socket.on('data', (chunk) => {
      all = Buffer.concat([all, chunk]);
      const code = closeCode(all);
      if (code === undefined) return;
      clearTimeout(timer);
      resolve(code);
    });
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(closeCode(all) ?? 'closed without a word');
    });
    for (const each of frames) socket.write(each);
  });
}

/** `head`: how the upgrade was answered. */
function upgraded(port: number, extra = ''): Promise<{ readonly socket: Socket; readonly head: string }> {
  // It does not go just because the other side is done.
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => undefined);
  socket.write(
    `GET /tc HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: ${random(16).toString('base64')}\r\nsec-websocket-protocol: tc.v1\r\n${extra}\r\n`,
  );
  return new Promise((resolve, reject) => {
    socket.once('data', (chunk) => {
      const text = chunk.toString('latin1');
      const end = text.indexOf('\r\n\r\n') + 4;
      if (!text.startsWith('HTTP/1.1 101')) reject(new Error(text.slice(0, 40)));
      if (chunk.length > end) socket.unshift(chunk.subarray(end));
      resolve({ socket, head: text.slice(0, end) });
    });
  });
}

/** Of the first close frame in what the relay wrote; its frames are short and unmasked. */
function closeCode(bytes: Buffer): number | undefined {
  for (let at = 0; at + 4 <= bytes.length;) {
    const [first = 0, second = 0] = bytes.subarray(at);
    if ((first & 0x0f) === opcodes.close) return bytes.readUInt16BE(at + 2);
    at += second < 126 ? 2 + second : 4 + bytes.readUInt16BE(at + 2);
  }
  return undefined;
}

const { more, binary, close, ping } = opcodes;
const hello = encodeControl({ t: 'ping', rid: 1 });

describe('a violation of the WebSocket protocol closes with its code (RFC 6455)', () => {
  it.each<(typeof violations)[number]>([
    ...violations,
    ['an unmasked frame', 1002, [{ opcode: binary, payload: hello, masked: false }]],
    ['an unmasked ping', 1002, [{ opcode: ping, masked: false }]],
  ])('%s', async (_, code, frames) => {
    const relay = await relayRig({ limits: { closeMs: 100 } });
    expect(await closedWith(relay.port, frames.map(frame))).toBe(code);
    // Whoever else is there, or comes, is served.
    const { client } = await signIn(relay);
    await client.settled();
  });

  it('is not followed by any amount of other bytes', async () => {
    const relay = await relayRig({ limits: { closeMs: 600_000 } });
    const { socket } = await upgraded(relay.port);
    socket.resume();
    const reset = new Promise<boolean>((resolve) => socket.once('close', resolve));
    socket.write(frame({ opcode: binary, payload: hello, masked: false }));
    // Nothing but a write shows it that the other side is gone.
    const more = (): void => {
      if (!socket.destroyed) socket.write(Buffer.alloc(16_384), () => setImmediate(more));
    };
    more();
    expect(await reset).toBe(true);
  });

  it('is none to close with a code and a reason, which is answered with the same code', async () => {
    const relay = await relayRig({ limits: { closeMs: 100 } });
    const payload = Buffer.concat([Buffer.from([15, 160]), Buffer.from('bye ✓')]);
    expect(await closedWith(relay.port, [frame({ opcode: close, payload })])).toBe(4_000);
  });

  it('is none to ping between fragments, or to write byte by byte', async () => {
    const relay = await relayRig({ limits: { closeMs: 100 } });
    const { socket } = await upgraded(relay.port);
    const all = Buffer.concat([
      frame({ fin: false, opcode: binary, payload: hello.subarray(0, 3) }),
      frame({ opcode: ping, payload: Buffer.from('?') }),
      frame({ opcode: more, payload: hello.subarray(3) }),
    ]);
    let heard = Buffer.alloc(0);
    const answered = new Promise<void>((resolve) => {
      socket.on('data', (chunk) => {
        heard = Buffer.concat([heard, chunk]);
        if (heard.includes('not-allowed')) resolve();
      });
    });
    for (const byte of all) socket.write(Buffer.from([byte]));
    await answered;
    expect(heard.includes(Buffer.from([0x8a, 1, '?'.charCodeAt(0)]))).toBe(true);
    expect(closeCode(heard)).toBeUndefined();
  });

  it('is no extension to ask for compression: it is not granted', async () => {
    const relay = await relayRig({ limits: { closeMs: 100 } });
    const { head } = await upgraded(relay.port, 'sec-websocket-extensions: permessage-deflate\r\n');
    expect(head).not.toMatch(/sec-websocket-extensions/i);
  });
});

describe('a message that is none of ours', () => {
  it.each([
    ['is empty', []],
    ['has another type', [4, 0, 0, 0, 1, 9]],
    ['is a `send` without a payload', [2, 0, 0, 0, 1]],
    ['is a `cast` without a payload', [3, 0, 0, 0, 1]],
  ])('%s: the connection ends', async (_, bytes) => {
    const { client } = await signIn(await relayRig(), 'host');
    client.sendBytes(Uint8Array.from(bytes));
    expect(await client.expect('error')).toMatchObject({ code: 'protocol', fatal: true });
    expect(await client.closed).toBe(1002);
  });

  it('is not taken before login', async () => {
    const client = rawClient(await relayRig());
    await client.expect('challenge');
    client.send(1, hello);
    expect(await client.expect('error')).toMatchObject({ code: 'not-allowed', fatal: false });
  });
});
