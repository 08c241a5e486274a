import type { IdentityKey, MessageId } from '../shared/ids.ts';
import type { ArchiveDatabase, Row } from './archive-database.ts';
import type { PendingWhisper, PrekeySecret, WhisperArchive } from './archive.ts';
import { fold } from './people-archive.ts';
import type { WhisperLine, WhisperState } from './session-events.ts';

export class SqliteWhisperArchive implements WhisperArchive {
  readonly #db: ArchiveDatabase;

  constructor(db: ArchiveDatabase) {
    this.#db = db;
  }

  add(whisper: WhisperLine, pending?: PendingWhisper): boolean {
    const { id, at, sentAt, mine, text, state } = whisper;
    const { key, nick, tag } = whisper.with;
    return this.#db.durably(() => {
      const added = this.#db.run(
        `INSERT OR IGNORE INTO whisper (person, id, mine, at, sent_at, nick, tag, text, state, prev, ref)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        key,
        id,
        mine ? 1 : 0,
        at,
        sentAt,
        nick,
        tag,
        text,
        state ?? null,
        pending?.prev ?? null,
        pending?.ref ?? null,
      );
      this.#db.run(
        `INSERT INTO person (key, nick, folded, first_seen, last_seen, whispered) VALUES (?, ?, ?, ?, ?, 1)
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

  newest(limit: number): readonly WhisperLine[] {
    if (limit <= 0) return [];
    return this.#db.all('SELECT * FROM whisper ORDER BY no DESC LIMIT ?', limit).map(toWhisper).reverse();
  }

  own(id: MessageId): WhisperLine | undefined {
    const row = this.#db.get('SELECT * FROM whisper WHERE id = ? AND mine = 1', id);
    return row && toWhisper(row);
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
      ...(row['prev'] === null ? {} : { prev: row['prev'] as MessageId }),
      ...(row['mail'] instanceof Uint8Array ? { mail: row['mail'] } : {}),
      ...(row['ref'] === null ? {} : { ref: row['ref'] as string }),
    }));
  }

  lastTo(key: IdentityKey): MessageId | undefined {
    const row = this.#db.get(
      'SELECT id FROM whisper WHERE person = ? AND mine = 1 ORDER BY no DESC LIMIT 1',
      key,
    );
    return row?.['id'] as MessageId | undefined;
  }

  lastFrom(): IdentityKey | undefined {
    const row = this.#db.get('SELECT person FROM whisper WHERE mine = 0 ORDER BY no DESC LIMIT 1');
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
  };
}
