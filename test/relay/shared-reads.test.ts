import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { shareReads } from '../../src/relay/shared-reads.ts';

const BUFFER_BYTES = 1_024;

/** Both ends of so many connections, the accepted one first. */
async function connections(count: number): Promise<(readonly [Socket, Socket])[]> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const pairs: (readonly [Socket, Socket])[] = [];
  for (let n = 0; n < count; n++) {
    const peer = connect(port, '127.0.0.1');
    const [socket] = (await once(server, 'connection')) as [Socket];
    pairs.push([socket, peer]);
  }
  onTestFinished(() => {
    for (const each of pairs.flat()) each.destroy();
    server.close();
  });
  return pairs;
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await turn();
}

describe('reads of many sockets into one buffer', () => {
  it('are all that arrives, and nothing goes into the streams', async () => {
    const buffer = Buffer.alloc(BUFFER_BYTES);
    const pairs = await connections(3);
    const seen = pairs.map(() => '');
    pairs.forEach(([socket], n) => {
      const take = (length: number): void => {
        expect(length).toBeLessThanOrEqual(BUFFER_BYTES);
        seen[n] += buffer.toString('latin1', 0, length);
      };
      expect(shareReads(socket, buffer, take)).toBe(true);
      socket.on('data', () => expect.unreachable());
    });
    const sent = pairs.map((_, n) => String(n).repeat(5 * BUFFER_BYTES));
    pairs.forEach(([, peer], n) => peer.write(sent[n] ?? ''));
    await until(() => seen.every((each, n) => each.length === sent[n]?.length));
    expect(seen).toEqual(sent);
  });

  it('stop while the socket is paused, and tell of the end', async () => {
    const buffer = Buffer.alloc(BUFFER_BYTES);
    const [[socket, peer] = expect.unreachable()] = await connections(1);
    let seen = '';
    shareReads(socket, buffer, (length) => (seen += buffer.toString('latin1', 0, length)));
    socket.resume();
    peer.write('first');
    await until(() => seen === 'first');
    socket.pause();
    await new Promise((resolve) => peer.write(' second', resolve));
    for (let turns = 0; turns < 20; turns++) await turn();
    expect(seen).toBe('first');
    socket.resume();
    await until(() => seen === 'first second');
    const ended = once(socket, 'end');
    peer.end(' third');
    await ended;
    expect(seen).toBe('first second third');
    await once(socket, 'close');
  });

  it('leave alone what is no socket of the system', () => {
    const stream = new Duplex({ read: () => undefined });
    expect(shareReads(stream, Buffer.alloc(1), () => undefined)).toBe(false);
  });
});
