import { codeOf } from '../shared/error-code.ts';

// https://www.sqlite.org/rescode.html, primary codes but for the last.
const SQLITE_BUSY = 5;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_NOTADB = 26;
/** There was no room for the file beside the database that is shared in memory. */
const SQLITE_IOERR_SHMSIZE = 4874;
const systemCodes: ReadonlyMap<number, string> = new Map([
  [3, 'EACCES'],
  [8, 'READONLY'],
  [SQLITE_FULL, 'ENOSPC'],
  [14, 'CANTOPEN'],
]);

/** Whether another process has the file. */
export function isBusy(error: unknown): boolean {
  return primaryCode(error) === SQLITE_BUSY;
}

/** Whether SQLite says that what is in a file cannot be. */
export function isDamage(error: unknown): error is Error {
  const code = primaryCode(error);
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB;
}

/** What SQLite was not let do, as the system names it where it has a name; undefined for anything else. */
export function deniedCode(error: unknown): string | undefined {
  return systemCodes.get(primaryCode(error) ?? 0);
}

export function isSqliteError(error: unknown): error is Error {
  return error instanceof Error && codeOf(error) === 'ERR_SQLITE_ERROR';
}

/** SQLite adds what exactly happened in the bits above. */
function primaryCode(error: unknown): number | undefined {
  if (!(error instanceof Error && 'errcode' in error && typeof error.errcode === 'number')) return undefined;
  return error.errcode === SQLITE_IOERR_SHMSIZE ? SQLITE_FULL : error.errcode & 0xff;
}
