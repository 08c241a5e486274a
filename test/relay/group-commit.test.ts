import { DatabaseSync } from 'node:sqlite';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../src/relay/database.ts';
import { defaultLimits } from '../../src/relay/limits.ts';
import { GroupCommit } from '../../src/relay/mailbox/group-commit.ts';
import { SqliteMailbox } from '../../src/relay/mailbox/sqlite-mailbox.ts';

function rig() {
  const folder = mkdtempSync(join(tmpdir(), 'group-'));
  const path = join(folder, 'test.db');
  const database = new DatabaseSync(path);
  database.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (n INTEGER PRIMARY KEY)');
  const reader = new DatabaseSync(path);
  onTestFinished(() => {
    database.close();
    reader.close();
    rmSync(folder, { recursive: true });
  });
  const failures: unknown[] = [];
  const insert = database.prepare('INSERT INTO t VALUES (?)');
  return {
    database,
    failures,
    group: new GroupCommit(database, (error) => failures.push(error)),
    put: (n: number) => insert.run(n).changes,
    /** What another connection sees: only what is committed. */
    durable: () =>
      reader
        .prepare('SELECT n FROM t')
        .all()
        .map((row) => row['n']),
  };
}

describe('a group commit', () => {
  it('joins the writes of one tick and resolves them once they are durable', async () => {
    const { database, group, put, durable } = rig();
    const done = [1, 2, 3].map((n) => group.run(() => put(n)));
    expect(database.isTransaction).toBe(true);
    expect(durable()).toEqual([]);
    expect(await Promise.all(done)).toEqual([1, 1, 1]);
    expect(durable()).toEqual([1, 2, 3]);
  });

  it('joins what comes within 20 ms of the last commit', async () => {
    const { group, put, durable } = rig();
    await group.run(() => put(1));
    const second = group.run(() => put(2));
    await new Promise((resolve) => setImmediate(resolve));
    const third = group.run(() => put(3));
    expect(durable()).toEqual([1]);
    await Promise.race([second, third]);
    expect(durable()).toEqual([1, 2, 3]);
  });

  it('fails as a whole and works again afterwards', async () => {
    const { group, put, durable } = rig();
    const results = await Promise.allSettled([
      group.run(() => put(1)),
      group.run(() => {
        throw new Error('disk');
      }),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(durable()).toEqual([]);
    await group.run(() => put(2));
    expect(durable()).toEqual([2]);
  });
});

describe('a group commit that cannot be made durable', () => {
  it('fails all that waits for it, keeps nothing, and works again afterwards', async () => {
    const { database, failures, group, put, durable } = rig();
    // Looked at when the transaction ends.
    database.exec('CREATE TABLE later (n REFERENCES t (n) DEFERRABLE INITIALLY DEFERRED)');
    const results = await Promise.allSettled([
      group.run(() => put(1)),
      group.run(() => database.exec('INSERT INTO later VALUES (9)')),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect([durable(), failures.length]).toEqual([[], 1]);
    await group.run(() => put(2));
    expect(durable()).toEqual([2]);
  });
});

describe('the operator', () => {
  it('is told once why nothing can be stored, and again when it went well in between', async () => {
    const { group, put, failures } = rig();
    const fail = (): Promise<unknown> =>
      group
        .run(() => {
          throw new Error('malformed');
        })
        .catch(() => undefined);
    await fail();
    await fail();
    expect(failures).toEqual([new Error('malformed')]);
    await group.run(() => put(1));
    await fail();
    expect(failures).toHaveLength(2);
  });
});

describe('the sqlite mailbox', () => {
  it('says storage-full when the disk takes no more, and stores again when it does', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'full-'));
    const database = await openDatabase(join(folder, 'relay.db'));
    onTestFinished(() => {
      database.close();
      rmSync(folder, { recursive: true });
    });
    const mailbox = new SqliteMailbox(database, defaultLimits);
    const key = (n: number) => new Uint8Array(32).fill(n);
    await mailbox.putPrekey(key(1), key(9), 0);
    const put = (n: number) =>
      mailbox.put({
        from: key(2),
        to: key(1),
        id: new Uint8Array(16).fill(n),
        mail: new Uint8Array(16_000),
        at: 0,
      });
    database.exec('PRAGMA max_page_count = 14');
    expect(await put(1)).toEqual({ code: 'storage-full' });
    expect(mailbox.waiting(key(1), 0, 10)).toEqual([]);
    database.exec('PRAGMA max_page_count = 1000');
    expect(await put(1)).toEqual({ stored: true });
  });
});
