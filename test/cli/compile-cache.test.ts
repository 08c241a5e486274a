import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { keepCompiled } from '../../src/cli/compile-cache.ts';

const home = mkdtempSync(join(tmpdir(), 'chat-tui-compiled-'));
afterEach(() => rmSync(home, { recursive: true, force: true }));

function kept(options: Readonly<Record<string, string>>, version = '2.0.0'): readonly string[] {
  const folders: string[] = [];
  keepCompiled({ text: (name) => options[name] }, version, (folder) => folders.push(folder));
  return folders;
}

describe('what is kept compiled', () => {
  it('is in a folder of the profile that nobody else may enter', () => {
    expect(kept({ home })).toEqual([join(home, 'state/compiled/2.0.0')]);
    expect(statSync(join(home, 'state/compiled')).mode & 0o777).toBe(0o700);
    expect(kept({ home, profile: 'work' })).toEqual([join(home, 'profiles/work/state/compiled/2.0.0')]);
  });

  it('goes when another version has come', () => {
    const old = join(home, 'state/compiled/1.0.0');
    mkdirSync(old, { recursive: true });
    kept({ home });
    expect(existsSync(old)).toBe(false);
  });

  it('is done without where there is no such folder', () => {
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, 'state'), 'in the way');
    expect(kept({ home })).toEqual([]);
    expect(kept({ home, profile: '../..' })).toEqual([]);
  });
});
