import { execFileSync } from 'node:child_process';
import fs, {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { backUp, restore } from '../../src/relay/backup.ts';
import { openDataDir } from '../../src/relay/data-dir.ts';
import { defaultLimits } from '../../src/relay/limits.ts';
import type { Store } from '../../src/relay/store.ts';

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'relay-backup-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

function keyOf(number: number): Uint8Array {
  const key = new Uint8Array(32);
  new DataView(key.buffer).setUint32(0, number);
  return key;
}

/** Something that is kept durably under a number. */
function put(store: Store, number: number) {
  return store.mailbox.putPrekey(keyOf(number), new Uint8Array(1_000).fill(number), number);
}

function putMany(store: Store, from: number, count: number) {
  return Promise.all(Array.from({ length: count }, (_, n) => put(store, from + n)));
}

/** Which of the numbers below `end` are there. */
function kept(store: Store, end = 5_000): number[] {
  return Array.from({ length: end }, (_, n) => n).filter((n) => store.mailbox.prekey(keyOf(n)));
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n);
}

async function stocked(folder: string, count = 50): Promise<Store> {
  const store = await openDataDir(join(folder, 'data'), defaultLimits);
  await putMany(store, 0, count);
  return store;
}

/** A backup of a store that runs; `meanwhile` happens while the file stands still. */
async function copied(
  folder: string,
  store: Store,
  meanwhile: () => Promise<unknown> = () => Promise.resolve(),
) {
  const still = store.stillCopy?.();
  if (!still) throw new Error('this store has no file');
  const file = join(folder, 'backup');
  // Before the first byte is copied: a checkpoint would show.
  await meanwhile();
  const bytes = await backUp({
    database: still.path,
    dataDir: join(folder, 'data'),
    file,
    stillThere: () => {
      still.release();
      return Promise.resolve(true);
    },
  });
  return { file, bytes };
}

describe('a backup', () => {
  it('of a relay under load holds everything that was stored before it began, and is whole', async () => {
    const folder = scratch();
    const store = await stocked(folder, 500);
    const { file, bytes } = await copied(folder, store, async () => {
      for (let from = 500; from < 4_500; from += 500) await putMany(store, from, 500);
    });
    expect(kept(store)).toEqual(upTo(4_500));
    store.close();
    expect(statSync(file)).toMatchObject({ size: bytes });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    rmSync(join(folder, 'data'), { recursive: true });
    await restore({ file, dataDir: join(folder, 'data') });
    const again = await openDataDir(join(folder, 'data'), defaultLimits);
    expect(kept(again)).toEqual(upTo(500));
    expect(again.seed).toEqual(store.seed);
    again.close();
  });

  it.skipIf(process.getuid?.() !== 0)('by root is root’s, whoever the relay runs as', async () => {
    const folder = scratch();
    const store = await stocked(folder, 1);
    chownSync(join(folder, 'data', 'relay.db'), 65_534, 65_534);
    expect(statSync((await copied(folder, store)).file)).toMatchObject({ uid: 0, gid: 0 });
    store.close();
  });

  it('lets the log shrink again when it is done', async () => {
    const folder = scratch();
    const store = await stocked(folder);
    await copied(folder, store);
    for (let from = 50; from < 5_000; from += 500) await putMany(store, from, 500);
    expect(statSync(join(folder, 'data', 'relay.db')).size).toBeGreaterThan(2_000_000);
    store.close();
  });

  it('replaces no file, and leaves none behind that is not whole', async () => {
    const folder = scratch();
    const store = await stocked(folder);
    const job = { database: join(folder, 'data', 'relay.db'), dataDir: join(folder, 'data') };
    const file = join(folder, 'mine');
    writeFileSync(file, 'mine');
    const gone = () => Promise.resolve(false);
    await expect(backUp({ ...job, file, stillThere: gone })).rejects.toThrow(
      /is there already: choose another/,
    );
    expect(readFileSync(file, 'utf8')).toBe('mine');
    const other = join(folder, 'other');
    await expect(backUp({ ...job, file: other, stillThere: gone })).rejects.toThrow(/the relay ended while/);
    await expect(backUp({ ...job, file: join(folder, 'no', 'x'), stillThere: gone })).rejects.toThrow(
      /cannot be made \(ENOENT\)/,
    );
    expect(existsSync(other) || existsSync(`${other}.part`)).toBe(false);
    store.close();
  });
});

it('a backup of a database that is damaged says so, and names no backup', async () => {
  const folder = scratch();
  const database = join(folder, 'relay.db');
  writeFileSync(database, 'broken'.repeat(2_000));
  writeFileSync(join(folder, 'relay.key'), 'key');
  const stillThere = () => Promise.resolve(true);
  const made = backUp({ database, dataDir: folder, file: join(folder, 'backup'), stillThere });
  await expect(made).rejects.toThrow(/backup cannot be made .*relay\.db is damaged/);
  expect(existsSync(join(folder, 'backup.part'))).toBe(false);
});

describe('a restore', () => {
  it('keeps aside what was there', async () => {
    const folder = scratch();
    const store = await stocked(folder, 3);
    const { file } = await copied(folder, store);
    await put(store, 99);
    store.close();
    const { aside = '' } = await restore({ file, dataDir: join(folder, 'data') });
    const now = await openDataDir(join(folder, 'data'), defaultLimits);
    expect(kept(now)).toEqual([0, 1, 2]);
    now.close();
    const before = await openDataDir(aside, defaultLimits);
    expect(kept(before)).toEqual([0, 1, 2, 99]);
    before.close();
  });

  it('is on disk where the system syncs only what may be written, as Windows does', async () => {
    const folder = scratch();
    const store = await stocked(folder, 3);
    const { file } = await copied(folder, store);
    store.close();
    const { openSync, fsyncSync } = fs;
    const readOnly = new Set<number>();
    Object.assign(fs, {
      openSync(path: string, flags: string, mode?: number) {
        const opened = openSync(path, flags, mode);
        if (flags === 'r' && fs.fstatSync(opened).isFile()) readOnly.add(opened);
        else readOnly.delete(opened);
        return opened;
      },
      fsyncSync(opened: number) {
        if (readOnly.has(opened)) throw Object.assign(new Error('EPERM: fsync'), { code: 'EPERM' });
        fsyncSync(opened);
      },
    });
    syncBuiltinESMExports();
    onTestFinished(() => {
      Object.assign(fs, { openSync, fsyncSync });
      syncBuiltinESMExports();
    });
    const dataDir = join(folder, 'elsewhere');
    expect(await restore({ file, dataDir })).toEqual({ aside: undefined });
  });

  it('is refused while a relay runs on the folder, and then nothing is changed', async () => {
    const folder = scratch();
    const store = await stocked(folder);
    const { file } = await copied(folder, store);
    await expect(restore({ file, dataDir: join(folder, 'data') })).rejects.toThrow(
      /a relay runs on .*: stop it first/,
    );
    expect(kept(store)).toEqual(upTo(50));
    store.close();
  });

  it.each([
    ['is not there', () => undefined, /is not there: check the name/],
    ['is a folder', (file: string) => mkdirSync(file), /is no file: check the name/],
    ['is a pipe', (file: string) => execFileSync('mkfifo', [file]), /is no file: check the name/],
    [
      'is something else',
      (file: string) => writeFileSync(file, 'hello'.repeat(999)),
      /is no backup of a relay/,
    ],
    [
      'holds no key',
      (file: string) =>
        new DatabaseSync(file).exec('CREATE TABLE backup (relay_key TEXT); PRAGMA user_version = 1'),
      /holds no key of a relay/,
    ],
    [
      'is of a newer program',
      (file: string) => new DatabaseSync(file).exec('PRAGMA user_version = 99'),
      /is of a newer chat-tui \(format 99\): update this one/,
    ],
  ])('from a file that %s is refused in one sentence', async (_, make, sentence) => {
    const folder = scratch();
    const store = await stocked(folder, 2);
    store.close();
    const file = join(folder, 'file');
    make(file);
    await expect(restore({ file, dataDir: join(folder, 'data') })).rejects.toThrow(sentence);
    const still = await openDataDir(join(folder, 'data'), defaultLimits);
    expect(kept(still)).toEqual([0, 1]);
    still.close();
  });

  it('into what is no folder is refused by name', async () => {
    const folder = scratch();
    const store = await stocked(folder, 1);
    const { file } = await copied(folder, store);
    store.close();
    await expect(restore({ file, dataDir: file })).rejects.toThrow(
      /^the data folder .*backup cannot be used \(EEXIST\): choose another with --data/,
    );
  });

  it.skipIf(process.getuid?.() !== 0)('by root belongs to the user that the relay runs as', async () => {
    const folder = scratch();
    const data = join(folder, 'data');
    const store = await stocked(folder, 1);
    const { file } = await copied(folder, store);
    store.close();
    for (const name of ['', 'relay.db', 'relay.key']) chownSync(join(data, name), 65_534, 65_534);
    const { aside = '' } = await restore({ file, dataDir: data });
    for (const path of [aside, join(data, 'relay.db'), join(data, 'relay.key')])
      expect(statSync(path), path).toMatchObject({ uid: 65_534, gid: 65_534 });
  });

  it('mends a folder whose database is damaged', async () => {
    const folder = scratch();
    const store = await stocked(folder, 2);
    const { file } = await copied(folder, store);
    store.close();
    const path = join(folder, 'data', 'relay.db');
    chmodSync(path, 0o600);
    writeFileSync(path, 'broken'.repeat(2_000));
    await expect(openDataDir(join(folder, 'data'), defaultLimits)).rejects.toThrow(
      /restore it from a backup/,
    );
    await restore({ file, dataDir: join(folder, 'data') });
    const mended = await openDataDir(join(folder, 'data'), defaultLimits);
    expect(kept(mended)).toEqual([0, 1]);
    mended.close();
  });
});

it('a file that stands still is no other copy’s until it is let go of', async () => {
  const folder = scratch();
  const store = await stocked(folder);
  const others: unknown[] = [];
  const { file } = await copied(folder, store, async () => {
    await putMany(store, 50, 50);
    others.push(store.stillCopy?.());
    await putMany(store, 100, 2_000);
  });
  await restore({ file, dataDir: join(folder, 'restored') });
  const restored = await openDataDir(join(folder, 'restored'), defaultLimits);
  expect(kept(restored)).toEqual(upTo(50));
  restored.close();
  expect(others).toEqual([undefined]);
  const first = store.stillCopy?.();
  first?.release();
  const second = store.stillCopy?.();
  // Of the one before.
  first?.release();
  expect(store.stillCopy?.()).toBeUndefined();
  second?.release();
  store.close();
});

it('what stood still for a backup is let go of after the relay has ended', async () => {
  const store = await stocked(scratch(), 1);
  const still = store.stillCopy?.();
  store.close();
  expect(() => still?.release()).not.toThrow();
});
