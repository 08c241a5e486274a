import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDrafts } from '../../src/cli/drafts.ts';

function fresh(): { folder: string; path: string } {
  const folder = mkdtempSync(join(tmpdir(), 'chat-tui-drafts-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return { folder, path: join(folder, 'drafts.json') };
}

describe('drafts', () => {
  it('are there again the next time', () => {
    const { folder } = fresh();
    expect([...openDrafts(folder).drafts.load()]).toEqual([]);
    openDrafts(folder).drafts.save(new Map([['lobby', 'half a th']]));
    const { drafts, keptAs } = openDrafts(folder);
    expect([...drafts.load()]).toEqual([['lobby', 'half a th']]);
    expect(keptAs).toBeUndefined();
  });

  it.each<[string, (path: string) => void]>([
    ['garbage', (path) => writeFileSync(path, '{"lobby": "half')],
    ['emptied', (path) => writeFileSync(path, '')],
    ['something else', (path) => writeFileSync(path, '[1]')],
    ['a folder', (path) => mkdirSync(path)],
    ['a FIFO', (path) => void spawnSync('mkfifo', [path])],
    ['a link', (path) => symlinkSync('elsewhere', path)],
  ])('that are %s are kept aside and named, and new ones can be written', (what, damage) => {
    if (process.platform === 'win32' && /FIFO|link/.test(what)) return;
    const { folder, path } = fresh();
    damage(path);
    const { drafts, keptAs = '' } = openDrafts(folder);
    expect([...drafts.load()]).toEqual([]);
    expect(keptAs).toContain('drafts.json.broken-');
    expect(lstatSync(keptAs)).toBeDefined();
    drafts.save(new Map([['lobby', 'anew']]));
    expect([...openDrafts(folder).drafts.load()]).toEqual([['lobby', 'anew']]);
    expect(existsSync(join(folder, 'elsewhere'))).toBe(false);
  });
});
