import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { wsDialler } from '../../src/link/ws-transport.ts';
import { frame, opcodes, violations, type RawFrame } from '../support/raw-frames.ts';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** A listener that upgrades properly, and then writes what no relay writes. */
async function answered(
  write: (socket: Socket) => void,
): Promise<{ code: number | undefined; messages: number }> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  onTestFinished(() => void server.close());
  const told = new Promise<number | undefined>((resolve) => {
    server.on('connection', (socket) => {
      onTestFinished(() => void socket.destroy());
      let heard = Buffer.alloc(0);
      let upgraded = false;
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(undefined));
      socket.on('data', (bytes) => {
        heard = Buffer.concat([heard, bytes]);
        const key = /sec-websocket-key: (\S+)/i.exec(heard.toString('latin1'))?.[1];
        if (!upgraded && key !== undefined) {
          upgraded = true;
          heard = Buffer.alloc(0);
          const accept = createHash('sha1').update(`${key}${GUID}`).digest('base64');
          socket.write(
            `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: ${accept}\r\nsec-websocket-protocol: tc.v1\r\n\r\n`,
          );
          write(socket);
        } else if (upgraded) {
          const code = closeCode(heard);
          if (code !== undefined) resolve(code);
        }
      });
    });
  });
  let messages = 0;
  const closed = new Promise<void>((resolve) => {
    const transport = wsDialler(`ws://127.0.0.1:${port}`, {
      open: () => undefined,
      message: () => (messages += 1),
      closed: () => resolve(),
    });
    onTestFinished(() => transport.close(1000));
  });
  const code = await told;
  server.unref();
  if (code === undefined) await closed;
  return { code, messages };
}

/** Of the first close frame in what a client wrote; its frames are short and masked. */
function closeCode(bytes: Buffer): number | undefined {
  for (let at = 0; at + 8 <= bytes.length;) {
    const [first = 0, second = 0] = bytes.subarray(at);
    const length = second & 0x7f;
    if ((first & 0x0f) === opcodes.close) return bytes.readUInt16BE(at + 6) ^ bytes.readUInt16BE(at + 2);
    at += 6 + length;
  }
  return undefined;
}

const { binary, ping } = opcodes;
const unmasked = (raw: RawFrame): Buffer => frame({ ...raw, masked: false });

describe('a relay that violates the WebSocket protocol is left with the code for it (RFC 6455)', () => {
  it.each<(typeof violations)[number]>([
    ...violations,
    ['a masked frame', 1002, [{ opcode: binary, payload: Uint8Array.of(1), masked: true }]],
    ['a masked ping', 1002, [{ opcode: ping, masked: true }]],
  ])('%s', async (_, code, frames) => {
    const { code: told, messages } = await answered((socket) => {
      for (const raw of frames) socket.write(raw.masked === true ? frame(raw) : unmasked(raw));
    });
    expect(told).toBe(code);
    expect(messages).toBe(0);
  });
});

it('a relay that pings and reads no pongs costs a client little', async () => {
  const pings = Buffer.concat(
    Array.from({ length: 2_000 }, () => unmasked({ opcode: ping, payload: new Uint8Array(125) })),
  );
  let written = 0;
  const before = process.memoryUsage();
  const { code } = await answered((socket) => {
    socket.pause();
    const more = (): void => {
      while (!socket.destroyed && written < 64 * 1_024 * 1_024) {
        written += pings.length;
        if (!socket.write(pings)) return;
      }
    };
    socket.on('drain', more);
    more();
  });
  const { heapUsed, external } = process.memoryUsage();
  expect(code).toBeUndefined();
  expect(written).toBeLessThan(64 * 1_024 * 1_024);
  expect(heapUsed + external - before.heapUsed - before.external).toBeLessThan(32 * 1_024 * 1_024);
});
