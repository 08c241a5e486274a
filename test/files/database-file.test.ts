import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { damageIn, ensureDatabaseFile } from '../../src/files/database-file.ts';
import { UnusableFileError } from '../../src/files/unusable-file.ts';
import { recordedFiles } from '../support/recorded-files.ts';

function fresh(): { folder: string; path: string } {
  const folder = mkdtempSync(join(tmpdir(), 'chat-tui-database-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return { folder, path: join(folder, 'a.db') };
}

describe('a database file', () => {
  it('that was not there is put there whole, private and alone', () => {
    const { folder, path } = fresh();
    ensureDatabaseFile(path, DatabaseSync, 'Remedy.');
    expect(readdirSync(folder)).toEqual(['a.db']);
    expect(statSync(path).size).toBeGreaterThan(0);
    expect(statSync(path).mode & 0o777).toBe(process.platform === 'win32' ? 0o666 : 0o600);
    const database = new DatabaseSync(path);
    database.exec('CREATE TABLE a (b TEXT) STRICT');
    database.close();
    ensureDatabaseFile(path, DatabaseSync, 'Remedy.');
  });

  it('is on disk before it has its name', () => {
    const { path } = fresh();
    const calls = recordedFiles();
    ensureDatabaseFile(path, DatabaseSync, 'Remedy.');
    expect(calls).toEqual(['sync temporary', 'link temporary a.db']);
  });

  it('without a byte is refused with the remedy, and left as it is', () => {
    const { path } = fresh();
    ensureDatabaseFile(path, DatabaseSync, 'Remedy.');
    truncateSync(path, 0);
    const ensure = (): void => ensureDatabaseFile(path, DatabaseSync, 'Remedy.');
    expect(ensure).toThrow(UnusableFileError);
    expect(ensure).toThrow(`${path} is empty, though something was in it before. Remedy.`);
    expect(statSync(path).size).toBe(0);
  });

  it('that a full disk keeps from being made leaves nothing behind', () => {
    const { folder, path } = fresh();
    class Full extends DatabaseSync {
      override exec(): void {
        throw new Error('database or disk is full');
      }
    }
    expect(() => ensureDatabaseFile(path, Full, 'Remedy.')).toThrow('disk is full');
    expect(existsSync(path)).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is looked through, deeper than opening it shows', () => {
    const { path } = fresh();
    const database = new DatabaseSync(path);
    database.exec('CREATE TABLE a (b TEXT) STRICT');
    database.exec('BEGIN');
    for (let i = 0; i < 200; i++) database.exec(`INSERT INTO a VALUES ('${'x'.repeat(500)}')`);
    database.exec('COMMIT');
    expect(damageIn(database)).toBeUndefined();
    database.close();
    writeFileSync(path, readFileSync(path).fill('no such format ', 5 * 4_096, 6 * 4_096));
    const again = new DatabaseSync(path);
    onTestFinished(() => again.close());
    expect(again.prepare('SELECT name FROM sqlite_schema').all()).toHaveLength(1);
    expect(damageIn(again)).toMatch(/page/i);
  });
});
