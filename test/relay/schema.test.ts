import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { newestFormat } from '../../src/relay/database.ts';
import { openDataDir } from '../../src/relay/data-dir.ts';
import { defaultLimits } from '../../src/relay/limits.ts';

const folder = join(import.meta.dirname, 'schema');
const formats = readdirSync(folder)
  .flatMap((name) => /^format-(\d+)\.sql$/.exec(name)?.[1] ?? [])
  .map(Number)
  .toSorted((a, b) => a - b);
const key = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);

/** A data folder as a program of that format left it. */
async function leftBy(format: number): Promise<string> {
  const data = mkdtempSync(join(tmpdir(), 'relay-schema-'));
  onTestFinished(() => rmSync(data, { recursive: true }));
  const made = await openDataDir(data, defaultLimits);
  made.close();
  rmSync(join(data, 'relay.db'));
  const database = new DatabaseSync(join(data, 'relay.db'));
  database.exec('PRAGMA journal_mode = WAL');
  database.exec(readFileSync(join(folder, `format-${format}.sql`), 'utf8'));
  database.close();
  return data;
}

function shape(path: string): unknown {
  const database = new DatabaseSync(path, { readOnly: true });
  const tables = database
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
    .all()
    .map(({ name }) => [name, database.prepare(`PRAGMA table_info(${String(name)})`).all()]);
  const indexes = database.prepare("SELECT name FROM sqlite_master WHERE type = 'index' ORDER BY name").all();
  database.close();
  return [tables, indexes];
}

describe('a data folder of an earlier format', () => {
  it('is kept here for every format there was', () => {
    expect(formats).toEqual(Array.from({ length: newestFormat }, (_, index) => index + 1));
  });

  it.each(formats)('%i is brought up to date and keeps what it held', async (format) => {
    const data = await leftBy(format);
    const store = await openDataDir(data, defaultLimits);
    expect(store.mailbox.waiting(key(1), 0, 10)).toMatchObject([{ mail: new Uint8Array([7]), from: key(2) }]);
    expect(store.mailbox.prekey(key(1))).toEqual(new Uint8Array([10, 11]));
    expect(store.mailbox.receipts(key(2), 0, 10)).toHaveLength(format >= 4 ? 2 : 1);
    expect(store.nextFence()).toBeGreaterThan(5_120);
    expect(store.names.of(key(1))?.name).toBe(format >= 2 ? 'ada' : undefined);
    expect(store.mailbox.blocks(key(1), key(5))).toBe(format >= 3);
    expect(store.allowances.all('registration')).toHaveLength(format >= 5 ? 1 : 0);
    expect(store.bans.all()).toHaveLength(format >= 6 ? 1 : 0);
    store.close();
    const fresh = await leftBy(newestFormat);
    expect(shape(join(data, 'relay.db'))).toEqual(shape(join(fresh, 'relay.db')));
  });

  it('is not touched by a step that fails: the earlier program can still use it', async () => {
    const data = await leftBy(1);
    const database = new DatabaseSync(join(data, 'relay.db'));
    // In the way of a table that the second format makes.
    database.exec('CREATE TABLE name (x INTEGER)');
    database.close();
    cpSync(join(data, 'relay.db'), join(data, 'before.db'));
    await expect(openDataDir(data, defaultLimits)).rejects.toThrow(/cannot be used \(table name already/);
    expect(shape(join(data, 'relay.db'))).toEqual(shape(join(data, 'before.db')));
  });
});
