import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { numberOf, textOf } from '../database.ts';
import type { GroupCommit } from '../mailbox/group-commit.ts';
import type { Allowance, Allowances } from './allowances.ts';

/** Allowances in the relay's database. */
export class SqliteAllowances implements Allowances {
  readonly #group: GroupCommit;
  readonly #select: StatementSync;
  readonly #insert: StatementSync;
  readonly #drop: StatementSync;

  /** `group` is that of everything else that writes to this database. */
  constructor(database: DatabaseSync, group: GroupCommit) {
    this.#group = group;
    this.#select = database.prepare('SELECT mark, level, at FROM allowance WHERE kind = ? ORDER BY at');
    this.#insert = database.prepare(
      'INSERT OR REPLACE INTO allowance (kind, mark, level, at) VALUES (?, ?, ?, ?)',
    );
    this.#drop = database.prepare('DELETE FROM allowance WHERE kind = ? AND mark = ?');
  }

  all(kind: string): readonly Allowance[] {
    return this.#select
      .all(kind)
      .map((row) => ({ mark: textOf(row, 'mark'), level: numberOf(row, 'level'), at: numberOf(row, 'at') }));
  }

  // What a full disk does not take is held in memory alone.
  async put(kind: string, { mark, level, at }: Allowance): Promise<void> {
    await this.#group.run(() => this.#insert.run(kind, mark, level, at)).catch(() => undefined);
  }

  remove(kind: string, mark: string): void {
    void this.#group.run(() => this.#drop.run(kind, mark)).catch(() => undefined);
  }
}
