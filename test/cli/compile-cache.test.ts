import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { keepCompiled } from '../../src/cli/compile-cache.ts';

const home = mkdtempSync(join(tmpdir(), 'chat-tui-compiled-'));
const folder = join(home, 'state');
afterEach(() => rmSync(home, { recursive: true, force: true }));

function kept(version = '2.0.0'): readonly string[] {
  const folders: string[] = [];
  keepCompiled(folder, version, (where) => folders.push(where));
  return folders;
}

describe('what is kept compiled', () => {
  it('is in a folder that nobody else may enter', () => {
    expect(kept()).toEqual([join(folder, 'compiled/2.0.0')]);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'compiled')).mode & 0o777).toBe(0o700);
  });

  it('goes when another version has come', () => {
    const old = join(folder, 'compiled/1.0.0');
    mkdirSync(old, { recursive: true });
    kept();
    expect(existsSync(old)).toBe(false);
  });

  it('is done without where there is no such folder', () => {
    mkdirSync(home, { recursive: true });
    writeFileSync(folder, 'in the way');
    expect(kept()).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')('is done without where others may write', () => {
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o770);
    expect(kept()).toEqual([]);
  });
});
