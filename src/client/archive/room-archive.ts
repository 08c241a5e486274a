import { idBytes, type IdentityKey, type MessageId, type RoomId } from '../../shared/ids.ts';
import type { ArchiveDatabase, Row } from './archive-database.ts';
import type { KnownRoom, LogPosition, PendingPost, RoomArchive, SequencedLine } from './archive.ts';
import { withChange, type SequencedChange } from './line-changes.ts';
import { keyTag } from '../../shared/crypto/sign.ts';
import { recentHits } from './recent-hits.ts';
import { lineColumns, markedText, toLine, toPending, toRoom } from './room-rows.ts';
import { NOT_STORED, RoomStreams } from './room-streams.ts';
import type { LineRef, Quote } from '../session-events.ts';
import { WordIndex } from './word-index.ts';

/** Changes that wait for their lines. */
const MAX_LATE_CHANGES = 10_000;

export class SqliteRoomArchive implements RoomArchive {
  readonly #db: ArchiveDatabase;
  readonly #streams: RoomStreams;
  readonly #words: WordIndex;

  constructor(db: ArchiveDatabase) {
    this.#db = db;
    this.#streams = new RoomStreams(db);
    this.#words = new WordIndex(db);
  }

  all(): readonly KnownRoom[] {
    return this.#db.all('SELECT * FROM room ORDER BY no').map(toRoom);
  }

  get(id: RoomId): KnownRoom | undefined {
    const row = this.#db.get('SELECT * FROM room WHERE id = ?', id);
    return row && toRoom(row);
  }

  save(room: KnownRoom): void {
    this.#db.run(
      `INSERT INTO room (id, host, title, topic, private, relay, code) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET title = excluded.title, topic = excluded.topic, private = excluded.private,
       relay = excluded.relay, code = excluded.code`,
      room.id,
      room.host,
      room.title,
      room.topic,
      room.private ? 1 : 0,
      room.relay,
      room.code ?? null,
    );
  }

  position(room: RoomId): LogPosition | undefined {
    return this.#streams.position(room);
  }

  startLog(...how: Parameters<RoomArchive['startLog']>): void {
    this.#streams.startLog(...how);
  }

  skipTo(...how: Parameters<RoomArchive['skipTo']>): void {
    this.#streams.skipTo(...how);
  }

  advance(...how: Parameters<RoomArchive['advance']>): void {
    this.#streams.advance(...how);
  }

  extendDown(...how: Parameters<RoomArchive['extendDown']>): void {
    this.#streams.extendDown(...how);
  }

  addLine(room: RoomId, line: SequencedLine): boolean {
    const { seq, id, at, sentAt, by, kind, ...body } = line;
    const stream = this.#streams.need(room);
    if (stream.no === NOT_STORED) return true;
    const { lost } = this.#db;
    const known = this.#db.get(
      'SELECT no, stream FROM line WHERE id = ? AND author = ? AND room = ?',
      id,
      by.key,
      room,
    );
    if (known) {
      if (known['stream'] !== stream.no)
        this.#db.run(
          'UPDATE OR IGNORE line SET stream = ?, seq = ? WHERE no = ?',
          stream.no,
          seq,
          Number(known['no']),
        );
      return false;
    }
    const plain = kind === 'text' || kind === 'me';
    const text = plain ? line.text : JSON.stringify(body);
    const marks = plain && line.re ? JSON.stringify({ re: line.re }) : null;
    const added = this.#db.run(
      `INSERT OR IGNORE INTO line (stream, seq, room, id, at, sent_at, author, tag, nick, kind, body, marks)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      stream.no,
      seq,
      room,
      id,
      at,
      sentAt,
      by.key,
      by.tag,
      by.nick,
      kind,
      text,
      marks,
    );
    if (added > 0 && plain) {
      this.#words.add(text);
      this.#changeLate(room, { author: by.key, id });
    }
    return added > 0 || this.#db.lost > lost;
  }

  change(room: RoomId, change: SequencedChange): SequencedLine | undefined {
    const { of } = change;
    const row = this.#db.get(
      `SELECT line.no, ${lineColumns} FROM line WHERE id = ? AND author = ? AND room = ?`,
      of.id,
      of.author,
      room,
    );
    if (!row) {
      this.#keepForLater(room, change);
      return undefined;
    }
    const { kind } = toLine(row);
    if (kind !== 'text' && kind !== 'me') return undefined;
    const before = markedText(row);
    const after = withChange(before, change);
    if (!after) return undefined;
    const no = Number(row['no']);
    if (after.text !== before.text) this.#words.replace(no, before.text, after.text);
    const marks = JSON.stringify(after.marks);
    this.#db.run('UPDATE line SET body = ?, marks = ? WHERE no = ?', after.text, marks, no);
    return this.#line(room)({ ...row, body: after.text, marks });
  }

  quote(room: RoomId, { author, id }: LineRef): Quote {
    const row = this.#db.get(
      "SELECT author, tag, nick, body FROM line WHERE id = ? AND author = ? AND room = ? AND kind IN ('text', 'me')",
      id,
      author,
      room,
    );
    if (row)
      return {
        by: { key: author, tag: row['tag'] as string, nick: row['nick'] as string },
        text: row['body'] as string,
      };
    const tag = keyTag(idBytes(author));
    const known = this.#db.get('SELECT nick FROM person WHERE key = ?', author);
    return { by: { key: author, tag, nick: known ? (known['nick'] as string) : tag } };
  }

  seqOf(room: RoomId, author: IdentityKey, id: MessageId): number | undefined {
    const stream = this.#streams.current(room);
    if (!stream) return undefined;
    const row = this.#db.get(
      'SELECT seq FROM line WHERE id = ? AND author = ? AND stream = ?',
      id,
      author,
      stream.no,
    );
    return row && Number(row['seq']);
  }

  lines(room: RoomId, limit: number, before = Number.MAX_SAFE_INTEGER): readonly SequencedLine[] {
    const stream = this.#streams.current(room);
    if (!stream || limit <= 0) return [];
    return this.#db
      .all(
        `SELECT ${lineColumns} FROM line WHERE stream = ? AND seq < ? ORDER BY seq DESC LIMIT ?`,
        stream.no,
        before,
        limit,
      )
      .map(this.#line(room))
      .reverse();
  }

  search(words: string, limit: number, room?: RoomId): readonly SequencedLine[] {
    const asked = words.match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
    if (asked.length === 0 || limit <= 0) return [];
    const stream = room && this.#streams.current(room);
    const recent = stream && recentHits(this.#db, lineColumns, asked, limit, stream.no);
    if (recent) return recent.map(toLine);
    const query = asked.map((word) => `"${word}"*`).join(' ');
    return this.#words.find(lineColumns, query, limit, room).map(toLine);
  }

  addPending(room: RoomId, post: PendingPost): void {
    this.#db.durably(() =>
      this.#db.run(
        'INSERT INTO outbox (room, id, kind, text, time, ref, re) VALUES (?, ?, ?, ?, ?, ?, ?)',
        room,
        post.id,
        post.kind,
        post.text,
        post.time,
        post.ref ?? null,
        post.re ? JSON.stringify(post.re) : null,
      ),
    );
  }

  removePending(room: RoomId, id: MessageId): void {
    this.#db.run('DELETE FROM outbox WHERE room = ? AND id = ?', room, id);
  }

  pending(room: RoomId): readonly PendingPost[] {
    return this.#db.all('SELECT * FROM outbox WHERE room = ? ORDER BY no', room).map(toPending);
  }

  /** A row as it is shown in `room`. */
  #line(room: RoomId): (row: Row) => SequencedLine {
    return (row) => {
      const line = toLine(row);
      return line.kind === 'text' && line.re ? { ...line, quoted: this.quote(room, line.re) } : line;
    };
  }

  #keepForLater(room: RoomId, change: SequencedChange): void {
    const { author, id } = change.of;
    this.#db.run(
      'INSERT INTO line_change (room, author, id, change) VALUES (?, ?, ?, ?)',
      room,
      author,
      id,
      JSON.stringify(change),
    );
    const newest = this.#db.get('SELECT MAX(no) AS no FROM line_change');
    this.#db.run('DELETE FROM line_change WHERE no <= ?', Number(newest?.['no'] ?? 0) - MAX_LATE_CHANGES);
  }

  /** What came before the line that it is about. */
  #changeLate(room: RoomId, { author, id }: LineRef): void {
    const where = 'WHERE id = ? AND author = ? AND room = ?';
    const late = this.#db.all(`SELECT change FROM line_change ${where}`, id, author, room);
    if (late.length === 0) return;
    for (const { change } of late) this.change(room, JSON.parse(change as string) as SequencedChange);
    this.#db.run(`DELETE FROM line_change ${where}`, id, author, room);
  }
}
