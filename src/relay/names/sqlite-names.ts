import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import type { Rejection } from '../../shared/errors.ts';
import { skeleton } from '../../shared/lookalike.ts';
import { mapRecord } from '../../shared/map-record.ts';
import type { AccountBackup } from '../../shared/wire/control.ts';
import { blobOf, numberOf, textOf } from '../database.ts';
import type { GroupCommit } from '../mailbox/group-commit.ts';
import type { NameClaim, NameLimits, NameResult, Names, RegisteredName } from './names.ts';

const columns = 'name, owner, at, sig, sealed IS NOT NULL AS password';
const statements = {
  state: `SELECT
    (SELECT owner FROM name WHERE name = :name) AS holder,
    EXISTS (SELECT 1 FROM name WHERE owner = :owner AND released IS NULL AND name <> :name) AS other,
    EXISTS (SELECT 1 FROM name WHERE drawn = :drawn AND owner <> :owner) AS alike`,
  count: 'SELECT count(*) AS names FROM name',
  claim: `INSERT INTO name (name, drawn, owner, at, sig) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET at = excluded.at, sig = excluded.sig, released = NULL`,
  named: `SELECT ${columns} FROM name WHERE name = ? AND released IS NULL`,
  of: `SELECT ${columns} FROM name WHERE owner = ? AND released IS NULL`,
  search: 'SELECT name, owner FROM name WHERE released IS NULL AND name GLOB ? ORDER BY name LIMIT ?',
  release: `UPDATE name SET released = ?, login = NULL, commitment = NULL, sealed = NULL, salt = NULL
    WHERE owner = ? AND released IS NULL`,
  putBackup: `UPDATE name SET salt = ?, kib = ?, passes = ?, lanes = ?, login = ?, commitment = ?, sealed = ?
    WHERE owner = ? AND released IS NULL`,
  forgetBackup: `UPDATE name SET salt = NULL, login = NULL, commitment = NULL, sealed = NULL
    WHERE owner = ? AND released IS NULL`,
  backup: `SELECT owner, salt, kib, passes, lanes, login, commitment, sealed FROM name
    WHERE name = ? AND sealed IS NOT NULL`,
  purge: 'DELETE FROM name WHERE released <= ?',
} as const;

type Statements = Readonly<Record<keyof typeof statements, StatementSync>>;

/** Names in the relay's database. */
export class SqliteNames implements Names {
  readonly #limits: NameLimits;
  readonly #group: GroupCommit;
  readonly #sql: Statements;

  /** `group` is that of everything else that writes to this database. */
  constructor(database: DatabaseSync, limits: NameLimits, group: GroupCommit) {
    this.#limits = limits;
    this.#group = group;
    this.#sql = mapRecord(statements, (sql) => database.prepare(sql));
  }

  refusal({ name, owner }: Pick<NameClaim, 'name' | 'owner'>): Rejection | undefined {
    const state = this.#sql.state.get({ name, owner, drawn: skeleton(name) }) ?? {};
    const { holder } = state;
    if (holder instanceof Uint8Array && Buffer.compare(holder, owner) !== 0) return { code: 'name-taken' };
    if (numberOf(state, 'other') === 1) return { code: 'has-name' };
    if (numberOf(state, 'alike') === 1) return { code: 'name-lookalike' };
    const isNew = holder === null;
    if (isNew && numberOf(this.#sql.count.get() ?? {}, 'names') >= this.#limits.names)
      return { code: 'storage-full' };
    return undefined;
  }

  claim(claim: NameClaim): Promise<NameResult> {
    const { name, owner, at, sig } = claim;
    return this.#change(() => {
      const refusal = this.refusal(claim);
      if (!refusal) this.#sql.claim.run(name, skeleton(name), owner, at, sig);
      return refusal ?? { done: true };
    });
  }

  named(name: string): RegisteredName | undefined {
    return registered(this.#sql.named.get(name));
  }

  of(owner: Uint8Array): RegisteredName | undefined {
    return registered(this.#sql.of.get(owner));
  }

  search(pattern: string, limit: number): Pick<NameClaim, 'name' | 'owner'>[] {
    // GLOB knows more wildcards than we promise.
    return this.#sql.search
      .all(pattern.replace(/[?[]/g, '[$&]'), limit)
      .map((row) => ({ name: textOf(row, 'name'), owner: blobOf(row, 'owner') }));
  }

  release(owner: Uint8Array, now: number): Promise<NameResult> {
    return this.#change(() => found(this.#sql.release.run(now, owner)));
  }

  putBackup(owner: Uint8Array, backup: AccountBackup | undefined): Promise<NameResult> {
    return this.#change(() => {
      if (!backup) return found(this.#sql.forgetBackup.run(owner));
      const { stretch, login, commitment, sealed } = backup;
      const { salt, kib, passes, lanes } = stretch;
      return found(this.#sql.putBackup.run(salt, kib, passes, lanes, login, commitment, sealed, owner));
    });
  }

  backup(name: string): (AccountBackup & { readonly owner: Uint8Array }) | undefined {
    const row = this.#sql.backup.get(name);
    return (
      row && {
        owner: blobOf(row, 'owner'),
        stretch: {
          salt: blobOf(row, 'salt'),
          kib: numberOf(row, 'kib'),
          passes: numberOf(row, 'passes'),
          lanes: numberOf(row, 'lanes'),
        },
        login: blobOf(row, 'login'),
        commitment: blobOf(row, 'commitment'),
        sealed: blobOf(row, 'sealed'),
      }
    );
  }

  purge(now: number): void {
    this.#sql.purge.run(now - this.#limits.nameHoldMs);
  }

  #change(work: () => NameResult): Promise<NameResult> {
    const full: Rejection = { code: 'storage-full' };
    return this.#group.run(work).catch(() => full);
  }
}

function found({ changes }: { readonly changes: number | bigint }): NameResult {
  return Number(changes) === 0 ? { code: 'no-such-name' } : { done: true };
}

function registered(row: Readonly<Record<string, SQLOutputValue>> | undefined): RegisteredName | undefined {
  return (
    row && {
      name: textOf(row, 'name'),
      owner: blobOf(row, 'owner'),
      at: numberOf(row, 'at'),
      sig: blobOf(row, 'sig'),
      password: numberOf(row, 'password') === 1,
    }
  );
}
