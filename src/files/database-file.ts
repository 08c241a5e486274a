import { fsyncSync, closeSync, linkSync, lstatSync, openSync, renameSync, rmSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { MIB } from '../shared/limits.ts';
import { ensurePrivateFile } from './private-files.ts';
import { UnusableFileError } from './unusable-file.ts';

/**
 * Makes sure that SQLite finds a database of ours at `path`: an empty one is put there whole where nothing was, so that a
 * file without a byte is one that has lost them. Throws `UnusableFileError`; `remedy` is its last sentence.
 */
export function ensureDatabaseFile(path: string, sqlite: typeof DatabaseSync, remedy: string): void {
  if (!lstatSync(path, { throwIfNoEntry: false })) make(path, sqlite);
  ensurePrivateFile(path);
  if (lstatSync(path).size === 0)
    throw new UnusableFileError(`${path} is empty, though something was in it before. ${remedy}`);
}

function make(path: string, sqlite: typeof DatabaseSync): void {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    ensurePrivateFile(temporary);
    const database = new sqlite(temporary);
    try {
      // Writes the first page.
      database.exec('PRAGMA journal_mode = WAL');
    } finally {
      database.close();
    }
    const file = openSync(temporary, 'r+');
    fsyncSync(file);
    closeSync(file);
    putInPlace(temporary, path);
  } finally {
    for (const end of ['', '-wal', '-shm', '-journal']) rmSync(`${temporary}${end}`, { force: true });
  }
}

/** Whoever was quicker keeps the place. */
function putInPlace(temporary: string, path: string): void {
  try {
    linkSync(temporary, path);
  } catch {
    // Also for file systems without links.
    if (!lstatSync(path, { throwIfNoEntry: false })) renameSync(temporary, path);
  }
}

/** Reading more would keep a start waiting for longer than about 2 s. */
const MAX_CHECKED_BYTES = 512 * MIB;

/** What is wrong inside, deeper than opening shows; undefined where nothing is, or where there is too much to read it all. */
export function damageIn(database: DatabaseSync): string | undefined {
  const size = database.prepare(
    'SELECT page_count * page_size AS size FROM pragma_page_count, pragma_page_size',
  );
  if (Number(size.get()?.['size']) > MAX_CHECKED_BYTES) return undefined;
  const [found] = Object.values(database.prepare('PRAGMA quick_check(1)').get() ?? {});
  return found === 'ok' ? undefined : String(found).split('\n').at(-1);
}
