import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openArchive } from '../../../src/client/archive/open-archive.ts';
import { roomId } from '../../../src/shared/ids.ts';

it('what was said is there again after the process was killed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'chat-tui-crash-'));
  try {
    const file = join(folder, 'archive.db');
    const module = (path: string) => JSON.stringify(new URL(`../../../src/${path}`, import.meta.url).href);
    const script = `
      import { openArchive } from ${module('client/archive/open-archive.ts')};
      import { messageId, roomId } from ${module('shared/ids.ts')};
      const archive = openArchive(${JSON.stringify(file)});
      const room = roomId(new Uint8Array(16));
      for (let i = 0; i < 20; i++)
        archive.rooms.addPending(room, { id: messageId(new Uint8Array(16).fill(i)), kind: 'text', text: 'line ' + i, time: 1 });
      process.kill(process.pid, 'SIGKILL');`;
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
      stdio: 'inherit',
    });
    const [, signal] = await once(child, 'exit');
    expect(signal).toBe('SIGKILL');
    const archive = openArchive(file);
    const pending = archive.rooms.pending(roomId(new Uint8Array(16)));
    expect(pending.map(({ text }) => text)).toEqual(Array.from({ length: 20 }, (_, i) => `line ${i}`));
    archive.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
