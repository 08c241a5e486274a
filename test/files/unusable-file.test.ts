import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it, onTestFinished } from 'vitest';
import { openArchive } from '../../src/client/archive/open-archive.ts';
import { isDamage } from '../../src/files/sqlite-errors.ts';
import { outOfReach, UnusableFileError } from '../../src/files/unusable-file.ts';
import { openExclusively } from '../../src/host/history/history-file.ts';

function fresh(): string {
  const folder = mkdtempSync(join(tmpdir(), 'chat-tui-unusable-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'a.db');
}

/** What SQLite throws. */
function failure(run: () => void): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('it did not fail');
}

it('a full disk is called that', () => {
  using database = new DatabaseSync(':memory:');
  database.exec('PRAGMA max_page_count = 2; CREATE TABLE a (b BLOB)');
  const full = failure(() => database.exec('INSERT INTO a VALUES (zeroblob(100000))'));
  expect(outOfReach('a.db', full)?.text).toBe('Cannot use a.db: the disk is full; make room and try again.');
});

it('a file that may only be read is called that', () => {
  const path = fresh();
  new DatabaseSync(path).close();
  using database = new DatabaseSync(path, { readOnly: true });
  const readOnly = failure(() => database.exec('CREATE TABLE a (b TEXT)'));
  expect(outOfReach(path, readOnly)?.text).toBe(
    `Cannot use ${path}: it cannot be written; give yourself access to it, or choose another folder with --home.`,
  );
});

it('damage is another matter', () => {
  const path = fresh();
  writeFileSync(path, 'no such format '.repeat(300));
  using database = new DatabaseSync(path);
  const damaged = failure(() => database.exec('BEGIN EXCLUSIVE'));
  expect(isDamage(damaged)).toBe(true);
  expect(outOfReach(path, damaged)).toBeUndefined();
});

it.each([
  ['an archive', (path: string) => openArchive(path).close()],
  ['a history', (path: string) => openExclusively(path).close()],
])('nobody is told to move %s away that only cannot be opened', (_, open) => {
  const path = fresh();
  open(path);
  // What SQLite wants to write beside it.
  mkdirSync(`${path}-wal`);
  expect(failure(() => open(path))).toEqual(
    new UnusableFileError(
      `Cannot use ${path}: it cannot be opened; give yourself access to it and its folder, or choose another folder with --home.`,
    ),
  );
});
