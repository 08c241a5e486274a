import { DatabaseSync } from 'node:sqlite';
import { ensurePrivateFile } from './private-files.ts';

/** One process's hold on something; the system lets go of it when the process ends, however it ends. */
export interface Lock {
  release(): void;
}

/** Undefined when another holder is alive. */
export function takeLock(path: string): Lock | undefined {
  ensurePrivateFile(path);
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    // No journal on disk: nothing is ever written, only the lock counts.
    database.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
  return {
    release: () => {
      if (database.isOpen) database.close();
    },
  };
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (error.errcode === 5 || error.errcode === 261);
}
