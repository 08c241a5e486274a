import { accessSync, constants } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { ensurePrivateFile } from './private-files.ts';
import { isBusy, isDamage } from './sqlite-errors.ts';
import { namingThePath, UnusableFileError } from './unusable-file.ts';

/** One process's hold on something; the system lets go of it when the process ends, however it ends. */
export interface Lock {
  release(): void;
}

/** Undefined when another holder is alive. Throws `UnusableFileError` when the file cannot be locked at all. */
export function takeLock(path: string): Lock | undefined {
  return namingThePath(path, () => lockOf(path));
}

function lockOf(path: string): Lock | undefined {
  ensurePrivateFile(path);
  // Of a file that it may only read, SQLite lets everybody have the lock.
  accessSync(path, constants.W_OK);
  const database = new DatabaseSync(path);
  try {
    // No journal on disk: nothing is ever written, only the lock counts.
    database.exec(
      'PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE',
    );
  } catch (error) {
    database.close();
    if (isBusy(error)) return undefined;
    if (!isDamage(error)) throw error;
    throw new UnusableFileError(`${path} is damaged (${error.message}). Move it away, then start again.`);
  }
  let held = true;
  return {
    release: () => {
      if (held) database.close();
      held = false;
    },
  };
}
