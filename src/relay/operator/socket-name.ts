import { closeSync, mkdtempSync, openSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';

/** File in the data folder at which operators are answered. */
export const OPERATOR_SOCKET = 'operator.sock';
/** Bytes that the name of a Unix socket may have on every system. */
const MAX_NAME_BYTES = 100;

/** A name short enough for the system; good until `release`. */
export interface SocketName {
  readonly name: string;
  readonly release: () => void;
}

/** Linux has a short name for any folder that is open; elsewhere a link to it has one. */
export function socketName(path: string, platform: NodeJS.Platform = process.platform): SocketName {
  if (Buffer.byteLength(path) <= MAX_NAME_BYTES) return { name: path, release: () => undefined };
  if (platform !== 'linux') {
    const short = mkdtempSync(join(tmpdir(), 'tui-'));
    symlinkSync(resolve(dirname(path)), join(short, 'd'));
    return {
      name: join(short, 'd', basename(path)),
      release: () => rmSync(short, { recursive: true, force: true }),
    };
  }
  const folder = openSync(dirname(path), 'r');
  return {
    name: join('/proc/self/fd', String(folder), basename(path)),
    release: () => closeSync(folder),
  };
}
