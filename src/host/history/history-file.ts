import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { codeOf } from '../../shared/error-code.ts';
import { damageIn, ensureDatabaseFile } from '../../files/database-file.ts';
import { ensurePrivateFolder } from '../../files/private-files.ts';
import { deniedCode, isBusy, isSqliteError } from '../../files/sqlite-errors.ts';
import { namingThePath, outOfReach, UnusableFileError } from '../../files/unusable-file.ts';
import { StorageError } from './history.ts';
import { number } from './rows.ts';

/** What each version adds to the one before; the number of them is the version of the file. */
const migrations: readonly string[] = [
  `
  CREATE TABLE room (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    room BLOB NOT NULL, nonce BLOB NOT NULL, log BLOB NOT NULL, title TEXT NOT NULL, topic TEXT NOT NULL, private INTEGER NOT NULL,
    code BLOB, kepoch INTEGER NOT NULL, rev INTEGER NOT NULL, base_seq INTEGER NOT NULL, base_hash BLOB NOT NULL
  ) STRICT;
  CREATE TABLE events (
    seq INTEGER PRIMARY KEY, author BLOB NOT NULL, id BLOB NOT NULL, hash BLOB NOT NULL, signed BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX events_by_id ON events (id, author);
  CREATE TABLE members (
    key BLOB PRIMARY KEY, nick TEXT NOT NULL, role TEXT NOT NULL, floor INTEGER NOT NULL, counter INTEGER NOT NULL,
    on_roster INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  ALTER TABLE room ADD COLUMN slow INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE room ADD COLUMN filters TEXT NOT NULL DEFAULT '';
  ALTER TABLE room ADD COLUMN motd TEXT NOT NULL DEFAULT '';
  ALTER TABLE members ADD COLUMN kicked INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE sanctions (
    type TEXT NOT NULL, key BLOB NOT NULL, nick TEXT NOT NULL, by BLOB NOT NULL, until INTEGER, reason TEXT,
    PRIMARY KEY (type, key)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE marks (
    seq INTEGER PRIMARY KEY, edits INTEGER NOT NULL, reactions INTEGER NOT NULL, deleted INTEGER NOT NULL
  ) STRICT;
  `,
  `
  ALTER TABLE sanctions ADD COLUMN ms INTEGER;
  `,
  `
  CREATE TABLE invites (
    n INTEGER PRIMARY KEY, code BLOB NOT NULL, words BLOB, once INTEGER NOT NULL, expires INTEGER, by BLOB NOT NULL,
    used_by BLOB, revoked INTEGER NOT NULL
  ) STRICT;
  `,
];
const SCHEMA_VERSION = migrations.length;

const remedy = 'Put back a copy of it, or move it away to begin a new room';

/** Nobody else can open it until it is closed. Throws `StorageError` and `UnusableFileError`. */
export function openExclusively(path: string): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    if (path !== ':memory:')
      namingThePath(path, () => {
        ensurePrivateFolder(dirname(path));
        ensureDatabaseFile(path, DatabaseSync, `${remedy}.`);
      });
    db = new DatabaseSync(path, { timeout: 0, defensive: true });
    // Exclusive before the first access to the log: the lock is then held until the file is closed.
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    db.exec('BEGIN IMMEDIATE; COMMIT');
    const damage = damageIn(db);
    if (damage !== undefined) throw new StorageError('unusable', damage);
    const version = number(db.prepare('PRAGMA user_version').get() ?? {}, 'user_version');
    if (version > SCHEMA_VERSION) throw new StorageError('unusable', 'history of another version');
    const missing = migrations.slice(version).join('');
    if (missing !== '') db.exec(`BEGIN; ${missing} PRAGMA user_version = ${String(SCHEMA_VERSION)}; COMMIT`);
    return db;
  } catch (error) {
    db?.close();
    const failure = storageError(error);
    const denied =
      failure instanceof StorageError && failure.reason === 'unusable' && outOfReach(path, error);
    throw denied || unusable(path, failure);
  }
}

/** The same error, with the file's name where the file is what is wrong. */
export function unusable(path: string, error: unknown): unknown {
  if (!(error instanceof StorageError) || error.reason !== 'unusable') return error;
  return new UnusableFileError(`${path} cannot be used (${error.message}). ${remedy}.`);
}

/** What SQLite or the system says, as a `StorageError`; anything else as it is. */
export function storageError(error: unknown): unknown {
  if (error instanceof StorageError || !(error instanceof Error)) return error;
  if (isBusy(error)) return new StorageError('locked', 'history is open elsewhere');
  if ((deniedCode(error) ?? codeOf(error)) === 'ENOSPC')
    return new StorageError('full', 'no space for the history');
  if (isSqliteError(error) || ('code' in error && 'syscall' in error))
    return new StorageError('unusable', error.message);
  return error;
}
