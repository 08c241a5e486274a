import type { IdentityKey, MessageId } from '../../shared/ids.ts';
import type { BesideWhisper } from '../api.ts';
import type { ArchiveDatabase, Row } from './archive-database.ts';
import type { PendingWhisper, PrekeySecret, WhisperArchive } from './archive.ts';
import { fold } from '../fold.ts';
import type { WhisperLine, WhisperState } from '../session-events.ts';

/** Its sender sent one before it that is not here. */
const gapColumn = `(mine = 0 AND prev IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM whisper AS earlier WHERE earlier.person = w.person AND earlier.mine = 0 AND earlier.id = w.prev
)) AS gap`;

export class SqliteWhisperArchive implements WhisperArchive {
  readonly #db: ArchiveDatabase;

  constructor(db: ArchiveDatabase) {
    this.#db = db;
  }

  add(whisper: WhisperLine, about?: { prev?: MessageId; ref?: string }): boolean {
    const { id, at, sentAt, mine, text, state } = whisper;
    const { key, nick, tag } = whisper.with;
    return this.#db.durably(() => {
      const added = this.#db.run(
        `INSERT OR IGNORE INTO whisper (person, id, mine, at, sent_at, nick, tag, text, state, prev, ref, unread)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        key,
        id,
        mine ? 1 : 0,
        at,
        sentAt,
        nick,
        tag,
        text,
        state ?? null,
        about?.prev ?? null,
        about?.ref ?? null,
        mine ? 0 : 1,
      );
      this.#db.run(
        `INSERT INTO person (key, nick, folded, first_seen, last_seen, whispered, met) VALUES (?, ?, ?, ?, ?, 1, 0)
         ON CONFLICT (key) DO UPDATE SET whispered = 1`,
        key,
        nick,
        fold(nick),
        at,
        at,
      );
      return added > 0;
    });
  }

  newest(limit: number, person?: IdentityKey): readonly WhisperLine[] {
    if (limit <= 0) return [];
    const rows =
      person === undefined
        ? this.#db.all(`SELECT *, ${gapColumn} FROM whisper AS w ORDER BY no DESC LIMIT ?`, limit)
        : this.#db.all(
            `SELECT *, ${gapColumn} FROM whisper AS w WHERE person = ? ORDER BY no DESC LIMIT ?`,
            person,
            limit,
          );
    return rows.map(toWhisper).reverse();
  }

  beside(limit: number, person: IdentityKey, { side, of }: BesideWhisper): readonly WhisperLine[] {
    if (limit <= 0) return [];
    const [than, order] = side === 'before' ? ['<', 'DESC'] : ['>', 'ASC'];
    const whispers = this.#db
      .all(
        `SELECT *, ${gapColumn} FROM whisper AS w WHERE person = ? AND no ${than}
         (SELECT no FROM whisper WHERE person = ? AND mine = ? AND id = ?) ORDER BY no ${order} LIMIT ?`,
        person,
        person,
        of.mine ? 1 : 0,
        of.id,
        limit,
      )
      .map(toWhisper);
    return side === 'before' ? whispers.reverse() : whispers;
  }

  unread(limit: number): readonly WhisperLine[] {
    return this.#db
      .all(`SELECT *, ${gapColumn} FROM whisper AS w WHERE unread = 1 ORDER BY no DESC LIMIT ?`, limit)
      .map(toWhisper)
      .reverse();
  }

  markRead(person: IdentityKey): void {
    this.#db.run('UPDATE whisper SET unread = 0 WHERE person = ? AND unread = 1', person);
  }

  ofStrangers(person: IdentityKey): { all: number; person: number } {
    const row = this.#db.get(
      `SELECT count(*) AS strangers, coalesce(sum(person = ?), 0) AS theirs FROM whisper AS w WHERE mine = 0
       AND person IN (SELECT key FROM person WHERE met = 0)
       AND NOT EXISTS (SELECT 1 FROM whisper AS own WHERE own.person = w.person AND own.mine = 1)`,
      person,
    );
    return { all: Number(row?.['strangers']), person: Number(row?.['theirs']) };
  }

  own(id: MessageId): WhisperLine | undefined {
    const row = this.#db.get('SELECT *, 0 AS gap FROM whisper WHERE id = ? AND mine = 1', id);
    return row && toWhisper(row);
  }

  has(from: IdentityKey, id: MessageId): boolean {
    return (
      this.#db.get('SELECT 1 FROM whisper WHERE person = ? AND mine = 0 AND id = ?', from, id) !== undefined
    );
  }

  sealed(id: MessageId): Uint8Array | undefined {
    const mail = this.#db.get('SELECT mail FROM whisper WHERE id = ? AND mine = 1', id)?.['mail'];
    return mail instanceof Uint8Array ? mail : undefined;
  }

  storedBefore(at: number): readonly MessageId[] {
    return this.#db
      .all("SELECT id FROM whisper WHERE mine = 1 AND state = 'stored' AND at < ? ORDER BY no", at)
      .map((row) => row['id'] as MessageId);
  }

  setState(id: MessageId, state: WhisperState): string | undefined {
    this.#db.run('UPDATE whisper SET state = ?, mail = NULL WHERE id = ? AND mine = 1', state, id);
    const ref = this.#db.get('SELECT ref FROM whisper WHERE id = ? AND mine = 1', id)?.['ref'];
    return typeof ref === 'string' ? ref : undefined;
  }

  seal(id: MessageId, mail: Uint8Array | undefined): void {
    this.#db.durably(() =>
      this.#db.run('UPDATE whisper SET mail = ? WHERE id = ? AND mine = 1', mail ?? null, id),
    );
  }

  pending(): readonly PendingWhisper[] {
    return this.#db.all("SELECT * FROM whisper WHERE state = 'waiting' ORDER BY no").map((row) => ({
      id: row['id'] as MessageId,
      to: row['person'] as IdentityKey,
      text: row['text'] as string,
      time: Number(row['sent_at']),
      ...(row['ref'] === null ? {} : { ref: row['ref'] as string }),
    }));
  }

  lastTo(key: IdentityKey): MessageId | undefined {
    const row = this.#db.get(
      `SELECT id FROM whisper WHERE person = ? AND mine = 1 AND state NOT IN ('waiting', 'refused')
       ORDER BY no DESC LIMIT 1`,
      key,
    );
    return row?.['id'] as MessageId | undefined;
  }

  lastFrom(): IdentityKey | undefined {
    const row = this.#db.get(
      `SELECT person FROM whisper AS w WHERE mine = 0 AND person NOT IN (SELECT key FROM ignored) AND (
         person IN (SELECT key FROM person WHERE met = 1)
         OR EXISTS (SELECT 1 FROM whisper AS own WHERE own.person = w.person AND own.mine = 1)
       ) ORDER BY no DESC LIMIT 1`,
    );
    return row?.['person'] as IdentityKey | undefined;
  }

  addPrekey({ id, secret, madeAt }: PrekeySecret): void {
    this.#db.durably(() =>
      this.#db.run('INSERT INTO prekey (id, secret, made_at) VALUES (?, ?, ?)', id, secret, madeAt),
    );
  }

  prekeys(): readonly PrekeySecret[] {
    return this.#db.all('SELECT * FROM prekey ORDER BY made_at DESC, id DESC').map((row) => ({
      id: Number(row['id']),
      secret: row['secret'] as Uint8Array,
      madeAt: Number(row['made_at']),
    }));
  }

  removePrekeysBefore(madeAt: number): void {
    this.#db.run('DELETE FROM prekey WHERE made_at < ?', madeAt);
  }
}

function toWhisper(row: Row): WhisperLine {
  return {
    id: row['id'] as MessageId,
    at: Number(row['at']),
    sentAt: Number(row['sent_at']),
    with: { key: row['person'] as IdentityKey, tag: row['tag'] as string, nick: row['nick'] as string },
    mine: row['mine'] === 1,
    text: row['text'] as string,
    ...(row['state'] === null ? {} : { state: row['state'] as WhisperState }),
    ...(row['gap'] === 1 ? { gap: true } : {}),
  };
}
