import { closeSync, openSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** File in the data folder at which operators are answered. */
export const OPERATOR_SOCKET = 'operator.sock';
/** Bytes that the name of a Unix socket may have on every system. */
const MAX_NAME_BYTES = 100;

/** A name short enough for the system; good until `release`. */
export interface SocketName {
  readonly name: string;
  readonly release: () => void;
}

/** Linux has a short name for any folder that is open. */
export function socketName(path: string): SocketName {
  if (Buffer.byteLength(path) <= MAX_NAME_BYTES || process.platform !== 'linux')
    return { name: path, release: () => undefined };
  const folder = openSync(dirname(path), 'r');
  return {
    name: join('/proc/self/fd', String(folder), basename(path)),
    release: () => closeSync(folder),
  };
}
