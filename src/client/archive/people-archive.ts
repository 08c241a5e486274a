import { parseIdentityKey, idBytes, type IdentityKey, type RelayId } from '../../shared/ids.ts';
import { keyTag } from '../../shared/crypto/sign.ts';
import { HOUR } from '../../shared/limits.ts';
import type { ArchiveDatabase, Row } from './archive-database.ts';
import type { KnownPerson, NickPin, PeopleArchive } from './archive.ts';
import { fold } from '../fold.ts';
import type { Person } from '../session-events.ts';

/** People kept; those never whispered with and not seen for longest go first. */
const MAX_KNOWN_PEOPLE = 20_000;
const CHECK_EVERY = 1_000;
/** Being seen again is written down at most this often. */
const SEEN_MS = HOUR;

const strangerColumn = `(met = 0 AND NOT EXISTS (SELECT 1 FROM whisper WHERE whisper.person = person.key AND mine = 1)) AS stranger`;

/** Terms of relays that were shown; older ones are shown again. */
const MAX_TERMS_KEPT = 256;

export class SqlitePeopleArchive implements PeopleArchive {
  readonly #db: ArchiveDatabase;
  readonly #most: number;
  #met = 0;

  constructor(db: ArchiveDatabase, most = MAX_KNOWN_PEOPLE) {
    this.#db = db;
    this.#most = most;
  }

  meet({ key, nick }: { key: IdentityKey; nick: string }, now: number, relay?: string): void {
    const known = this.#db.get('SELECT nick, relay, last_seen, met FROM person WHERE key = ?', key);
    const sameRelay = relay === undefined || known?.['relay'] === relay;
    const same = known && known['nick'] === nick && known['met'] === 1 && sameRelay;
    if (same && now - Number(known['last_seen']) < SEEN_MS) return;
    this.#db.run(
      `INSERT INTO person (key, nick, folded, first_seen, last_seen, relay, met) VALUES (?, ?, ?, ?, ?, ?, 1)
       ON CONFLICT (key) DO UPDATE SET nick = excluded.nick, folded = excluded.folded, last_seen = excluded.last_seen,
       relay = coalesce(excluded.relay, relay), met = 1`,
      key,
      nick,
      fold(nick),
      now,
      now,
      relay ?? null,
    );
    // With the first one, too: most runs of the program meet fewer than that.
    if (!known && this.#met++ % CHECK_EVERY === 0) this.#forgetOldest();
  }

  heardOf({ key, nick }: { key: IdentityKey; nick: string }, now: number, relay: string): void {
    this.#db.run(
      `INSERT INTO person (key, nick, folded, first_seen, last_seen, relay, met) VALUES (?, ?, ?, ?, ?, ?, 0)
       ON CONFLICT (key) DO UPDATE SET nick = excluded.nick, folded = excluded.folded, last_seen = excluded.last_seen,
       relay = excluded.relay`,
      key,
      nick,
      fold(nick),
      now,
      now,
      relay,
    );
  }

  get(key: IdentityKey): KnownPerson | undefined {
    const row = this.#db.get(`SELECT person.*, ${strangerColumn} FROM person WHERE key = ?`, key);
    return row && toPerson(row);
  }

  isStranger(key: IdentityKey): boolean {
    const known = this.get(key);
    return known === undefined || known.stranger === true;
  }

  named(nick: string): readonly KnownPerson[] {
    return this.#db
      .all(
        `SELECT person.*, ${strangerColumn} FROM person WHERE folded = ? ORDER BY last_seen DESC`,
        fold(nick),
      )
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

  termsShown(digest: string): boolean {
    return this.#db.get('SELECT 1 FROM terms WHERE digest = ?', digest) !== undefined;
  }

  showTerms(digest: string, now: number): void {
    this.#db.run('INSERT OR IGNORE INTO terms (digest, at) VALUES (?, ?)', digest, now);
    this.#db.run(
      'DELETE FROM terms WHERE digest IN (SELECT digest FROM terms ORDER BY at DESC LIMIT -1 OFFSET ?)',
      MAX_TERMS_KEPT,
    );
  }

  pinned(): readonly NickPin[] {
    return this.#db.all('SELECT key, nick, at FROM nick_pin ORDER BY at DESC').map(toPin);
  }

  pinNick({ key, nick }: { key: IdentityKey; nick: string }, now: number): void {
    this.#db.run(
      `INSERT INTO nick_pin (folded, key, nick, at) VALUES (?, ?, ?, ?)
       ON CONFLICT (folded, key) DO UPDATE SET at = excluded.at`,
      fold(nick),
      key,
      nick,
      now,
    );
    this.#db.flush();
  }

  verified(): ReadonlyMap<IdentityKey, number> {
    const rows = this.#db.all('SELECT key, at FROM verified');
    return new Map(rows.map((row) => [row['key'] as IdentityKey, Number(row['at'])]));
  }

  // What a person decides is not lost with the process that was told so.
  verify(key: IdentityKey, now: number): void {
    this.#db.run('INSERT OR REPLACE INTO verified (key, at) VALUES (?, ?)', key, now);
    this.#db.flush();
  }

  ignored(): readonly Person[] {
    return this.#db.all('SELECT key, nick FROM ignored ORDER BY at, key').map((row) => {
      const key = row['key'] as IdentityKey;
      return { key, tag: keyTag(idBytes(key)), nick: row['nick'] as string };
    });
  }

  ignore({ key, nick }: { key: IdentityKey; nick: string }, now: number): void {
    this.#db.run('INSERT OR REPLACE INTO ignored (key, nick, at) VALUES (?, ?, ?)', key, nick, now);
    this.#db.flush();
  }

  unignore(key: IdentityKey): void {
    this.#db.run('DELETE FROM ignored WHERE key = ?', key);
    this.#db.flush();
  }

  blocksTold(relay: RelayId): ReadonlyMap<IdentityKey, number> {
    const rows = this.#db.all('SELECT key, at FROM block_told WHERE relay = ?', relay);
    return new Map(rows.map((row) => [row['key'] as IdentityKey, Number(row['at'])]));
  }

  blockTold(relay: RelayId, key: IdentityKey, at: number | undefined): void {
    if (at === undefined) this.#db.run('DELETE FROM block_told WHERE relay = ? AND key = ?', relay, key);
    else this.#db.run('INSERT OR REPLACE INTO block_told (relay, key, at) VALUES (?, ?, ?)', relay, key, at);
  }

  #forgetOldest(): void {
    this.#db.run(
      `DELETE FROM person WHERE key IN (SELECT key FROM person WHERE (whispered = 0 OR met = 0)
       AND NOT EXISTS (SELECT 1 FROM nick_pin WHERE nick_pin.key = person.key)
       AND NOT EXISTS (SELECT 1 FROM verified WHERE verified.key = person.key)
       ORDER BY last_seen DESC LIMIT -1 OFFSET ?)`,
      this.#most,
    );
  }
}

function toPin(row: Row): NickPin {
  return { key: row['key'] as IdentityKey, nick: row['nick'] as string, at: Number(row['at']) };
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
    ...(row['stranger'] === 1 ? { stranger: true } : {}),
    ...(row['relay'] === null ? {} : { relay: row['relay'] as string }),
  };
}
