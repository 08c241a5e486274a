import { closeSync, openSync, readSync } from 'node:fs';
import { parseWords } from '../shared/crypto/invite-words.ts';
import { parseInvite } from '../shared/crypto/invite.ts';
import { exitCodes } from '../shared/exit-codes.ts';
import { KIB } from '../shared/limits.ts';
import { printable, type CommandLine } from './parse.ts';
import { ProgramError, type ProgramIo } from './program.ts';

/** No invite, code or password is longer. */
const MAX_SECRET_BYTES = 4 * KIB;

/** Other users of a machine can read the arguments of its programs. */
export function warnOfSecret(target: string, { options }: CommandLine, io: ProgramIo): void {
  const invite = parseInvite(target);
  if (!invite && parseWords(target)?.ok !== true) return;
  // The link alone leads nowhere then.
  if (invite && !invite.code && options.text('code-file') !== undefined) return;
  io.stderr.write(
    'chat-tui: others on this machine can see this invite among the arguments; --invite-file FILE, --invite-file - or a lone /join keep it private.\n',
  );
}

/** What a file holds that a person named for a secret; `what` is what to call it. Throws `ProgramError`. */
export function readSecret(file: string, what: string): string {
  try {
    const descriptor = openSync(file, 'r');
    try {
      return textOf(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    throw new ProgramError(
      `cannot read the ${what} from ${printable(file)}; check the path and its permissions`,
      exitCodes.usage,
      'usage',
    );
  }
}

/** What is behind the longest secret is not read: a device may have no end. */
function textOf(descriptor: number): string {
  const buffer = Buffer.alloc(MAX_SECRET_BYTES);
  let end = 0;
  for (let read = -1; read !== 0 && end < buffer.length; end += read)
    read = readSync(descriptor, buffer, end, buffer.length - end, null);
  const bytes = buffer.subarray(0, end);
  // What PowerShell writes into files; a mark before the text is left out of either.
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  return new TextDecoder(isUtf16 ? 'utf-16le' : 'utf-8').decode(bytes);
}
