import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { fromBase32, toBase32 } from '../shared/base32.ts';
import { equalBytes } from '../shared/bytes.ts';
import { randomBytes, signerFrom } from '../shared/crypto/sign.ts';

const HEADER = 'chat-tui relay key 1';
const SEED_BYTES = 32;

/** The data folder cannot be used; `message` is one sentence with the remedy. */
export class StoreError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreError';
  }
}

/**
 * The seed in the key file at `path`, undefined when there is none. Throws `StoreError` for a file that is a link,
 * another user's, readable by others or damaged.
 */
export function readKeyFile(path: string): Uint8Array | undefined {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (codeOf(error) === 'ELOOP') throw new StoreError(`${path} is a link: put the key file itself there`);
    throw new StoreError(`${path} cannot be read (${codeOf(error)}): give it to the user who runs the relay`);
  }
  try {
    const { mode, uid } = fstatSync(file);
    if (process.getuid && uid !== process.getuid())
      throw new StoreError(`${path} belongs to another user: run "chown ${process.getuid()} ${path}"`);
    if (process.getuid && (mode & 0o077) !== 0)
      throw new StoreError(`${path} can be read by other users: run "chmod 600 ${path}"`);
    return parse(readFileSync(file, 'utf8'), path);
  } finally {
    closeSync(file);
  }
}

/** Makes a key and its file, mode 0600, durable before this returns; throws rather than replace a file. */
export function createKeyFile(path: string): Uint8Array {
  const seed = randomBytes(SEED_BYTES);
  const temporary = `${path}.${toBase32(randomBytes(5))}`;
  const file = openSync(temporary, 'wx', 0o600);
  try {
    writeSync(file, `${HEADER}\n${toBase32(seed)}\n${toBase32(signerFrom(seed).publicKey)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    // Unlike a rename, a link never takes the place of a file that another process made meanwhile.
    linkSync(temporary, path);
  } finally {
    unlinkSync(temporary);
  }
  syncFolder(dirname(path));
  return seed;
}

function parse(text: string, path: string): Uint8Array {
  const [header, seedText = '', publicText = '', rest] = text.split('\n');
  const seed = fromBase32(seedText, SEED_BYTES);
  const publicKey = fromBase32(publicText, SEED_BYTES);
  if (
    header !== HEADER ||
    rest !== '' ||
    !seed ||
    !publicKey ||
    !equalBytes(signerFrom(seed).publicKey, publicKey)
  )
    throw new StoreError(
      `${path} is damaged: restore it from a backup, or move it away to start as a new relay`,
    );
  return seed;
}

function syncFolder(path: string): void {
  // Windows cannot open a folder.
  if (process.platform === 'win32') return;
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
}
