import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openPrivateJson } from '../../src/files/private-json.ts';

function fresh(): { folder: string; path: string } {
  const folder = mkdtempSync(join(tmpdir(), 'chat-tui-json-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return { folder, path: join(folder, 'kept.json') };
}

/** A number, or it is damaged. */
function open(path: string) {
  return openPrivateJson(path, 0, (json) => {
    if (typeof json !== 'number') throw new TypeError('no number');
    return json;
  });
}

describe('a private file of JSON', () => {
  it('has at the next start what was kept, for the owner alone', () => {
    const { path } = fresh();
    const first = open(path);
    expect(first).toMatchObject({ value: 0 });
    first.save(7);
    first.save(8);
    expect(process.platform === 'win32' ? 0o600 : statSync(path).mode & 0o777).toBe(0o600);
    const again = open(path);
    expect([again.value, again.keptAs]).toEqual([8, undefined]);
  });

  it.each<[string, (path: string) => void]>([
    ['cut off', (path) => writeFileSync(path, '{"lobby": "half')],
    ['emptied', (path) => writeFileSync(path, '')],
    ['something else', (path) => writeFileSync(path, '[1]')],
    ['a folder', (path) => mkdirSync(path)],
    ['a FIFO', (path) => void spawnSync('mkfifo', [path])],
    ['a link', (path) => symlinkSync('elsewhere', path)],
  ])('that is %s is kept aside and named, and another can be written', (what, damage) => {
    if (process.platform === 'win32' && /FIFO|link/.test(what)) return;
    const { folder, path } = fresh();
    damage(path);
    const damaged = open(path);
    const { keptAs = '' } = damaged;
    expect(damaged.value).toBe(0);
    expect(keptAs).toContain('kept.json.broken-');
    expect(lstatSync(keptAs)).toBeDefined();
    damaged.save(9);
    expect(open(path).value).toBe(9);
    expect(existsSync(join(folder, 'elsewhere'))).toBe(false);
  });

  it('that cannot be written is no reason to stop, and leaves nothing behind', () => {
    const { folder } = fresh();
    expect(() => open(join(folder, 'gone', 'kept.json')).save(1)).not.toThrow();
    expect(readdirSync(folder)).toEqual([]);
  });
});
