import fs, {
  accessSync,
  chmodSync,
  chownSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { freePath } from '../files/free-path.ts';
import { createPrivateFile, PRIVATE_FILE, syncFolder } from '../files/private-files.ts';
import { codeOf } from '../shared/error-code.ts';
import { DATABASE_FILE, KEY_FILE, makeDataFolder } from './data-files.ts';
import { newestFormat, numberOf, textOf } from './database.ts';
import { CannotCreateError, StoreError } from './store-error.ts';

/**
 * Copies a database that stands still, with the relay's key in it, to a new file, and returns its length. A file that is
 * there is not replaced. Throws `StoreError`.
 */
export async function backUp(job: {
  readonly database: string;
  readonly dataDir: string;
  readonly file: string;
  /** Asked when the copy is made: whether nothing changed meanwhile. */
  readonly stillThere: () => Promise<boolean>;
}): Promise<number> {
  const { database, dataDir, file, stillThere } = job;
  const temporary = `${file}.part`;
  if (existsSync(file)) throw new CannotCreateError(`${file} is there already: choose another name`);
  try {
    // Made first, so that it is nobody else's from the start.
    await (await fs.promises.open(temporary, 'wx', PRIVATE_FILE)).close();
  } catch (error) {
    const left =
      codeOf(error) === 'EEXIST'
        ? 'another backup is being made, or was broken off: remove it'
        : 'choose another place';
    throw new CannotCreateError(`${temporary} cannot be made (${codeOf(error)}): ${left}`, { cause: error });
  }
  try {
    await fs.promises.copyFile(database, temporary);
    if (isRoot()) chownSync(temporary, 0, 0);
    if (!(await stillThere())) throw new StoreError(`the relay ended while ${file} was made: try again`);
    const unfit = (reason: string) =>
      `${file} cannot be made (${reason}): make room there; with room enough, ${database} is damaged`;
    await withDatabase(temporary, unfit, (copy) => {
      const key = readFileSync(join(dataDir, KEY_FILE), 'utf8');
      copy.exec('CREATE TABLE backup (relay_key TEXT NOT NULL, at INTEGER NOT NULL) STRICT');
      copy.prepare('INSERT INTO backup (relay_key, at) VALUES (?, ?)').run(key, Date.now());
      requireWhole(copy, `${database} is damaged: restore an earlier backup`);
      // One file, without a log beside it.
      copy.exec('PRAGMA journal_mode = DELETE');
    });
    syncFile(temporary);
    renameSync(temporary, file);
    syncFolder(dirname(file));
    return (await fs.promises.stat(file)).size;
  } catch (error) {
    for (const end of ['', '-wal', '-shm', '-journal']) rmSync(`${temporary}${end}`, { force: true });
    if (error instanceof StoreError) throw error;
    throw new CannotCreateError(`${file} cannot be written (${codeOf(error)}): choose another place`, {
      cause: error,
    });
  }
}

/** Puts a backup in place; `aside` is where that went which was there. Throws `StoreError`, and then nothing was changed. */
export async function restore({
  file,
  dataDir,
}: {
  readonly file: string;
  readonly dataDir: string;
}): Promise<{
  readonly aside: string | undefined;
}> {
  requireReadable(file);
  makeDataFolder(dataDir);
  await requireNobody(dataDir);
  const temporary = join(dataDir, `restore-${process.pid}`);
  const unfit = (reason: string) => `${file} is no backup of a relay (${reason}): check the name of the file`;
  try {
    mkdirSync(temporary, { mode: 0o700 });
    const copy = join(temporary, DATABASE_FILE);
    copyFileSync(file, copy, constants.COPYFILE_EXCL);
    const key = await withDatabase(copy, unfit, (database) => takeKey(database, file));
    createPrivateFile(join(temporary, KEY_FILE), key);
    chmodSync(copy, PRIVATE_FILE);
    syncFile(copy);
    giveToOwnerOf(dataDir, [copy, join(temporary, KEY_FILE)]);
    const aside = putAside(dataDir);
    renameSync(join(temporary, KEY_FILE), join(dataDir, KEY_FILE));
    renameSync(copy, join(dataDir, DATABASE_FILE));
    syncFolder(dataDir);
    return { aside };
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError(
      `${dataDir} cannot take the backup (${codeOf(error)}): make room there, or choose another with --data`,
      { cause: error },
    );
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Reading a FIFO would wait for ever. */
function requireReadable(file: string): void {
  if (!existsSync(file)) throw new StoreError(`${file} is not there: check the name of the backup`);
  if (!statSync(file).isFile()) throw new StoreError(`${file} is no file: check the name of the backup`);
  try {
    accessSync(file, constants.R_OK);
  } catch (error) {
    throw new StoreError(`${file} cannot be read (${codeOf(error)}): run this as whoever made it`, {
      cause: error,
    });
  }
}

/** The key in a backup, which is a relay's database from here on. */
function takeKey(database: DatabaseSync, file: string): string {
  const version = numberOf(database.prepare('PRAGMA user_version').get() ?? {}, 'user_version');
  if (version > newestFormat)
    throw new StoreError(`${file} is of a newer chat-tui (format ${version}): update this one`);
  requireWhole(database, `${file} is damaged: take another backup`);
  const row = database.prepare('SELECT relay_key FROM backup').get();
  if (!row)
    throw new StoreError(`${file} holds no key of a relay: it was not made by "chat-tui relay backup"`);
  const key = textOf(row, 'relay_key');
  database.exec('DROP TABLE backup');
  return key;
}

function requireWhole(database: DatabaseSync, otherwise: string): void {
  const [verdict] = Object.values(database.prepare('PRAGMA quick_check(1)').get() ?? {});
  if (verdict !== 'ok') throw new StoreError(otherwise);
}

/** Whoever runs on the folder holds a lock that its end lets go, however it ends. */
async function requireNobody(dataDir: string): Promise<void> {
  const path = join(dataDir, DATABASE_FILE);
  if (!existsSync(path)) return;
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; ROLLBACK');
  } catch (error) {
    // What is damaged is locked by nobody.
    if (/locked|busy/i.test(error instanceof Error ? error.message : ''))
      throw new StoreError(`a relay runs on ${dataDir}: stop it first ("chat-tui relay drain")`, {
        cause: error,
      });
  } finally {
    database.close();
  }
}

function putAside(dataDir: string): string | undefined {
  const there = [DATABASE_FILE, `${DATABASE_FILE}-wal`, `${DATABASE_FILE}-shm`, KEY_FILE].filter((name) =>
    existsSync(join(dataDir, name)),
  );
  if (there.length === 0) return undefined;
  const stamp = new Date().toISOString().replace(/[-:]/g, '').slice(0, 15);
  const aside = freePath(join(dataDir, `before-restore-${stamp}`));
  mkdirSync(aside, { mode: 0o700 });
  giveToOwnerOf(dataDir, [aside]);
  for (const name of there) renameSync(join(dataDir, name), join(aside, name));
  return aside;
}

/** Root restores for the user that the relay runs as, who has to read it. */
function giveToOwnerOf(folder: string, paths: readonly string[]): void {
  if (!isRoot()) return;
  const { uid, gid } = statSync(folder);
  for (const path of paths) chownSync(path, uid, gid);
}

/** A copy keeps its owner where root makes it. */
function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** `unfit` is what to say where SQLite gives a reason not to. */
async function withDatabase<Value>(
  path: string,
  unfit: (reason: string) => string,
  use: (database: DatabaseSync) => Value,
): Promise<Value> {
  const { DatabaseSync } = await import('node:sqlite');
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    return use(database);
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError(unfit(error instanceof Error ? error.message : 'unknown reason'), { cause: error });
  } finally {
    database?.close();
  }
}

function syncFile(path: string): void {
  // Windows wants that it may be written.
  const file = openSync(path, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
