import { parseWords } from '../shared/crypto/invite-words.ts';
import { parseInvite } from '../shared/crypto/invite.ts';
import type { CommandLine } from './parse.ts';
import type { ProgramIo } from './program.ts';

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
