import { parseIdentityKey, idBytes, type IdentityKey, type RelayId } from '../shared/ids.ts';
import { keyTag } from '../shared/crypto/sign.ts';
import type { ArchiveDatabase, Row } from './archive-database.ts';
import type { KnownPerson, PeopleArchive } from './archive.ts';

/** People kept; those never whispered with and not seen for longest go first. */
export const MAX_KNOWN_PEOPLE = 20_000;
const CHECK_EVERY = 1_000;
/** Being seen again is written down at most this often. */
const SEEN_MS = 3_600_000;

export class SqlitePeopleArchive implements PeopleArchive {
  readonly #db: ArchiveDatabase;
  #metSinceCheck = 0;

  constructor(db: ArchiveDatabase) {
    this.#db = db;
  }

  meet({ key, nick }: { key: IdentityKey; nick: string }, now: number, relay?: string): void {
    const known = this.#db.get('SELECT nick, relay, last_seen FROM person WHERE key = ?', key);
    const same = known && known['nick'] === nick && (relay === undefined || known['relay'] === relay);
    if (same && now - Number(known['last_seen']) < SEEN_MS) return;
    this.#db.run(
      `INSERT INTO person (key, nick, folded, first_seen, last_seen, relay) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (key) DO UPDATE SET nick = excluded.nick, folded = excluded.folded, last_seen = excluded.last_seen,
       relay = coalesce(excluded.relay, relay)`,
      key,
      nick,
      fold(nick),
      now,
      now,
      relay ?? null,
    );
    if (!known && ++this.#metSinceCheck % CHECK_EVERY === 0) this.#forgetOldest();
  }

  get(key: IdentityKey): KnownPerson | undefined {
    const row = this.#db.get('SELECT * FROM person WHERE key = ?', key);
    return row && toPerson(row);
  }

  named(nick: string): readonly KnownPerson[] {
    return this.#db
      .all('SELECT * FROM person WHERE folded = ? ORDER BY last_seen DESC', fold(nick))
      .map(toPerson);
  }

  titlePins(title: string): readonly IdentityKey[] {
    const rows = this.#db.all('SELECT host FROM title_pin WHERE title = ?', fold(title));
    return rows.map((row) => row['host'] as IdentityKey);
  }

  pinTitle(title: string, host: IdentityKey): void {
    this.#db.run('INSERT OR IGNORE INTO title_pin (title, host) VALUES (?, ?)', fold(title), host);
  }

  relayPin(url: string): RelayId | undefined {
    return this.#db.get('SELECT id FROM relay_pin WHERE url = ?', url)?.['id'] as RelayId | undefined;
  }

  pinRelay(url: string, id: RelayId): void {
    this.#db.run('INSERT OR IGNORE INTO relay_pin (url, id) VALUES (?, ?)', url, id);
  }

  unpinRelay(url: string): void {
    this.#db.run('DELETE FROM relay_pin WHERE url = ?', url);
  }

  #forgetOldest(): void {
    this.#db.run(
      `DELETE FROM person WHERE key IN (SELECT key FROM person WHERE whispered = 0 ORDER BY last_seen DESC
       LIMIT -1 OFFSET ?)`,
      MAX_KNOWN_PEOPLE,
    );
  }
}

function toPerson(row: Row): KnownPerson {
  const key = parseIdentityKey(row['key'] as string);
  if (!key) throw new Error('a person without a key in the archive');
  return {
    key,
    tag: keyTag(idBytes(key)),
    nick: row['nick'] as string,
    firstSeen: Number(row['first_seen']),
    whispered: row['whispered'] === 1,
    ...(row['relay'] === null ? {} : { relay: row['relay'] as string }),
  };
}

/** How names are compared. */
export function fold(name: string): string {
  return name.normalize('NFKC').toLowerCase();
}
