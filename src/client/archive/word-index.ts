import type { ArchiveDatabase, Row } from './archive-database.ts';

/** Lines taken into a new index at a time, and ms before the next; where the disk took none, ms before it is tried again. */
const AT_ONCE = 400;
const NEXT_MS = 20;
const RETRY_MS = 30_000;

/** No line has so high a number. */
const NOTHING = Number.MAX_SAFE_INTEGER;

/**
 * Which lines have which words. Where it turns out to be damaged, another is begun beside it and filled from the lines, the
 * newest first; only what is in that one is found meanwhile.
 */
export class WordIndex {
  readonly #db: ArchiveDatabase;
  #table: string;
  /** Lines with a lower number are not in it yet. */
  #from = 0;
  #renewed = false;

  constructor(db: ArchiveDatabase) {
    this.#db = db;
    const [newest] = db.all(
      "SELECT name FROM sqlite_schema WHERE name GLOB 'words*' AND sql GLOB 'CREATE VIRTUAL *' ORDER BY rowid DESC LIMIT 1",
    );
    this.#table = newest ? String(newest['name']) : 'words';
    db.whenIndexDamaged(() => this.#renew());
    if (this.#table === 'words') return;
    // It may not have been finished.
    this.#from = this.#lowest();
    this.#fillIn(NEXT_MS);
  }

  /** The text of the line that was inserted last. */
  add(text: string): void {
    // Nothing is in it yet: it comes with the others.
    if (this.#from === NOTHING) return;
    this.#db.index(`INSERT INTO ${this.#table} (rowid, body) VALUES (last_insert_rowid(), ?)`, text);
  }

  /** The index has no copy of the text: what leaves it is told what it was. */
  replace(line: number, before: string, after: string): void {
    if (line < this.#from) return;
    const table = this.#table;
    this.#db.index(`INSERT INTO ${table} (${table}, rowid, body) VALUES ('delete', ?, ?)`, line, before);
    this.#put(line, after);
  }

  /** `columns` of the newest lines that match `query`; `room`: of that room alone, by their numbers. */
  find(columns: string, query: string, limit: number, room?: string): readonly Row[] {
    const found = `SELECT ${columns} FROM ${this.#table} AS words JOIN line ON line.no = words.rowid WHERE ${this.#table} MATCH ?`;
    return room === undefined
      ? this.#db.indexed(`${found} ORDER BY words.rowid DESC LIMIT ?`, query, limit)
      : // Lines that were fetched later are not newer for it.
        this.#db.indexed(
          `${found} AND line.room = ? ORDER BY line.stream DESC, line.seq DESC LIMIT ?`,
          query,
          room,
          limit,
        );
  }

  /** False where that mends nothing: another was begun in this session already, or none can be. */
  #renew(): boolean {
    if (this.#renewed) return false;
    this.#renewed = true;
    const table = `words${Number(this.#table.slice('words'.length)) + 1}`;
    // The damaged one stays where it is: what it points to may be anything.
    const create = `CREATE VIRTUAL TABLE ${table} USING fts5 (body, content = '', tokenize = 'unicode61')`;
    if (!this.#db.whole(() => this.#db.run(create))) return false;
    this.#table = table;
    this.#from = NOTHING;
    this.#fill();
    return true;
  }

  #fillIn(ms: number): void {
    setTimeout(() => this.#fill(), ms).unref();
  }

  #fill(): void {
    const db = this.#db;
    if (db.closed) return;
    const lines = db.indexed(
      "SELECT no, body FROM line WHERE no < ? AND kind IN ('text', 'me') ORDER BY no DESC LIMIT ?",
      this.#from,
      AT_ONCE,
    );
    const taken = db.whole(() => {
      for (const { no, body } of lines.toReversed()) this.#put(Number(no), String(body));
    });
    this.#from = taken ? Number(lines.at(-1)?.['no'] ?? 0) : this.#lowest();
    if (!taken) this.#fillIn(RETRY_MS);
    else if (lines.length === AT_ONCE) this.#fillIn(NEXT_MS);
    else this.#from = 0;
  }

  #put(line: number, text: string): void {
    this.#db.index(`INSERT INTO ${this.#table} (rowid, body) VALUES (?, ?)`, line, text);
  }

  #lowest(): number {
    const [lowest] = this.#db.indexed(`SELECT rowid FROM ${this.#table} ORDER BY rowid LIMIT 1`);
    return Number(lowest?.['rowid'] ?? NOTHING);
  }
}
