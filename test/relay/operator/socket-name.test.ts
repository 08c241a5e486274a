import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { socketName } from '../../../src/relay/operator/socket-name.ts';

describe('the name of a socket in a folder far down', () => {
  it.each(['linux', 'darwin', 'freebsd'] as const)(
    'is short enough on %s, and leads there',
    async (platform) => {
      const base = mkdtempSync(join(tmpdir(), 'chat-tui-test-'));
      onTestFinished(() => rmSync(base, { recursive: true }));
      const path = join(base, 'far'.repeat(20), 'down'.repeat(20), 'operator.sock');
      mkdirSync(dirname(path), { recursive: true });
      const { name, release } = socketName(path, platform);
      const server = createServer((socket) => socket.end('here')).listen(name);
      await once(server, 'listening');
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(103);
      expect(readdirSync(dirname(path))).toEqual(['operator.sock']);
      const caller = socketName(path, platform);
      const [heard] = await once(connect(caller.name), 'data');
      expect(String(heard)).toBe('here');
      caller.release();
      server.close();
      await once(server, 'close');
      release();
      expect(readdirSync(dirname(path))).toEqual([]);
    },
  );
});
