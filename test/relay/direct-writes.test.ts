import { once } from 'node:events';
import { connect, createServer, Socket, type AddressInfo } from 'node:net';
import { spawnSync } from 'node:child_process';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { directHandle, DirectWrites } from '../../src/relay/direct-writes.ts';
import { untaken } from '../../src/relay/untaken.ts';

const MORE_THAN_A_KERNEL_HOLDS = Buffer.alloc(32 * 1_024 * 1_024, 'x');

/** An accepted socket and who connected, who reads nothing yet. */
async function pair() {
  const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const peer = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [socket] = (await once(server, 'connection')) as [Socket];
  peer.on('error', () => undefined);
  onTestFinished(() => {
    for (const each of [socket, peer]) each.destroy();
    server.close();
  });
  const handle = directHandle(socket);
  if (!handle) throw new Error('not to be had on this Node.js');
  const told: string[] = [];
  const writer = {
    taken: () => void told.push('taken'),
    broken() {
      told.push('broken');
      socket.destroy();
    },
  };
  return { socket, peer, handle, writer, told };
}

async function reads(peer: Socket, length: number): Promise<string> {
  let seen = '';
  peer.on('data', (data) => (seen += String(data)));
  while (seen.length < length) await turn();
  return seen;
}

const writes = DirectWrites.find() ?? expect.unreachable();

describe('writes past the streams of sockets', () => {
  it('arrive, in order with what streams write', async () => {
    const { socket, peer, handle, writer, told } = await pair();
    expect(writes.write(handle, Buffer.from('one '), writer)).toBe(true);
    socket.write('two ');
    expect(writes.write(handle, Buffer.from('three'), writer)).toBe(true);
    expect(await reads(peer, 13)).toBe('one two three');
    expect(told).toEqual([]);
  });

  it('say when the kernel has taken the rest, which nothing later overtakes', async () => {
    const [slow, other] = [await pair(), await pair()];
    expect(writes.write(slow.handle, MORE_THAN_A_KERNEL_HOLDS, slow.writer)).toBe(false);
    expect(untaken(slow.socket)).toBeGreaterThan(0);
    // The request of that write is not used for another one.
    expect(writes.write(other.handle, Buffer.from('at once'), other.writer)).toBe(true);
    expect(writes.write(slow.handle, Buffer.from(' then'), slow.writer)).toBe(false);
    slow.socket.write(' last');
    expect(await reads(other.peer, 7)).toBe('at once');
    expect([slow.told, other.told]).toEqual([[], []]);
    const all = await reads(slow.peer, MORE_THAN_A_KERNEL_HOLDS.length + 10);
    expect(all.slice(-11)).toBe('x then last');
    while (slow.told.length < 2) await turn();
    expect(slow.told).toEqual(['taken', 'taken']);
    expect(untaken(slow.socket)).toBe(0);
  });

  it('tell of a connection that is gone', async () => {
    const { peer, handle, writer, told } = await pair();
    peer.resetAndDestroy();
    await once(peer, 'close');
    while (told.length === 0) {
      expect(writes.write(handle, Buffer.from('hello'), writer)).toBe(true);
      await turn();
    }
    expect(writes.write(handle, Buffer.from('hello'), writer)).toBe(true);
    expect(told).toEqual(['broken', 'broken']);
  });

  it('tell of a connection that is given up before all is taken', async () => {
    const { socket, handle, writer, told } = await pair();
    expect(writes.write(handle, MORE_THAN_A_KERNEL_HOLDS, writer)).toBe(false);
    socket.destroy();
    await once(socket, 'close');
    expect(told).toEqual(['broken']);
  });

  it('are not to be had for what is no socket of the system', () => {
    expect(directHandle(new Socket())).toBeUndefined();
  });

  it('are not to be had where Node.js keeps its insides to itself', () => {
    const { href } = new URL('../../src/relay/direct-writes.ts', import.meta.url);
    const script = `import { DirectWrites } from '${href}'; console.log(DirectWrites.find());`;
    const args = [
      '--permission',
      '--allow-fs-read=*',
      '--no-warnings',
      '--input-type=module',
      '--eval',
      script,
    ];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect({ stdout, stderr }).toEqual({ stdout: 'undefined\n', stderr: '' });
  });
});
