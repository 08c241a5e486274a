import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { dirname } from 'node:path';
import { ensureDatabaseFile } from '../../files/database-file.ts';
import { ensurePrivateFolder } from '../../files/private-files.ts';
import { deniedCode, isBusy, isDamage, isSqliteError } from '../../files/sqlite-errors.ts';
import { namingThePath, outOfReach, UnusableFileError } from '../../files/unusable-file.ts';

/** How long a write waits for another process that has the archive. */
const BUSY_MS = 2_000;

/** Each brings an archive from the format of its place in the list to the next one; those that are out stay as they are. */
const steps = [
  `
CREATE TABLE room (
  no INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, host TEXT NOT NULL, title TEXT NOT NULL, topic TEXT NOT NULL,
  private INTEGER NOT NULL, relay TEXT NOT NULL, code BLOB
) STRICT;
-- One history stream of a room; the newest is the current one.
CREATE TABLE stream (
  no INTEGER PRIMARY KEY, room TEXT NOT NULL, log TEXT NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL,
  first INTEGER NOT NULL, first_hash BLOB NOT NULL
) STRICT;
CREATE INDEX stream_of_room ON stream (room, no);
CREATE TABLE line (
  no INTEGER PRIMARY KEY, stream INTEGER NOT NULL, seq INTEGER NOT NULL, room TEXT NOT NULL, id TEXT NOT NULL,
  at INTEGER NOT NULL, sent_at INTEGER NOT NULL, author TEXT NOT NULL, tag TEXT NOT NULL, nick TEXT NOT NULL,
  kind TEXT NOT NULL, body TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX line_in_order ON line (stream, seq);
CREATE INDEX line_by_id ON line (id);
CREATE VIRTUAL TABLE words USING fts5 (body, content = '', tokenize = 'unicode61');
CREATE TABLE outbox (
  no INTEGER PRIMARY KEY, room TEXT NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL,
  time INTEGER NOT NULL, ref TEXT
) STRICT;
CREATE INDEX outbox_of_room ON outbox (room, no);
CREATE TABLE person (
  key TEXT PRIMARY KEY, nick TEXT NOT NULL, folded TEXT NOT NULL, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL,
  relay TEXT, whispered INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX person_by_nick ON person (folded);
CREATE TABLE title_pin (title TEXT NOT NULL, host TEXT NOT NULL, PRIMARY KEY (title, host)) STRICT, WITHOUT ROWID;
CREATE TABLE relay_pin (url TEXT PRIMARY KEY, id TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE whisper (
  no INTEGER PRIMARY KEY, person TEXT NOT NULL, id TEXT NOT NULL, mine INTEGER NOT NULL, at INTEGER NOT NULL,
  sent_at INTEGER NOT NULL, nick TEXT NOT NULL, tag TEXT NOT NULL, text TEXT NOT NULL, state TEXT,
  prev TEXT, mail BLOB, ref TEXT
) STRICT;
CREATE UNIQUE INDEX whisper_once ON whisper (person, mine, id);
CREATE INDEX whisper_by_id ON whisper (id);
CREATE INDEX whisper_waiting ON whisper (no) WHERE state = 'waiting';
CREATE TABLE prekey (id INTEGER PRIMARY KEY, secret BLOB NOT NULL, made_at INTEGER NOT NULL) STRICT;
`,
  `
-- Whoever was written down before was met in a room, or written with.
ALTER TABLE person ADD COLUMN met INTEGER NOT NULL DEFAULT 1;
ALTER TABLE whisper ADD COLUMN unread INTEGER NOT NULL DEFAULT 0;
UPDATE whisper SET state = 'refused' WHERE state = 'failed';
-- Whose a name is, as far as this profile knows them: by having written to them, compared numbers, or trusted them.
CREATE TABLE nick_pin (
  folded TEXT NOT NULL, key TEXT NOT NULL, nick TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (folded, key)
) STRICT, WITHOUT ROWID;
INSERT INTO nick_pin (folded, key, nick, at) SELECT folded, key, nick, last_seen FROM person
  WHERE key IN (SELECT person FROM whisper WHERE mine = 1);
CREATE INDEX whisper_unread ON whisper (no) WHERE unread = 1;
CREATE INDEX whisper_stored ON whisper (at) WHERE state = 'stored';
CREATE TABLE verified (key TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE ignored (key TEXT PRIMARY KEY, nick TEXT NOT NULL, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE block_told (
  relay TEXT NOT NULL, key TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (relay, key)
) STRICT, WITHOUT ROWID;
`,
  `
-- What was done to a line since it was said, as JSON; and what is about lines that are not here yet.
ALTER TABLE line ADD COLUMN marks TEXT;
ALTER TABLE outbox ADD COLUMN re TEXT;
CREATE TABLE line_change (
  no INTEGER PRIMARY KEY, room TEXT NOT NULL, author TEXT NOT NULL, id TEXT NOT NULL, change TEXT NOT NULL
) STRICT;
CREATE INDEX line_change_of_line ON line_change (id, author, room);
`,
  `
-- Terms of relays that were shown.
CREATE TABLE terms (digest TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`,
] as const;

const remedy = 'Put back a copy of it, or move it away to start without local history';
const remedyInUse =
  'End the program, then put back a copy of it, or move it away to go on without local history';

/** Why something is not on disk; `text` names the file and the remedy. */
export interface NotTaken {
  readonly ok: false;
  readonly code: 'disk-full' | 'unusable-file';
  readonly text?: string;
}

/** The disk would not take it; what was there before is still there. */
export class ArchiveError extends Error {
  readonly refusal: NotTaken;
  constructor(message: string, refusal: NotTaken) {
    super(message);
    this.refusal = refusal;
  }
}

/** Hears of a write that was lost, for the log; `told` is what a person has to know: it names the file, and the remedy. */
export type LossListener = (message: string, told: string | undefined) => void;

export type Row = Readonly<Record<string, unknown>>;

/** The archive's SQLite file: statements, and transactions that end with the turn of the event loop. */
export class ArchiveDatabase {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #failed: LossListener;
  #open = false;
  #lost = 0;
  #durable = false;
  /** This transaction has touched the index of words. */
  #indexed = false;
  /** Found meanwhile, to be mended after the transaction. */
  #indexDamage: Error | undefined;
  #mendIndex: () => boolean = () => false;
  #indexLeft = false;
  #closed = false;
  #scheduled: NodeJS.Immediate | undefined;

  /**
   * `:memory:` or a path. Throws `UnusableFileError` when the file is not a usable archive. `failed` hears of writes that
   * the disk would not take; durable ones throw `ArchiveError` as well.
   */
  constructor(path: string, failed: LossListener = () => undefined, busyMs: number = BUSY_MS) {
    this.#failed = failed;
    this.#path = path;
    if (path !== ':memory:')
      namingThePath(path, () => {
        ensurePrivateFolder(dirname(path));
        ensureDatabaseFile(path, DatabaseSync, `${remedy}.`);
      });
    let opened: DatabaseSync | undefined;
    try {
      this.#database = opened = new DatabaseSync(path);
      this.#database.exec(`PRAGMA busy_timeout = ${String(busyMs)}`);
      this.#database.exec(
        'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON',
      );
      if (this.#version() < steps.length) this.#upgrade();
    } catch (error) {
      opened?.close();
      throw unusable(path, error);
    }
    if (this.#version() > steps.length) {
      this.#database.close();
      throw new UnusableFileError(
        `${path} was made by a newer chat-tui. Update chat-tui, or use another --home.`,
      );
    }
  }

  /** Grows whenever writes were lost: what was read before may not be there any more. */
  get lost(): number {
    return this.#lost;
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#intact(() => this.#statement(sql).all(...values));
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#intact(() => this.#statement(sql).get(...values));
  }

  /** Part of the transaction of this turn. Returns how many rows changed. */
  run(sql: string, ...values: SQLInputValue[]): number {
    try {
      this.#begin();
      return Number(this.#statement(sql).run(...values).changes);
    } catch (error) {
      if (this.#durable || !isSqliteError(error)) throw error;
      this.#lose(error);
      return 0;
    }
  }

  /** Writes at once what `write` runs; true when it is in. */
  whole(write: () => void): boolean {
    this.flush();
    const lost = this.#lost;
    write();
    this.flush();
    return this.#lost === lost;
  }

  /** As `run`, on the index of words. No transaction that touches a damaged one is ever committed, so that is left alone. */
  index(sql: string, ...values: SQLInputValue[]): void {
    if (this.#indexLeft || this.#indexDamage) return;
    this.#indexed = true;
    this.run(sql, ...values);
  }

  /** As `all`, by the index of words; nothing where it is damaged. */
  indexed(sql: string, ...values: SQLInputValue[]): Row[] {
    if (this.#indexLeft) return [];
    try {
      return this.#statement(sql).all(...values);
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#indexDamage ??= error;
      this.flush();
      return [];
    }
  }

  /** `mend` answers false where it cannot: then the index is left alone. */
  whenIndexDamaged(mend: () => boolean): void {
    this.#mendIndex = mend;
  }

  /** Runs `write` in a transaction that is on disk when this returns. */
  durably<Value>(write: () => Value): Value {
    this.flush();
    this.#database.exec('PRAGMA synchronous = FULL');
    try {
      this.#durable = true;
      this.#database.exec('BEGIN IMMEDIATE');
      this.#open = true;
      const value = write();
      this.#commit();
      return value;
    } catch (error) {
      this.#rollBack();
      throw isSqliteError(error) ? this.#refusal(error) : error;
    } finally {
      this.#durable = false;
      this.#database.exec('PRAGMA synchronous = NORMAL');
    }
  }

  /** Writes what the turn has gathered so far. */
  flush(): void {
    clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    if (this.#open) {
      try {
        this.#commit();
      } catch (error) {
        if (!isSqliteError(error)) throw error;
        this.#lose(error);
        this.#rollBack();
      }
    }
    this.#mend();
  }

  get closed(): boolean {
    return this.#closed;
  }

  close(): void {
    if (this.#closed) return;
    this.flush();
    this.#closed = true;
    this.#statements.clear();
    this.#database.close();
  }

  /** What is damaged in the middle shows only when it is read. */
  #intact<Value>(read: () => Value): Value {
    try {
      return read();
    } catch (error) {
      throw isDamage(error) ? unusable(this.#path, error) : error;
    }
  }

  #lose(error: Error): void {
    this.#lost += 1;
    const ofIndex = this.#indexed && isDamage(error);
    if (ofIndex) this.#indexDamage ??= error;
    this.#failed(error.message, ofIndex ? undefined : unkept(this.#fileOf(error)));
  }

  #mend(): void {
    const damage = this.#indexDamage;
    if (!damage) return;
    this.#indexDamage = undefined;
    const mends = this.#mendIndex();
    this.#indexLeft = !mends;
    this.#failed(damage.message, mends ? mendedWords(this.#path) : unkept(this.#fileOf(damage)));
  }

  #refusal(error: Error): ArchiveError {
    const file = this.#fileOf(error);
    this.#failed(error.message, unkept(file));
    const inUse = `Another program has ${this.#path} in use. Try it again when that is done.`;
    const full = !isDamage(error) && [undefined, 'ENOSPC'].includes(deniedCode(error));
    const refusal: NotTaken =
      file && full
        ? { ok: false, code: 'disk-full' }
        : { ok: false, code: 'unusable-file', text: file?.text ?? inUse };
    return new ArchiveError(error.message, refusal);
  }

  /** Another process that has the file for a while is nothing to do something about; damage is the same wherever it shows. */
  #fileOf(error: Error): UnusableFileError | undefined {
    if (isBusy(error)) return undefined;
    if (isDamage(error)) return new UnusableFileError(`${this.#path} is damaged. ${remedyInUse}.`);
    return unusable(this.#path, error, remedyInUse);
  }

  #upgrade(): void {
    this.#database.exec('BEGIN IMMEDIATE');
    // Another process may have been first.
    for (const step of steps.slice(this.#version())) this.#database.exec(step);
    this.#database.exec(`PRAGMA user_version = ${String(Math.max(this.#version(), steps.length))}`);
    this.#database.exec('COMMIT');
  }

  #version(): number {
    return Number(this.#database.prepare('PRAGMA user_version').get()?.['user_version']);
  }

  #begin(): void {
    if (this.#open) return;
    this.#database.exec('BEGIN IMMEDIATE');
    this.#open = true;
    this.#scheduled = setImmediate(() => this.flush());
  }

  #rollBack(): void {
    this.#open = false;
    this.#indexed = false;
    try {
      this.#database.exec('ROLLBACK');
    } catch (error) {
      // It was never begun, or SQLite has rolled back by itself.
      if (!isSqliteError(error)) throw error;
    }
  }

  #commit(): void {
    this.#database.exec('COMMIT');
    this.#open = false;
    this.#indexed = false;
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    const made = this.#database.prepare(sql);
    this.#statements.set(sql, made);
    return made;
  }
}

/** False when the disk would not take a durable write. */
export function tookIt(write: () => void): boolean {
  return refusedBy(write) === undefined;
}

/** Why the disk would not take a durable write; undefined when it did. */
export function refusedBy(write: () => void): NotTaken | undefined {
  try {
    write();
    return undefined;
  } catch (error) {
    if (error instanceof ArchiveError) return error.refusal;
    throw error;
  }
}

function unkept(file: UnusableFileError | undefined): string | undefined {
  return file && `What comes now is shown, but not all of it is kept. ${file.text}`;
}

function mendedWords(path: string): string {
  return `The index of words in ${path} is damaged. It is made anew from the lines there; until that is done, a search finds only the newer ones.`;
}

function unusable(path: string, error: unknown, what = remedy): UnusableFileError {
  const denied = outOfReach(path, error);
  if (denied) return denied;
  const reason = error instanceof Error ? error.message : 'unreadable';
  return new UnusableFileError(`${path} cannot be used (${reason}). ${what}.`);
}
