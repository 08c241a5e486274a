import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { damageIn, ensureDatabaseFile } from '../files/database-file.ts';
import { outOfReach, UnusableFileError } from '../files/unusable-file.ts';
import { codeOf } from '../shared/error-code.ts';
import { StoreError } from './store-error.ts';

type Row = Readonly<Record<string, SQLOutputValue>>;

/** What each format added; a data folder of an older one is given what it lacks. */
const formats: readonly string[] = [
  `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE prekey (
    owner BLOB PRIMARY KEY, prekey BLOB NOT NULL, at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE mail (
    cursor INTEGER PRIMARY KEY AUTOINCREMENT,
    owner BLOB NOT NULL, sender BLOB NOT NULL, id BLOB NOT NULL,
    mail BLOB NOT NULL, at INTEGER NOT NULL, known INTEGER NOT NULL,
    UNIQUE (owner, sender, id)
  ) STRICT;
  CREATE INDEX mail_at ON mail (at);
  CREATE TABLE receipt (
    cursor INTEGER PRIMARY KEY AUTOINCREMENT,
    sender BLOB NOT NULL, recipient BLOB NOT NULL, id BLOB NOT NULL, at INTEGER NOT NULL,
    UNIQUE (sender, id, recipient)
  ) STRICT;
  CREATE INDEX receipt_at ON receipt (at);
  CREATE TABLE contact (
    owner BLOB NOT NULL, peer BLOB NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (owner, peer)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX contact_at ON contact (at);
`,
  // Names: the binding its owner signed, what a password opens, and since when it is only held.
  `
  CREATE TABLE name (
    name TEXT PRIMARY KEY, drawn TEXT NOT NULL, owner BLOB NOT NULL, at INTEGER NOT NULL, sig BLOB NOT NULL,
    salt BLOB, kib INTEGER, passes INTEGER, lanes INTEGER, login BLOB, commitment BLOB, sealed BLOB,
    released INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX name_drawn ON name (drawn);
  CREATE UNIQUE INDEX name_of ON name (owner) WHERE released IS NULL;
  CREATE INDEX name_released ON name (released) WHERE released IS NOT NULL;
`,
  // Whose mail somebody does not want.
  `
  CREATE TABLE block (owner BLOB NOT NULL, peer BLOB NOT NULL, at INTEGER NOT NULL, UNIQUE (owner, peer)) STRICT;
`,
  // Mail that came back unopened.
  `
  ALTER TABLE receipt ADD COLUMN returned INTEGER NOT NULL DEFAULT 0;
`,
  // How much of their allowances networks have used up.
  `
  CREATE TABLE allowance (
    kind TEXT NOT NULL, mark TEXT NOT NULL, level REAL NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (kind, mark)
  ) STRICT, WITHOUT ROWID;
`,
  // Whom and what the operator keeps out.
  `
  CREATE TABLE ban (
    kind TEXT NOT NULL, what TEXT NOT NULL, at INTEGER NOT NULL, until INTEGER, reason TEXT NOT NULL,
    PRIMARY KEY (kind, what)
  ) STRICT, WITHOUT ROWID;
`,
];

/** What this program writes; it reads all before it. */
export const newestFormat = formats.length;

/** Opens or makes the relay's database for this process alone. Throws `UnusableFileError`. */
export async function openDatabase(path: string): Promise<DatabaseSync> {
  const sqlite = await import('node:sqlite');
  try {
    // SQLite gives -wal and -shm the mode of the database, so the file is made before it.
    ensureDatabaseFile(path, sqlite.DatabaseSync, 'Restore it from a backup, or move it away.');
    const database = new sqlite.DatabaseSync(path);
    try {
      prepare(database);
    } catch (error) {
      database.close();
      throw error;
    }
    return database;
  } catch (error) {
    if (error instanceof UnusableFileError) throw error;
    const denied = outOfReach(path, error, '--data');
    if (denied) throw denied;
    const reason = error instanceof Error ? error.message : 'unknown';
    if (/locked|busy/i.test(reason))
      throw new StoreError(`${path} is in use: stop the other relay or give this one a --data of its own`, {
        cause: error,
      });
    throw new StoreError(
      `${path} cannot be used (${codeOf(error) === 'ERR_SQLITE_ERROR' ? reason : codeOf(error)}): restore it from a backup or move it away`,
      { cause: error },
    );
  }
}

function prepare(database: DatabaseSync): void {
  // Two relays on one folder would give out the same fences.
  database.exec('PRAGMA locking_mode = EXCLUSIVE');
  database.exec('PRAGMA journal_mode = WAL');
  database.exec('PRAGMA synchronous = FULL');
  database.exec('PRAGMA trusted_schema = OFF');
  // Said here by name; later it would be a mailbox that takes nothing.
  const damage = damageIn(database);
  if (damage !== undefined) throw new Error(damage);
  database.exec('BEGIN IMMEDIATE');
  const version = numberOf(database.prepare('PRAGMA user_version').get() ?? {}, 'user_version');
  if (version > formats.length)
    throw new StoreError(
      `the data folder was written by a newer chat-tui (format ${version}): update this one`,
    );
  for (const format of formats.slice(version)) database.exec(format);
  if (version < formats.length) database.exec(`PRAGMA user_version = ${formats.length}`);
  database.exec('COMMIT');
}

export function blobOf(row: Row, name: string): Uint8Array {
  const value = row[name];
  if (!(value instanceof Uint8Array)) throw new TypeError(`${name} is not a blob`);
  return value;
}

/** NULL, as `sum` gives for no rows, counts as 0. */
export function numberOf(row: Row, name: string): number {
  const value = row[name];
  if (value === null) return 0;
  if (typeof value !== 'number') throw new TypeError(`${name} is not a number`);
  return value;
}

export function textOf(row: Row, name: string): string {
  const value = row[name];
  if (typeof value !== 'string') throw new TypeError(`${name} is not a text`);
  return value;
}
