import { DatabaseSync } from 'node:sqlite';
import { ensurePrivateFile } from './private-files.ts';

/** One process's hold on something; the system lets go of it when the process ends, however it ends. */
export interface Lock {
  release(): void;
}

/** Undefined when another holder is alive. */
export function takeLock(path: string): Lock | undefined {
  ensurePrivateFile(path);
  const database = new DatabaseSync(path);
  try {
    // No journal on disk: nothing is ever written, only the lock counts.
    database.exec(
      'PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE',
    );
  } catch (error) {
    database.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
  let held = true;
  return {
    release: () => {
      if (held) database.close();
      held = false;
    },
  };
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (error.errcode === 5 || error.errcode === 261);
}
