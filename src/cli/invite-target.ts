import { exitCodes } from '../shared/exit-codes.ts';
import { askSecret } from './ask-secret.ts';
import { printable, UsageError, type CommandLine } from './parse.ts';
import { ProgramError, type ProgramIo } from './program.ts';
import { readSecret, warnOfSecret } from './secrets.ts';

/**
 * What to join, of the arguments or of `--invite-file`; undefined when nothing was named. `firstLine` takes it from
 * standard input where that is no terminal.
 */
export async function joinTarget(
  line: CommandLine,
  io: ProgramIo,
  firstLine: () => Promise<string | undefined>,
): Promise<string | undefined> {
  const [target] = line.words;
  const file = line.options.text('invite-file');
  if (file === undefined) {
    if (target !== undefined) warnOfSecret(target, line, io);
    return target;
  }
  if (target !== undefined)
    throw new UsageError('the invite is named twice: leave out the word or --invite-file');
  const text = file === '-' ? await asked(io, firstLine) : readSecret(file, 'invite');
  const invite = text?.trim() ?? '';
  if (invite !== '') return invite;
  const where = file === '-' ? 'standard input' : printable(file);
  throw new ProgramError(
    `there is no invite in ${where}; put the link or the eight words there`,
    exitCodes.usage,
  );
}

async function asked(
  io: ProgramIo,
  firstLine: () => Promise<string | undefined>,
): Promise<string | undefined> {
  return io.stdin.isTTY ? await askSecret('Invite', io) : await firstLine();
}
