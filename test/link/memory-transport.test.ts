import { describe, expect, it } from 'vitest';
import { MemoryLine } from '../../src/link/memory-transport.ts';

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

async function rig() {
  const heard: string[] = [];
  const events = (name: string) => ({
    open: () => heard.push(`${name} open`),
    message: (bytes: Uint8Array) => heard.push(`${name} ${bytes.join()}`),
    closed: (code: number, clean: boolean) => heard.push(`${name} closed ${code} ${String(clean)}`),
  });
  const line = new MemoryLine(events('client'), () => events('server'));
  await turn();
  heard.length = 0;
  return { line, heard };
}

describe('the in-memory transport', () => {
  it('carries copies both ways, in order and not at once', async () => {
    const { line, heard } = await rig();
    const bytes = Uint8Array.of(1);
    line.client.send(bytes);
    bytes[0] = 9;
    line.client.send(Uint8Array.of(2));
    line.server.send(Uint8Array.of(3));
    expect(heard).toEqual([]);
    await turn();
    expect(heard).toEqual(['server 1', 'server 2', 'client 3']);
  });

  it('holds messages until it is pumped', async () => {
    const { line, heard } = await rig();
    line.hold();
    for (const n of [1, 2, 3]) line.client.send(Uint8Array.of(n));
    await turn();
    expect(heard).toEqual([]);
    expect(line.client.buffered).toBe(3);
    expect(line.pump(2)).toBe(2);
    expect(heard).toEqual(['server 1', 'server 2']);
    line.release();
    expect(heard).toEqual(['server 1', 'server 2', 'server 3']);
  });

  it('loses what it is told to lose', async () => {
    const { line, heard } = await rig();
    line.drop = (direction, bytes) => direction === 'up' && bytes[0] === 1;
    line.client.send(Uint8Array.of(1));
    line.client.send(Uint8Array.of(2));
    line.server.send(Uint8Array.of(1));
    await turn();
    expect(heard).toEqual(['server 2', 'client 1']);
  });

  it('delivers what was sent before a goodbye, and nothing after it', async () => {
    const { line, heard } = await rig();
    line.client.send(Uint8Array.of(1));
    line.client.close(1000);
    line.client.send(Uint8Array.of(2));
    await turn();
    expect(heard).toEqual(['server 1', 'server closed 1000 true', 'client closed 1000 true']);
  });

  it('tells both ends of a cut, once', async () => {
    const { line, heard } = await rig();
    line.cut();
    line.client.close(1000);
    await turn();
    expect(heard).toEqual(['server closed 1006 false', 'client closed 1006 false']);
  });
});
