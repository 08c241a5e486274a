import { constants, promises } from 'node:fs';
import { basename, isAbsolute, join, resolve } from 'node:path';
import { codeOf } from '../../shared/error-code.ts';
import { utf8 } from '../../shared/bytes.ts';
import { isDeviceName, sanitizeLine } from '../../shared/text.ts';
import { exitCodes } from '../../shared/exit-codes.ts';

/** Longest file name that every usual file system takes, in UTF-8 bytes. */
const MAX_FILE_NAME_BYTES = 255;
const WRITE_BATCH = 64 * 1_024;
/** Saves of one second; rooms of one title are more than one. */
const MAX_NUMBER = 99;

/** Where the person stands: relative names start in `cwd`, `~` is `home`. */
export interface Place {
  readonly cwd: string;
  readonly home: string;
}

export type SaveFailure =
  'exists' | 'link' | 'folder' | 'bad-name' | 'no-folder' | 'denied' | 'full' | 'failed';

/** `text` says what happened and what to do. */
export type SaveResult =
  | { readonly ok: true; readonly path: string }
  | { readonly ok: false; readonly code: SaveFailure; readonly text: string };

/** What `chat-tui save` exits with when the file could not be written (sysexits EX_CANTCREAT). */
export const saveExitCode = exitCodes.cannotCreate;

/** Which file it is, whatever it is called. */
interface FileIdentity {
  readonly dev: number;
  readonly ino: number;
}

interface OpenFile {
  write(text: string): Promise<unknown>;
  sync(): Promise<unknown>;
  close(): Promise<unknown>;
  stat(): Promise<FileIdentity>;
}

/** The few file operations a save needs. Failures are errors with Node's `code`. */
export interface Disk {
  open(path: string, flags: number, mode: number): Promise<OpenFile>;
  lstat(path: string): Promise<FileIdentity & { isSymbolicLink(): boolean; isDirectory(): boolean }>;
  unlink(path: string): Promise<void>;
}

const nodeDisk: Disk = {
  async open(path, flags, mode) {
    const file = await promises.open(path, flags, mode);
    return {
      // `writeFile` loops over short writes, `write` does not.
      write: (text) => file.writeFile(text),
      sync: () => file.sync(),
      close: () => file.close(),
      stat: () => file.stat(),
    };
  },
  lstat: (path) => promises.lstat(path),
  unlink: (path) => promises.unlink(path),
};

/**
 * Writes a file that did not exist, mode 0600 from its creation, never through a link, durable before it resolves.
 * What could not be written to its end is removed again.
 */
export async function saveFile(
  name: string,
  parts: Iterable<string>,
  place: Place,
  disk: Disk = nodeDisk,
): Promise<SaveResult> {
  const wrong = wrongName(name);
  if (wrong) return { ok: false, code: 'bad-name', text: wrong };
  const path = resolvePath(name, place);
  // Windows has no O_NOFOLLOW; there O_EXCL alone refuses whatever stands at the path.
  const noFollow = constants.O_NOFOLLOW ?? 0;
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | noFollow;
  let file: OpenFile;
  try {
    file = await disk.open(path, flags, 0o600);
  } catch (error) {
    return failure(await whyNotOpened(path, error, disk), path);
  }
  let identity: FileIdentity | undefined;
  try {
    identity = await file.stat();
    for (const batch of batches(parts)) await file.write(batch);
    await file.sync();
    await file.close();
    return { ok: true, path };
  } catch (error) {
    await file.close().catch(() => undefined);
    if (identity) await removeOwn(path, identity, disk);
    return failure(failureOf(error), path);
  }
}

/** As `saveFile`, for a name that nobody chose: where a file has it already, a number follows. `parts` are read once. */
export async function saveNumbered(name: string, parts: Iterable<string>, place: Place): Promise<SaveResult> {
  let saved = await saveFile(name, parts, place);
  for (let n = 2; !saved.ok && saved.code === 'exists' && n <= MAX_NUMBER; n++)
    saved = await saveFile(name.replace(/(?=\.\w+$)/, `-${n}`), parts, place);
  return saved;
}

function resolvePath(name: string, place: Place): string {
  const expanded = name === '~' || /^~[/\\]/.test(name) ? join(place.home, name.slice(1)) : name;
  return isAbsolute(expanded) ? expanded : resolve(place.cwd, expanded);
}

/** Names that some system would refuse, turn into another file, or hide from its owner are refused on all of them. */
function wrongName(name: string): string | undefined {
  if (name.trim() === '') return 'Give the file a name.';
  if (/(?!\u200d)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(name))
    return 'A file name cannot hold control or invisible characters.';
  const last = /[/\\]$/.test(name) ? '' : basename(name.replaceAll('\\', '/'));
  if (last === '' || last === '.' || last === '..' || last === '~')
    return `${quoted(name)} is a folder; add a file name.`;
  if (/[. ]$/.test(last)) return `A file name cannot end with a dot or a space: ${quoted(last)}.`;
  if (isDeviceName(last)) return `${quoted(last)} is a device on Windows; choose another name.`;
  if (/[<>:"|?*]/.test(last)) return `A file name cannot hold any of < > : " | ? *; choose another name.`;
  if (utf8(last).length > MAX_FILE_NAME_BYTES) {
    return `The file name is longer than ${MAX_FILE_NAME_BYTES} bytes; choose a shorter one.`;
  }
  return undefined;
}

function* batches(parts: Iterable<string>): Generator<string> {
  let batch = '';
  for (const part of parts) {
    batch += part;
    if (batch.length < WRITE_BATCH) continue;
    yield batch;
    batch = '';
  }
  if (batch !== '') yield batch;
}

/** Somebody may have put another file at the path meanwhile: only the one made here is removed. */
async function removeOwn(path: string, own: FileIdentity, disk: Disk): Promise<void> {
  try {
    const there = await disk.lstat(path);
    if (there.dev === own.dev && there.ino === own.ino) await disk.unlink(path);
  } catch {
    // Already gone, or not ours to remove: the failure itself is what gets told.
  }
}

async function whyNotOpened(path: string, error: unknown, disk: Disk): Promise<SaveFailure> {
  const code = failureOf(error);
  if (code !== 'exists') return code;
  try {
    const there = await disk.lstat(path);
    if (there.isSymbolicLink()) return 'link';
    return there.isDirectory() ? 'folder' : 'exists';
  } catch {
    return 'exists';
  }
}

const failures: Readonly<Record<string, SaveFailure>> = {
  EEXIST: 'exists',
  ELOOP: 'link',
  EISDIR: 'folder',
  ENAMETOOLONG: 'bad-name',
  EINVAL: 'bad-name',
  ENOENT: 'no-folder',
  ENOTDIR: 'no-folder',
  EACCES: 'denied',
  EPERM: 'denied',
  EROFS: 'denied',
  ENOSPC: 'full',
  EDQUOT: 'full',
};

function failureOf(error: unknown): SaveFailure {
  return failures[codeOf(error)] ?? 'failed';
}

const failureTexts: Readonly<Record<SaveFailure, string>> = {
  exists: 'exists already and is never written over; choose another name.',
  link: 'is a link, and a save never writes through one; choose another name.',
  folder: 'is a folder; add a file name.',
  'bad-name': 'is no name for a file here; choose another.',
  'no-folder': 'is in a folder that does not exist; make it first, or save elsewhere.',
  denied: 'may not be written by you; save to another folder.',
  full: 'does not fit: the disk is full. Nothing was kept; make room and save again.',
  failed: 'could not be written, and nothing was kept; check the disk and try again.',
};

function failure(code: SaveFailure, path: string): SaveResult {
  return { ok: false, code, text: `${quoted(path)} ${failureTexts[code]}` };
}

function quoted(name: string): string {
  return `"${sanitizeLine(name)}"`;
}
