import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { numberOf, textOf } from '../database.ts';
import type { GroupCommit } from '../mailbox/group-commit.ts';
import type { Ban, BanKind, BanStore } from './bans.ts';

const kinds: readonly BanKind[] = ['key', 'network', 'room'];

/** Bans in the relay's database. */
export class SqliteBans implements BanStore {
  readonly #group: GroupCommit;
  readonly #select: StatementSync;
  readonly #insert: StatementSync;
  readonly #drop: StatementSync;

  /** `group` is that of everything else that writes to this database. */
  constructor(database: DatabaseSync, group: GroupCommit) {
    this.#group = group;
    this.#select = database.prepare('SELECT kind, what, at, until, reason FROM ban ORDER BY at');
    this.#insert = database.prepare(
      'INSERT OR REPLACE INTO ban (kind, what, at, until, reason) VALUES (?, ?, ?, ?, ?)',
    );
    this.#drop = database.prepare('DELETE FROM ban WHERE kind = ? AND what = ?');
  }

  all(): readonly Ban[] {
    return this.#select.all().flatMap((row) => {
      const kind = kinds.find((each) => each === row['kind']);
      const until = row['until'] === null ? {} : { until: numberOf(row, 'until') };
      return kind === undefined
        ? []
        : [
            {
              kind,
              what: textOf(row, 'what'),
              at: numberOf(row, 'at'),
              ...until,
              reason: textOf(row, 'reason'),
            },
          ];
    });
  }

  async put({ kind, what, at, until, reason }: Ban): Promise<void> {
    await this.#group.run(() => this.#insert.run(kind, what, at, until ?? null, reason));
  }

  async remove({ kind, what }: Pick<Ban, 'kind' | 'what'>): Promise<void> {
    await this.#group.run(() => this.#drop.run(kind, what));
  }
}
