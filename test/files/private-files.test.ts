import { execFileSync } from 'node:child_process';
import fs, { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createPrivateFile, replacePrivateFile, syncFolder } from '../../src/files/private-files.ts';
import { recordedFiles } from '../support/recorded-files.ts';

const module = fileURLToPath(new URL('../../src/files/private-files.ts', import.meta.url));
let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'private-files-'));
  path = join(folder, 'file');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What comes of it where no file may become longer than 4 KiB, as on a disk that is nearly full: an error's code. */
function whereLittleFits(call: 'createPrivateFile' | 'replacePrivateFile'): string {
  const script = `import { ${call} } from ${JSON.stringify(module)};
    try { ${call}(${JSON.stringify(path)}, 'n'.repeat(100_000)); console.log('done'); } catch ({ code }) { console.log(code); }`;
  const limited = `trap '' XFSZ; ulimit -f 8; exec "$0" --input-type=module -e "$1"`;
  return execFileSync('sh', ['-c', limited, process.execPath, script], { encoding: 'utf8' }).trim();
}

describe.skipIf(process.platform === 'win32')('a private file that does not fit', () => {
  it('leaves what it was to replace as it was, and nothing beside it', () => {
    createPrivateFile(path, 'old');
    expect(whereLittleFits('replacePrivateFile')).toBe('EFBIG');
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['file']);
  });

  it('is not made at all', () => {
    expect(whereLittleFits('createPrivateFile')).toBe('EFBIG');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is replaced where it fits', () => {
    createPrivateFile(path, 'old');
    replacePrivateFile(path, 'new');
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(readdirSync(folder)).toEqual(['file']);
  });
});

// What a power cut leaves: a name may be on disk before what it names, and neither is before it was asked for.
describe.skipIf(process.platform === 'win32')('a private file is on disk', () => {
  it('before it has its name, and its name before anybody is told, when it is made', () => {
    const calls = recordedFiles();
    expect(createPrivateFile(path, 'new')).toBe(true);
    expect(calls).toEqual([
      'write temporary',
      'sync temporary',
      'link temporary file',
      `sync ${basename(folder)}`,
    ]);
  });

  it('before it takes the place of the old one, and that before anybody is told', () => {
    createPrivateFile(path, 'old');
    const calls = recordedFiles();
    replacePrivateFile(path, 'new');
    expect(calls).toEqual([
      'write temporary',
      'sync temporary',
      'rename temporary file',
      `sync ${basename(folder)}`,
    ]);
  });
});

/** The system refuses a call so many times. */
function refused(call: 'renameSync' | 'fsyncSync', code: string, times = Number.POSITIVE_INFINITY): void {
  const { [call]: own } = fs;
  let left = times;
  fs[call] = (...args: unknown[]) => {
    left -= 1;
    if (left >= 0) throw Object.assign(new Error(`${code}: refused`), { code });
    Reflect.apply(own, fs, args);
  };
  syncBuiltinESMExports();
  onTestFinished(() => {
    Object.assign(fs, { [call]: own });
    syncBuiltinESMExports();
  });
}

describe('a private file takes the place of one', () => {
  it.each(['EPERM', 'EACCES', 'EBUSY'])('that somebody on Windows looks into for a moment (%s)', (code) => {
    createPrivateFile(path, 'old');
    refused('renameSync', code, 3);
    replacePrivateFile(path, 'new', 'win32');
    expect(readFileSync(path, 'utf8')).toBe('new');
  });

  it('or says that it does not: at once elsewhere, on Windows after a while', () => {
    createPrivateFile(path, 'old');
    refused('renameSync', 'EACCES');
    expect(() => replacePrivateFile(path, 'new', 'win32')).toThrow('EACCES');
    expect(() => replacePrivateFile(path, 'new', 'linux')).toThrow('EACCES');
    expect(readdirSync(folder)).toEqual(['file']);
  });
});

describe('a folder whose file system cannot put it on disk', () => {
  it.each(['EINVAL', 'ENOTSUP', 'ENOSYS'])('is left to that (%s)', (code) => {
    refused('fsyncSync', code);
    expect(() => syncFolder(folder, 'linux')).not.toThrow();
  });

  it('is told from one that is failing', () => {
    refused('fsyncSync', 'EIO');
    expect(() => syncFolder(folder, 'linux')).toThrow('EIO');
  });
});
