import { randomBytes as random } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { encodeControl } from '../../src/shared/wire/codec.ts';
import { relayRig, signIn } from '../support/relay-rig.ts';

const opcodes = { more: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

interface RawFrame {
  readonly fin?: boolean;
  readonly rsv?: number;
  readonly opcode: number;
  readonly payload?: Uint8Array;
  readonly masked?: boolean;
  /** Written in place of the true length. */
  readonly claims?: bigint;
}

/** A frame as no honest client writes it (RFC 6455 §5.2). */
function frame({
  fin = true,
  rsv = 0,
  opcode,
  payload = Buffer.alloc(0),
  masked = true,
  claims,
}: RawFrame): Buffer {
  const first = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  const mask = masked ? 0x80 : 0;
  const length = Buffer.alloc(claims === undefined ? (payload.length < 126 ? 1 : 3) : 9);
  if (claims !== undefined) {
    length[0] = mask | 127;
    length.writeBigUInt64BE(claims, 1);
  } else if (payload.length < 126) {
    length[0] = mask | payload.length;
  } else {
    length[0] = mask | 126;
    length.writeUInt16BE(payload.length, 1);
  }
  const key = random(4);
  const body = Buffer.from(payload).map((byte, i) => byte ^ (masked ? (key[i % 4] ?? 0) : 0));
  return Buffer.concat([Buffer.from([first]), length, ...(masked ? [key] : []), body]);
}

/** The code of the close frame that the relay answers with, or why there is none. */
async function closedWith(port: number, frames: readonly Buffer[]): Promise<number | string> {
  const socket = await upgraded(port);
  return new Promise((resolve) => {
    let all = Buffer.alloc(0);
    const timer = setTimeout(() => resolve('still open'), 4_000);
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

function upgraded(port: number, extra = ''): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
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
      resolve(socket);
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

const { more, text, binary, close, ping, pong } = opcodes;
const bytes = (...values: number[]) => Uint8Array.from(values);
const hello = encodeControl({ t: 'ping', rid: 1 });

describe('a violation of the WebSocket protocol closes with its code (RFC 6455)', () => {
  it.each<[string, number | string, RawFrame[]]>([
    [
      'reserved bit 1: nothing is compressed',
      1002,
      [{ rsv: 4, opcode: binary, payload: deflateRawSync(hello) }],
    ],
    ['reserved bit 2', 1002, [{ rsv: 2, opcode: binary, payload: hello }]],
    ['reserved bit 3', 1002, [{ rsv: 1, opcode: binary, payload: hello }]],
    ['reserved bits on a control frame', 1002, [{ rsv: 4, opcode: ping }]],
    ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode): [string, number, RawFrame[]] => [
      `opcode ${opcode}`,
      1002,
      [{ opcode }],
    ]),
    ['an unmasked frame', 1002, [{ opcode: binary, payload: hello, masked: false }]],
    ['an unmasked ping', 1002, [{ opcode: ping, masked: false }]],
    ['a continuation of nothing', 1002, [{ opcode: more, payload: hello }]],
    [
      'a message inside a fragmented one',
      1002,
      [
        { fin: false, opcode: binary, payload: hello },
        { opcode: binary, payload: hello },
      ],
    ],
    ['a fragmented ping', 1002, [{ fin: false, opcode: ping, payload: bytes(1) }]],
    ['a fragmented pong', 1002, [{ fin: false, opcode: pong }]],
    ['a fragmented close', 1002, [{ fin: false, opcode: close, payload: bytes(3, 232) }]],
    ['a ping of 126 bytes', 1002, [{ opcode: ping, payload: new Uint8Array(126) }]],
    ['a close of 126 bytes', 1002, [{ opcode: close, payload: new Uint8Array(126).fill(3) }]],
    ['a close of one byte', 1002, [{ opcode: close, payload: bytes(3) }]],
    ['close code 0', 1002, [{ opcode: close, payload: bytes(0, 0) }]],
    ['close code 1005, which nobody may send', 1002, [{ opcode: close, payload: bytes(3, 237) }]],
    ['close code 1006, which nobody may send', 1002, [{ opcode: close, payload: bytes(3, 238) }]],
    ['close code 5000', 1002, [{ opcode: close, payload: bytes(19, 136) }]],
    ['bad UTF-8 in a close reason', 1007, [{ opcode: close, payload: bytes(3, 232, 0xc3, 0x28) }]],
    ['a text message', 1003, [{ opcode: text, payload: Buffer.from('hello') }]],
    ['a text message that is no UTF-8', 1007, [{ opcode: text, payload: bytes(0xff, 0xfe) }]],
    ['a length of 2^53 and more', 1009, [{ opcode: binary, claims: 2n ** 53n }]],
    ['a length of 2^63', 1009, [{ opcode: binary, claims: 2n ** 63n }]],
    ['a length of 4 GiB', 1009, [{ opcode: binary, claims: 2n ** 32n }]],
    ['a length of 64 KiB and a byte', 1009, [{ opcode: binary, claims: 65_537n }]],
    [
      'fragments of more than 64 KiB in all',
      1009,
      [
        { fin: false, opcode: binary, payload: new Uint8Array(40_000) },
        { opcode: more, payload: new Uint8Array(40_000) },
      ],
    ],
    [
      '17 fragments',
      1008,
      Array.from({ length: 17 }, (_, i) => ({ fin: i === 16, opcode: i ? more : binary, payload: bytes(1) })),
    ],
    [
      'empty fragments without end',
      1008,
      Array.from({ length: 40 }, (_, i) => ({ fin: false, opcode: i ? more : binary })),
    ],
  ])('%s', async (_, code, frames) => {
    const relay = await relayRig({ limits: { closeMs: 100 } });
    expect(await closedWith(relay.port, frames.map(frame))).toBe(code);
    // Whoever else is there, or comes, is served.
    const { client } = await signIn(relay);
    await client.settled();
  });

  it('is none to close with a code and a reason, which is answered with the same code', async () => {
    const relay = await relayRig({ limits: { closeMs: 100 } });
    const payload = Buffer.concat([Buffer.from([15, 160]), Buffer.from('bye ✓')]);
    expect(await closedWith(relay.port, [frame({ opcode: close, payload })])).toBe(4_000);
  });

  it('is none to ping between fragments, or to write byte by byte', async () => {
    const relay = await relayRig({ limits: { closeMs: 100 } });
    const socket = await upgraded(relay.port);
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
    await upgraded(relay.port, 'sec-websocket-extensions: permessage-deflate\r\n');
    const { client } = await signIn(relay);
    expect(client.ws.extensions).toBe('');
  });
});
