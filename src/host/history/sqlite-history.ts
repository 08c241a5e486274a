import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { openExclusively, storageError, unusable } from './history-file.ts';
import {
  noMarks,
  type Batch,
  type History,
  type InviteRecord,
  type LineMarks,
  type MemberRecord,
  type RoomRecord,
  type SanctionRecord,
  type StoredEvent,
} from './history.ts';
import { noRules, type RoomRules } from '../room/room-state.ts';
import { marked } from './marked.ts';
import {
  blob,
  inviteRecord,
  lineMarks,
  memberRecord,
  number,
  roomRecord,
  rulesRecord,
  sanctionRecord,
  storedEvent,
  type Row,
} from './rows.ts';

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
    return row && roomRecord(row);
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
    this.#together(() => {
      for (const event of events) {
        if (event.seq !== head.seq + 1) throw new RangeError('hole in the log');
        this.#insertEvent.run(event.seq, event.author, event.id, event.hash, event.signed);
        head = { seq: event.seq, hash: event.hash };
      }
      for (const { key, nick, role, floor, counter, onRoster, kicked } of members)
        this.#putMember.run(key, nick, role, floor, counter, Number(onRoster), Number(kicked));
      if (topic !== undefined) this.#db.prepare('UPDATE room SET topic = ?').run(topic);
      this.#moderate(batch);
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
    return this.#all('SELECT * FROM members WHERE on_roster = 1').map(memberRecord);
  }

  absentOps(): readonly Uint8Array[] {
    return this.#all("SELECT key FROM members WHERE on_roster = 0 AND role = 'op'").map((row) =>
      blob(row, 'key'),
    );
  }

  rules(): RoomRules {
    const row = this.#row();
    return row ? rulesRecord(row) : noRules;
  }

  sanctions(): readonly SanctionRecord[] {
    return this.#all('SELECT * FROM sanctions').map(sanctionRecord);
  }

  marks(seq: number): LineMarks {
    return this.#intact(() => this.#marksOf(seq));
  }

  invites(): readonly InviteRecord[] {
    return this.#all('SELECT * FROM invites ORDER BY n').map(inviteRecord);
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
    this.#together(() => {
      this.#db.prepare('DELETE FROM events WHERE seq <= ?').run(seq);
      this.#db.prepare('DELETE FROM marks WHERE seq <= ?').run(seq);
      this.#db.prepare('UPDATE room SET base_seq = ?, base_hash = ?').run(seq, hash);
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
      const { edits, reactions, deleted } = marked(this.#marksOf(seq), mark);
      this.#db
        .prepare('INSERT OR REPLACE INTO marks (seq, edits, reactions, deleted) VALUES (?, ?, ?, ?)')
        .run(seq, edits, reactions, Number(deleted));
    }
  }

  #marksOf(seq: number): LineMarks {
    const row = this.#db.prepare('SELECT * FROM marks WHERE seq = ?').get(seq);
    return row ? lineMarks(row) : noMarks;
  }

  #row(): Row | undefined {
    return this.#intact(() => this.#db.prepare('SELECT * FROM room').get());
  }

  #all(query: string): Row[] {
    return this.#intact(() => this.#db.prepare(query).all());
  }

  /** What is damaged in the middle shows only when it is read. */
  #intact<Value>(read: () => Value): Value {
    try {
      return read();
    } catch (error) {
      throw unusable(this.#path, storageError(error));
    }
  }

  /** All of it is durable when this returns, or nothing. */
  #together(write: () => void): void {
    this.#guarded(() => {
      this.#db.exec('BEGIN IMMEDIATE');
      try {
        write();
        this.#db.exec('COMMIT');
      } catch (error) {
        if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
        throw error;
      }
    });
  }

  #guarded(write: () => unknown): void {
    try {
      write();
    } catch (error) {
      throw storageError(error);
    }
  }
}
