import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync } from 'node:fs';
import { fromBase32, toBase32 } from '../shared/base32.ts';
import { createPrivateFile } from './private-files.ts';
import { namingThePath, UnusableFileError } from './unusable-file.ts';

/** What a key file holds, by name; each of a fixed length in bytes. */
export type KeyFileShape = Readonly<Record<string, number>>;
export type KeyFileValues<Shape extends KeyFileShape> = { readonly [Name in keyof Shape]: Uint8Array };

/** What key files are of, and the option that says in which folder each is. */
const folderOptions = { 'identity key': '--home', 'device key': '--home', 'relay key': '--data' } as const;
export type KeyFileKind = keyof typeof folderOptions;

const MAX_KEY_FILE_BYTES = 4_096;

/**
 * Reads a key file, or makes it from `fresh` where there is none. Its text: a header line `chat-tui <kind> v1`, a line
 * `name value` (base32) each, and a check line. Whatever is wrong with a file that is there throws a `UnusableFileError` that
 * names it and the remedy; it is never replaced.
 */
export function openKeyFile<const Shape extends KeyFileShape>(
  path: string,
  kind: KeyFileKind,
  shape: Shape,
  fresh: () => KeyFileValues<Shape>,
): KeyFileValues<Shape> {
  return namingThePath(
    path,
    () => {
      const found = readKeyFile(path, kind, shape);
      if (found) return found;
      createPrivateFile(path, formatKeyFile(kind, shape, fresh()));
      // Read back: another process may have been first, and then its key is the one.
      const made = readKeyFile(path, kind, shape);
      if (!made)
        throw new UnusableFileError(`${path} vanished while it was made; is something cleaning that folder?`);
      return made;
    },
    folderOptions[kind],
  );
}

function readKeyFile<const Shape extends KeyFileShape>(
  path: string,
  kind: KeyFileKind,
  shape: Shape,
): KeyFileValues<Shape> | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat) return undefined;
  if (stat.isSymbolicLink())
    throw new UnusableFileError(`${path} is a link. Put the key file itself in its place.`);
  if (!stat.isFile()) throw new UnusableFileError(`${path} is not a file. Move it away, then start again.`);
  const file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    const { mode, uid, size } = fstatSync(file);
    const me = process.getuid?.();
    if (me !== undefined && uid !== me)
      throw new UnusableFileError(
        `${path} belongs to another user (uid ${uid}). Start this as that user; or, to make it yours, run: chown ${me} '${path}'`,
      );
    if (me !== undefined && (mode & 0o077) !== 0)
      throw new UnusableFileError(
        `${path} is open to other users. Run: chmod 600 '${path}'; where that changes nothing, choose another folder with ${folderOptions[kind]}`,
      );
    const values =
      size <= MAX_KEY_FILE_BYTES ? parseKeyFile(readFileSync(file, 'utf8'), kind, shape) : undefined;
    if (values) return values;
    throw new UnusableFileError(
      `${path} is damaged. Put back a copy of it; or move it away to start with a new ${kind}.`,
    );
  } finally {
    closeSync(file);
  }
}

function formatKeyFile<Shape extends KeyFileShape>(
  kind: KeyFileKind,
  shape: Shape,
  values: KeyFileValues<Shape>,
): string {
  const head = [
    header(kind),
    ...Object.keys(shape).map((name) => `${name} ${toBase32(values[name] ?? new Uint8Array())}`),
  ];
  return `${[...head, `check ${checkOf(head)}`].join('\n')}\n`;
}

function parseKeyFile<Shape extends KeyFileShape>(
  text: string,
  kind: KeyFileKind,
  shape: Shape,
): KeyFileValues<Shape> | undefined {
  const lines = text.split('\n');
  const names = Object.keys(shape);
  const head = lines.slice(0, names.length + 1);
  const [check, end, ...rest] = lines.slice(names.length + 1);
  if (head[0] !== header(kind) || check !== `check ${checkOf(head)}` || end !== '' || rest.length > 0)
    return undefined;
  const values = new Map<string, Uint8Array>();
  for (const [index, name] of names.entries()) {
    const [label, encoded = ''] = head[index + 1]?.split(' ') ?? [];
    const value = fromBase32(encoded, shape[name] ?? 0);
    if (label !== name || !value) return undefined;
    values.set(name, value);
  }
  return Object.fromEntries(values) as KeyFileValues<Shape>;
}

function header(kind: KeyFileKind): string {
  return `chat-tui ${kind} v1`;
}

/** Finds a slip of the disk or an editor, not an attacker. */
function checkOf(lines: readonly string[]): string {
  return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16);
}
