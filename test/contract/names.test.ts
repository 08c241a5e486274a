import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DAY } from '../../src/shared/limits.ts';
import { openDatabase } from '../../src/relay/database.ts';
import { defaultLimits, type RelayLimits } from '../../src/relay/limits.ts';
import { GroupCommit } from '../../src/relay/mailbox/group-commit.ts';
import { MemoryNames } from '../../src/relay/names/memory-names.ts';
import type { NameClaim, Names } from '../../src/relay/names/names.ts';
import { SqliteNames } from '../../src/relay/names/sqlite-names.ts';

interface Opened {
  readonly names: Names;
  close(): void;
}

const implementations: Readonly<Record<string, (folder: string, limits: RelayLimits) => Promise<Opened>>> = {
  memory: async (_, limits) => ({ names: new MemoryNames(limits), close: () => undefined }),
  sqlite: async (folder, limits) => {
    const database = await openDatabase(join(folder, 'relay.db'));
    return {
      names: new SqliteNames(database, limits, new GroupCommit(database)),
      close: () => database.close(),
    };
  },
};

const key = (n: number) => new Uint8Array(32).fill(n);
const [ada, bob, cleo] = [key(1), key(2), key(3)];
const claim = (name: string, owner: Uint8Array, at = 1): NameClaim => ({
  name,
  owner,
  at,
  sig: new Uint8Array(64).fill(at),
});
const backup = {
  stretch: { salt: new Uint8Array(16).fill(4), kib: 65_536, passes: 3, lanes: 1 },
  login: key(5),
  commitment: key(6),
  sealed: new Uint8Array(80).fill(7),
};
const done = { done: true };

describe.each(Object.entries(implementations))('the %s names', (_, open) => {
  let folder: string;
  let opened: Opened | undefined;
  let names: Names;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'names-'));
    await start({});
  });

  afterEach(() => {
    opened?.close();
    opened = undefined;
    rmSync(folder, { recursive: true });
  });

  async function start(limits: Partial<RelayLimits>): Promise<void> {
    opened?.close();
    opened = await open(mkdtempSync(join(folder, 'data-')), { ...defaultLimits, ...limits });
    ({ names } = opened);
  }

  it('gives a name to whoever claims it first, and says whose it is', async () => {
    expect(await names.claim(claim('ada', ada))).toEqual(done);
    expect(await names.claim(claim('ada', bob))).toEqual({ code: 'name-taken' });
    expect(names.named('ada')).toEqual({ ...claim('ada', ada), password: false });
    expect(names.of(ada)?.name).toBe('ada');
    expect([names.named('bob'), names.of(bob)]).toEqual([undefined, undefined]);
  });

  it('takes the same claim twice, for an answer that was lost', async () => {
    await names.claim(claim('ada', ada, 1));
    await names.putBackup(ada, backup);
    expect(await names.claim(claim('ada', ada, 2))).toEqual(done);
    expect(names.named('ada')).toMatchObject({ at: 2, password: true });
  });

  it('gives a key one name', async () => {
    await names.claim(claim('ada', ada));
    expect(await names.claim(claim('lovelace', ada))).toEqual({ code: 'has-name' });
  });

  it.each([
    ['paypal', 'paypa1'],
    ['bob', 'b0b'],
    ['modern', 'modem'],
    ['ada', 'a-d_a'],
  ])('refuses what looks like another name: %s and %s', async (first, second) => {
    await names.claim(claim(first, ada));
    expect(names.refusal(claim(second, bob))).toEqual({ code: 'name-lookalike' });
    expect(await names.claim(claim(second, bob))).toEqual({ code: 'name-lookalike' });
  });

  it('finds names by a text with wildcards, in order, at most as many as asked for', async () => {
    for (const [n, name] of ['tea', 'teapot', 'kettle', 'pot'].entries())
      await names.claim(claim(name, key(n)));
    const found = (pattern: string, limit = 9) => names.search(pattern, limit).map(({ name }) => name);
    expect(found('*')).toEqual(['kettle', 'pot', 'tea', 'teapot']);
    expect(found('*', 2)).toEqual(['kettle', 'pot']);
    expect(found('tea')).toEqual(['tea']);
    expect(found('tea*')).toEqual(['tea', 'teapot']);
    expect(found('*pot')).toEqual(['pot', 'teapot']);
    expect(found('t*p*t')).toEqual(['teapot']);
    expect(found('*t*t*')).toEqual(['kettle', 'teapot']);
    expect(found('tea*eapot')).toEqual([]);
    expect(found('t?a')).toEqual([]);
  });

  it('keeps what a password opens, replaces it, and forgets it', async () => {
    expect(await names.putBackup(ada, backup)).toEqual({ code: 'no-such-name' });
    await names.claim(claim('ada', ada));
    expect(await names.putBackup(ada, backup)).toEqual(done);
    expect(names.backup('ada')).toEqual({ ...backup, owner: ada });
    expect(names.of(ada)?.password).toBe(true);
    const other = { ...backup, sealed: new Uint8Array(90).fill(9) };
    await names.putBackup(ada, other);
    expect(names.backup('ada')?.sealed).toEqual(other.sealed);
    await names.putBackup(ada, undefined);
    expect([names.backup('ada'), names.of(ada)?.password]).toEqual([undefined, false]);
  });

  it('holds a name that was given up for its owner alone, without its backup', async () => {
    await names.claim(claim('ada', ada));
    await names.putBackup(ada, backup);
    expect(await names.release(ada, 1_000)).toEqual(done);
    expect(await names.release(ada, 1_000)).toEqual({ code: 'no-such-name' });
    expect([names.named('ada'), names.of(ada), names.backup('ada'), names.search('*', 9)]).toEqual([
      undefined,
      undefined,
      undefined,
      [],
    ]);
    expect(await names.claim(claim('ada', bob))).toEqual({ code: 'name-taken' });
    expect(await names.claim(claim('4da', bob))).toEqual(done);
    expect(await names.claim(claim('a_da', cleo))).toEqual({ code: 'name-lookalike' });
    expect(await names.claim(claim('ada', ada))).toEqual(done);
    expect(names.backup('ada')).toBeUndefined();
  });

  it('lets go of it 90 days later and not before', async () => {
    await names.claim(claim('ada', ada));
    await names.release(ada, 1_000);
    names.purge(1_000 + 90 * DAY - 1);
    expect(await names.claim(claim('ada', bob))).toEqual({ code: 'name-taken' });
    names.purge(1_000 + 90 * DAY);
    expect(await names.claim(claim('ada', bob))).toEqual(done);
    names.purge(Number.MAX_SAFE_INTEGER);
    expect(names.named('ada')?.owner).toEqual(bob);
  });

  it('takes as many names as it is told and not one more', async () => {
    await start({ names: 2 });
    await names.claim(claim('ada', ada));
    expect(await names.claim(claim('bob', bob))).toEqual(done);
    expect(await names.claim(claim('cleo', cleo))).toEqual({ code: 'storage-full' });
    expect(await names.claim(claim('bob', bob))).toEqual(done);
  });
});
