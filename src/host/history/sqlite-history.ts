import { dirname } from 'node:path';
import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import { damageIn, ensureDatabaseFile } from '../../files/database-file.ts';
import { ensurePrivateFolder } from '../../files/private-files.ts';
import { namingThePath, UnusableFileError } from '../../files/unusable-file.ts';
import { filters } from '../../shared/room/events.ts';
import { roles, type Role } from '../../shared/room/roles.ts';
import {
  noMarks,
  StorageError,
  type Batch,
  type History,
  type InviteRecord,
  type LineMarks,
  type MemberRecord,
  type RoomRecord,
  type RulesRecord,
  type SanctionRecord,
  type StoredEvent,
} from './history.ts';
import { marked } from './marked.ts';
// https://www.sqlite.org/rescode.html, primary codes.
const SQLITE_BUSY = 5;
const SQLITE_FULL = 13;

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

type Row = Record<string, SQLOutputValue>;

/**
 * One room in one file that nobody else may open meanwhile (`:memory:` for none). The constructor throws `StorageError`,
 * `locked` when another process has it, and `UnusableFileError` when the file is no room's.
 */
export class SqliteHistory implements History {
  readonly #path: string;
  readonly #db: DatabaseSync;
  readonly #insertEvent: StatementSync;
  readonly #putMember: StatementSync;
  readonly #range: StatementSync;
  readonly #byId: StatementSync;
  readonly #byKey: StatementSync;
  readonly #hash: StatementSync;
  #head: { seq: number; hash: Uint8Array };
  #base: { seq: number; hash: Uint8Array };

  constructor(path: string) {
    this.#path = path;
    this.#db = openExclusively(path);
    this.#insertEvent = this.#db.prepare(
      'INSERT INTO events (seq, author, id, hash, signed) VALUES (?, ?, ?, ?, ?)',
    );
    this.#putMember = this.#db.prepare(
      'INSERT OR REPLACE INTO members (key, nick, role, floor, counter, on_roster, kicked) VALUES (?, ?, ?, ?, ?, ?, ?)',
    );
    this.#range = this.#db.prepare('SELECT * FROM events WHERE seq BETWEEN ? AND ? ORDER BY seq LIMIT ?');
    this.#byId = this.#db.prepare('SELECT seq FROM events WHERE id = ? AND author = ?');
    this.#byKey = this.#db.prepare('SELECT * FROM members WHERE key = ?');
    this.#hash = this.#db.prepare('SELECT hash FROM events WHERE seq = ?');
    const row = this.#row();
    this.#base = row
      ? { seq: number(row, 'base_seq'), hash: blob(row, 'base_hash') }
      : { seq: 0, hash: new Uint8Array(32) };
    const last = this.#intact(() =>
      this.#db.prepare('SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1').get(),
    );
    this.#head = last ? { seq: number(last, 'seq'), hash: blob(last, 'hash') } : this.#base;
  }

  record(): RoomRecord | undefined {
    const row = this.#row();
    if (!row) return undefined;
    return {
      room: blob(row, 'room'),
      nonce: blob(row, 'nonce'),
      log: blob(row, 'log'),
      title: text(row, 'title'),
      topic: text(row, 'topic'),
      private: number(row, 'private') === 1,
      code: row['code'] === null ? undefined : blob(row, 'code'),
      kepoch: number(row, 'kepoch'),
      rev: number(row, 'rev'),
    };
  }

  begin(record: RoomRecord, start: Uint8Array): void {
    this.#guarded(() =>
      this.#db
        .prepare(
          `INSERT INTO room (one, room, nonce, log, title, topic, private, code, kepoch, rev, base_seq, base_hash)
           VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)`,
        )
        .run(
          record.room,
          record.nonce,
          record.log,
          record.title,
          record.topic,
          Number(record.private),
          record.code ?? null,
          record.kepoch,
          record.rev,
          start,
        ),
    );
    this.#base = { seq: 0, hash: start };
    this.#head = this.#base;
  }

  update(change: Partial<Pick<RoomRecord, 'code' | 'private' | 'kepoch' | 'rev'>>): void {
    const record = this.record();
    if (!record) return;
    const next = { ...record, ...change };
    this.#guarded(() =>
      this.#db
        .prepare('UPDATE room SET code = ?, private = ?, kepoch = ?, rev = ?')
        .run(next.code ?? null, Number(next.private), next.kepoch, next.rev),
    );
  }

  append(batch: Batch): void {
    const { events, members, topic } = batch;
    let head = this.#head;
    this.#guarded(() => {
      this.#db.exec('BEGIN IMMEDIATE');
      try {
        for (const event of events) {
          if (event.seq !== head.seq + 1) throw new RangeError('hole in the log');
          this.#insertEvent.run(event.seq, event.author, event.id, event.hash, event.signed);
          head = { seq: event.seq, hash: event.hash };
        }
        for (const { key, nick, role, floor, counter, onRoster, kicked } of members)
          this.#putMember.run(key, nick, role, floor, counter, Number(onRoster), Number(kicked));
        if (topic !== undefined) this.#db.prepare('UPDATE room SET topic = ?').run(topic);
        this.#moderate(batch);
        this.#db.exec('COMMIT');
      } catch (error) {
        if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
        throw error;
      }
    });
    this.#head = head;
  }

  head(): { readonly seq: number; readonly hash: Uint8Array } {
    return this.#head;
  }

  first(): number {
    return this.#base.seq + 1;
  }

  hashAt(seq: number): Uint8Array | undefined {
    if (seq === this.#head.seq) return this.#head.hash;
    if (seq === this.#base.seq) return this.#base.hash;
    const row = this.#intact(() => this.#hash.get(seq));
    return row && blob(row, 'hash');
  }

  read(from: number, to: number, limit: number): readonly StoredEvent[] {
    return this.#intact(() => this.#range.all(from, to, limit)).map(storedEvent);
  }

  seqOf(author: Uint8Array, id: Uint8Array): number | undefined {
    const row = this.#intact(() => this.#byId.get(id, author));
    return row && number(row, 'seq');
  }

  member(key: Uint8Array): MemberRecord | undefined {
    const row = this.#intact(() => this.#byKey.get(key));
    return row && memberRecord(row);
  }

  roster(): readonly MemberRecord[] {
    return this.#db.prepare('SELECT * FROM members WHERE on_roster = 1').all().map(memberRecord);
  }

  absentOps(): readonly Uint8Array[] {
    const rows = this.#db.prepare("SELECT key FROM members WHERE on_roster = 0 AND role = 'op'").all();
    return rows.map((row) => blob(row, 'key'));
  }

  rules(): RulesRecord {
    const row = this.#row();
    if (!row) return { slow: 0, filters: [], motd: '' };
    const active = new Set(text(row, 'filters').split(' '));
    return {
      slow: number(row, 'slow'),
      filters: filters.filter((filter) => active.has(filter)),
      motd: text(row, 'motd'),
    };
  }

  sanctions(): readonly SanctionRecord[] {
    return this.#db.prepare('SELECT * FROM sanctions').all().map(sanctionRecord);
  }

  marks(seq: number): LineMarks {
    const row = this.#db.prepare('SELECT * FROM marks WHERE seq = ?').get(seq);
    if (!row) return noMarks;
    return {
      edits: number(row, 'edits'),
      reactions: number(row, 'reactions'),
      deleted: number(row, 'deleted') === 1,
    };
  }

  invites(): readonly InviteRecord[] {
    return this.#intact(() => this.#db.prepare('SELECT * FROM invites ORDER BY n').all()).map(inviteRecord);
  }

  keepInvite({ n, code, words, once, expires, by, usedBy, revoked }: InviteRecord): void {
    this.#guarded(() =>
      this.#db
        .prepare(
          'INSERT OR REPLACE INTO invites (n, code, words, once, expires, by, used_by, revoked) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
        )
        .run(n, code, words ?? null, Number(once), expires ?? null, by, usedBy ?? null, Number(revoked)),
    );
  }

  dropInvite(n: number): void {
    this.#guarded(() => this.#db.prepare('DELETE FROM invites WHERE n = ?').run(n));
  }

  trim(keep: number): void {
    const seq = this.#head.seq - keep;
    if (seq <= this.#base.seq) return;
    const hash = this.hashAt(seq);
    if (!hash) return;
    this.#guarded(() => {
      this.#db.exec('BEGIN IMMEDIATE');
      try {
        this.#db.prepare('DELETE FROM events WHERE seq <= ?').run(seq);
        this.#db.prepare('DELETE FROM marks WHERE seq <= ?').run(seq);
        this.#db.prepare('UPDATE room SET base_seq = ?, base_hash = ?').run(seq, hash);
        this.#db.exec('COMMIT');
      } catch (error) {
        if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
        throw error;
      }
    });
    this.#base = { seq, hash };
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }

  #moderate({ rules, sanctions = [], lifted = [], marks = [] }: Batch): void {
    if (rules)
      this.#db
        .prepare('UPDATE room SET slow = ?, filters = ?, motd = ?')
        .run(rules.slow, rules.filters.join(' '), rules.motd);
    for (const { type, key } of lifted)
      this.#db.prepare('DELETE FROM sanctions WHERE type = ? AND key = ?').run(type, key);
    for (const { type, key, nick, by, until, ms, reason } of sanctions)
      this.#db
        .prepare(
          'INSERT OR REPLACE INTO sanctions (type, key, nick, by, until, ms, reason) VALUES (?, ?, ?, ?, ?, ?, ?)',
        )
        .run(type, key, nick, by, until ?? null, ms ?? null, reason ?? null);
    for (const { seq, mark } of marks) {
      const { edits, reactions, deleted } = marked(this.marks(seq), mark);
      this.#db
        .prepare('INSERT OR REPLACE INTO marks (seq, edits, reactions, deleted) VALUES (?, ?, ?, ?)')
        .run(seq, edits, reactions, Number(deleted));
    }
  }

  #row(): Row | undefined {
    return this.#db.prepare('SELECT * FROM room').get();
  }

  /** What is damaged in the middle shows only when it is read. */
  #intact<Value>(read: () => Value): Value {
    try {
      return read();
    } catch (error) {
      throw unusable(this.#path, storageError(error));
    }
  }

  #guarded(write: () => unknown): void {
    try {
      write();
    } catch (error) {
      throw storageError(error);
    }
  }
}

const remedy = 'Put back a copy of it, or move it away to begin a new room';

function openExclusively(path: string): DatabaseSync {
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
    throw unusable(path, storageError(error));
  }
}

function unusable(path: string, error: unknown): unknown {
  if (!(error instanceof StorageError) || error.reason !== 'unusable') return error;
  return new UnusableFileError(`${path} cannot be used (${error.message}). ${remedy}.`);
}

function storageError(error: unknown): unknown {
  if (error instanceof StorageError || !(error instanceof Error)) return error;
  const code = 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
  if (code === SQLITE_BUSY) return new StorageError('locked', 'history is open elsewhere');
  if (code === SQLITE_FULL || ('code' in error && error.code === 'ENOSPC'))
    return new StorageError('full', 'no space for the history');
  if (code !== undefined || ('code' in error && 'syscall' in error))
    return new StorageError('unusable', error.message);
  return error;
}

function storedEvent(row: Row): StoredEvent {
  return {
    seq: number(row, 'seq'),
    author: blob(row, 'author'),
    id: blob(row, 'id'),
    hash: blob(row, 'hash'),
    signed: blob(row, 'signed'),
  };
}

function memberRecord(row: Row): MemberRecord {
  return {
    key: blob(row, 'key'),
    nick: text(row, 'nick'),
    role: role(text(row, 'role')),
    floor: number(row, 'floor'),
    counter: number(row, 'counter'),
    onRoster: number(row, 'on_roster') === 1,
    kicked: number(row, 'kicked') === 1,
  };
}

function sanctionRecord(row: Row): SanctionRecord {
  return {
    type: text(row, 'type') === 'ban' ? 'ban' : 'mute',
    key: blob(row, 'key'),
    nick: text(row, 'nick'),
    by: blob(row, 'by'),
    until: row['until'] === null ? undefined : number(row, 'until'),
    ms: row['ms'] === null ? undefined : number(row, 'ms'),
    reason: row['reason'] === null ? undefined : text(row, 'reason'),
  };
}

function inviteRecord(row: Row): InviteRecord {
  return {
    n: number(row, 'n'),
    code: blob(row, 'code'),
    words: row['words'] === null ? undefined : blob(row, 'words'),
    once: number(row, 'once') === 1,
    expires: row['expires'] === null ? undefined : number(row, 'expires'),
    by: blob(row, 'by'),
    usedBy: row['used_by'] === null ? undefined : blob(row, 'used_by'),
    revoked: number(row, 'revoked') === 1,
  };
}

function role(name: string): Role {
  const found = roles.find((known) => known === name);
  if (!found) throw new StorageError('unusable', 'unknown role');
  return found;
}

function number(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw new StorageError('unusable', `no number in ${column}`);
  return value;
}

function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw new StorageError('unusable', `no text in ${column}`);
  return value;
}

function blob(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (!(value instanceof Uint8Array)) throw new StorageError('unusable', `no bytes in ${column}`);
  return value;
}
