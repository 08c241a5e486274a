import { parseInvite } from '../shared/crypto/invite.ts';
import type { ProgramIo } from './program.ts';

/** Other users of a machine can read the arguments of its programs. */
export function warnOfSecret(target: string, io: ProgramIo): void {
  if (parseInvite(target)?.code === undefined) return;
  io.stderr.write(
    'chat-tui: this invite holds a join code, and others on this machine can see it among the arguments; --code-file or a prompt keep it private.\n',
  );
}
