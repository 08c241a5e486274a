import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { copyHere } from '../../../src/tui/terminal/clipboard.ts';

describe('what is copied', () => {
  it('goes to the clipboard of a Mac, in UTF-8', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'chat-tui-clipboard-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const copied = join(folder, 'copied');
    writeFileSync(join(folder, 'pbcopy'), `#!/bin/sh\n(echo "$LC_ALL"; cat) > '${copied}'\n`, {
      mode: 0o755,
    });
    const child = copyHere('Grüße', { PATH: `${folder}:/usr/bin:/bin`, LC_ALL: 'C' }, 'darwin');
    if (!child) throw new Error('nothing was started');
    await once(child, 'close');
    expect(readFileSync(copied, 'utf8')).toBe('en_US.UTF-8\nGrüße');
  });

  it('goes nowhere but to the terminal on other systems, over SSH, and where there is no such program', async () => {
    expect(copyHere('x', {}, 'linux')).toBeUndefined();
    expect(copyHere('x', { SSH_CONNECTION: '192.0.2.1 1 192.0.2.2 22' }, 'darwin')).toBeUndefined();
    const child = copyHere('x', { PATH: '/nowhere' }, 'darwin');
    if (!child) throw new Error('nothing was started');
    await new Promise((resolve) => child.once('close', resolve));
  });
});
