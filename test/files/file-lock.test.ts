import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { takeLock } from '../../src/files/file-lock.ts';

/** Root may do everything. */
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

function fresh(): string {
  const folder = mkdtempSync(join(tmpdir(), 'chat-tui-lock-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  if (isRoot) chownSync(folder, NOBODY, NOBODY);
  return join(folder, 'lock');
}

/** What a process of somebody who is not root is told. */
function refusal(path: string): string {
  const module = new URL('../../src/files/file-lock.ts', import.meta.url).href;
  const script = `
    import { takeLock } from ${JSON.stringify(module)};
    try { takeLock(${JSON.stringify(path)}); } catch (error) { process.stdout.write(error.text ?? error.stack); }`;
  const argv = ['--input-type=module-typescript', '-e', script];
  const who = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
  return spawnSync(process.execPath, argv, { encoding: 'utf8', ...who }).stdout;
}

describe('a lock', () => {
  it('has one holder at a time', () => {
    const path = fresh();
    const lock = takeLock(path);
    expect(takeLock(path)).toBeUndefined();
    lock?.release();
    takeLock(path)?.release();
  });

  it('that is damaged is called so', () => {
    const path = fresh();
    writeFileSync(path, 'no such format '.repeat(300), { mode: 0o600 });
    expect(() => takeLock(path)).toThrow(
      `${path} is damaged (file is not a database). Move it away, then start again.`,
    );
  });
});

describe.runIf(process.platform !== 'win32')('a lock of somebody who may not have it', () => {
  const denied = 'permission denied; give yourself access to it, or choose another folder with --home';

  it.each([
    ['may not be opened', 0o000],
    ['may not be written', 0o400],
  ])('is not called damaged: it %s', (_, mode) => {
    const path = fresh();
    writeFileSync(path, '');
    if (isRoot) chownSync(path, NOBODY, NOBODY);
    chmodSync(path, mode);
    expect(refusal(path)).toBe(`Cannot use ${path}: ${denied}.`);
  });

  it('is not called damaged: its folder may not be written', () => {
    const path = fresh();
    chmodSync(join(path, '..'), 0o500);
    expect(refusal(path)).toBe(`Cannot use ${path}: ${denied}.`);
  });
});
