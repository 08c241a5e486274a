import { once } from 'node:events';
import { connect, createServer, Socket, type AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { untaken } from '../../src/relay/untaken.ts';

const MORE_THAN_A_KERNEL_HOLDS = 64 * 1_024 * 1_024;

it('sees the kernel take one write bit by bit, and that it takes nothing while nobody reads', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const reader = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [writer] = (await once(server, 'connection')) as [Socket];
  onTestFinished(() => {
    for (const each of [reader, writer]) each.destroy();
    server.close();
  });
  expect(untaken(writer)).toBe(0);
  reader.pause();
  writer.write(Buffer.alloc(MORE_THAN_A_KERNEL_HOLDS));
  const first = untaken(writer) ?? 0;
  expect(first).toBeGreaterThan(0);
  expect(first).toBeLessThan(MORE_THAN_A_KERNEL_HOLDS);
  let least = first;
  let steps = 0;
  reader.resume();
  while (writer.writableLength > 0) {
    await turn();
    const left = untaken(writer) ?? MORE_THAN_A_KERNEL_HOLDS;
    expect(left).toBeLessThanOrEqual(least);
    if (left < least && left > 0) steps += 1;
    least = left;
  }
  expect(steps).toBeGreaterThan(1);
  expect(untaken(writer)).toBe(0);
});

it('does not say what it cannot see', () => {
  expect(untaken(new Socket())).toBeUndefined();
});
