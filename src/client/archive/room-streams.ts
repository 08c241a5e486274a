import type { LogId, RoomId } from '../../shared/ids.ts';
import type { ArchiveDatabase } from './archive-database.ts';
import type { LogPosition } from './archive.ts';
import { toPosition } from './room-rows.ts';

export interface Stream extends LogPosition {
  /** `NOT_STORED` when the disk would not take it: then it lasts as long as the process. */
  readonly no: number;
  /** The archive's losses when it was read. */
  readonly lost: number;
}

export const NOT_STORED = -1;

/** Which history stream a room's lines belong to now, and how far it is here; read for every line, so it is remembered. */
export class RoomStreams {
  readonly #db: ArchiveDatabase;
  readonly #current = new Map<RoomId, Stream>();

  constructor(db: ArchiveDatabase) {
    this.#db = db;
  }

  /** Throws where the room has no log yet. */
  need(room: RoomId): Stream {
    const stream = this.current(room);
    if (!stream) throw new Error('a line of a room without a log');
    return stream;
  }

  /** As it is stored, also after losses; what the disk would not take is still followed, but not stored. */
  current(room: RoomId): Stream | undefined {
    const known = this.#current.get(room);
    if (known && known.lost === this.#db.lost) return known;
    const stored = this.#stored(room);
    const same = !known || known.no === stored?.no;
    const stream = same ? stored : { ...known, no: NOT_STORED, lost: this.#db.lost };
    if (stream) this.#current.set(room, stream);
    return stream;
  }

  position(room: RoomId): LogPosition | undefined {
    const stream = this.current(room);
    return stream?.no === NOT_STORED ? undefined : stream;
  }

  startLog(room: RoomId, { log, seq, hash }: { log: LogId; seq: number; hash: Uint8Array }): void {
    const added = this.#db.run(
      'INSERT INTO stream (room, log, seq, hash, first, first_hash) VALUES (?, ?, ?, ?, ?, ?)',
      room,
      log,
      seq,
      hash,
      seq + 1,
      hash,
    );
    this.#current.delete(room);
    const { lost } = this.#db;
    const end = { log, seq, hash, first: seq + 1, firstHash: hash };
    if (added === 0) this.#current.set(room, { ...end, no: NOT_STORED, lost });
  }

  skipTo(room: RoomId, { seq, hash }: { seq: number; hash: Uint8Array }): void {
    const stream = this.need(room);
    this.#db.run(
      'UPDATE stream SET seq = ?, hash = ?, first = ?, first_hash = ? WHERE no = ?',
      seq,
      hash,
      seq + 1,
      hash,
      stream.no,
    );
    this.#current.set(room, { ...stream, seq, hash, first: seq + 1, firstHash: hash });
  }

  advance(room: RoomId, { seq, hash }: { seq: number; hash: Uint8Array }): void {
    const stream = this.need(room);
    // Behind what was lost nothing counts: the next welcome brings it all again.
    if (seq !== stream.seq + 1) return;
    this.#db.run('UPDATE stream SET seq = ?, hash = ? WHERE no = ?', seq, hash, stream.no);
    this.#current.set(room, { ...stream, seq, hash });
  }

  extendDown(room: RoomId, { first, firstHash }: { first: number; firstHash: Uint8Array }): void {
    const stream = this.need(room);
    this.#db.run('UPDATE stream SET first = ?, first_hash = ? WHERE no = ?', first, firstHash, stream.no);
    this.#current.set(room, { ...stream, first, firstHash });
  }

  #stored(room: RoomId): Stream | undefined {
    const row = this.#db.get('SELECT * FROM stream WHERE room = ? ORDER BY no DESC LIMIT 1', room);
    return row && { no: Number(row['no']), ...toPosition(row), lost: this.#db.lost };
  }
}
