import { codeOf } from '../shared/error-code.ts';
import {
  chmodSync,
  closeSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { UnusableFileError } from './unusable-file.ts';

export const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;
const RENAME_TRIES = 20;
const RENAME_WAIT_MS = 10;

/** Makes the folder and what is missing above it, for the owner's eyes only whatever the umask is. */
export function ensurePrivateFolder(path: string): void {
  makeFolders(path);
  if (process.platform === 'win32') return;
  const { mode, uid } = statSync(path);
  if ((mode & 0o777) !== PRIVATE_FOLDER && uid === process.getuid?.()) chmodSync(path, PRIVATE_FOLDER);
}

/**
 * Makes the folder and what is missing above it, 0700 but for the umask. Node's own way never ends where nothing can be made
 * in a folder that is there, as in `/proc`.
 */
export function makeFolders(path: string): void {
  try {
    makeFolder(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    makeFolders(dirname(path));
    makeFolder(path);
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: PRIVATE_FOLDER });
  } catch (error) {
    if (!isExisting(error) || !statSync(path).isDirectory()) throw error;
  }
}

/**
 * Makes an empty file that SQLite then opens; its `-wal` and `-shm` copy the mode. A file that is there is not opened:
 * closing any descriptor of it would let go of the locks this process holds on it. Throws `UnusableFileError` when it is
 * no file.
 */
export function ensurePrivateFile(path: string): void {
  try {
    const file = openSync(path, 'wx', PRIVATE_FILE);
    fchmodSync(file, PRIVATE_FILE);
    closeSync(file);
  } catch (error) {
    if (!isExisting(error)) throw error;
    requireFile(path);
    if (process.platform === 'win32') return;
    if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, PRIVATE_FILE);
  }
}

/** Whoever opens a FIFO may wait for ever, and a link leads to what is not ours to change. */
function requireFile(path: string): void {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink())
    throw new UnusableFileError(`${path} is a link. Put the file itself in its place.`);
  if (!stat.isFile()) throw new UnusableFileError(`${path} is not a file. Move it away, then start again.`);
}

/** Makes the file unless it is there already, whole or not at all; false when it was there. */
export function createPrivateFile(path: string, content: string): boolean {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    writeNew(temporary, content);
    try {
      linkSync(temporary, path);
    } catch (error) {
      if (isExisting(error)) return false;
      // A file system without links: then in one step at least.
      writeNew(path, content);
    }
    syncFolder(dirname(path));
    return true;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Puts `content` in the place of what is there, whole or not at all. */
export function replacePrivateFile(
  path: string,
  content: string,
  platform: NodeJS.Platform = process.platform,
): void {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    writeNew(temporary, content);
    rename(temporary, path, platform);
    syncFolder(dirname(path), platform);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function rename(from: string, to: string, platform: NodeJS.Platform): void {
  for (let left = RENAME_TRIES - 1; ; left -= 1) {
    try {
      return renameSync(from, to);
    } catch (error) {
      // Windows gives no name away while somebody looks into the file, as a virus scanner does for a moment.
      if (platform !== 'win32' || left === 0 || !/^E(?:PERM|ACCES|BUSY)$/.test(codeOf(error))) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RENAME_WAIT_MS);
    }
  }
}

function writeNew(path: string, content: string): void {
  const file = openSync(path, 'wx', PRIVATE_FILE);
  try {
    fchmodSync(file, PRIVATE_FILE);
    // `writeSync` may write a part and say nothing.
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** A new name in a folder survives a power cut only once the folder is on disk too. */
export function syncFolder(path: string, platform: NodeJS.Platform = process.platform): void {
  if (platform === 'win32') return;
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } catch (error) {
    // Some file systems of networks and of user space cannot.
    if (!/^E(?:INVAL|NOTSUP|NOSYS)$/.test(codeOf(error))) throw error;
  } finally {
    closeSync(folder);
  }
}

function isExisting(error: unknown): boolean {
  return codeOf(error) === 'EEXIST';
}
