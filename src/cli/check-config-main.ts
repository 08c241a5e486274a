import { UnusableFileError } from '../files/unusable-file.ts';
import { columns } from '../shared/columns.ts';
import { readSettings } from '../relay/settings-files.ts';
import { exitCodes, type ExitCode } from '../shared/exit-codes.ts';
import { sanitizeLine } from '../shared/text.ts';
import { relayOptions, settingRows } from './relay-options.ts';
import type { CommandLine } from './parse.ts';
import type { ProgramIo } from './program.ts';

/** `chat-tui relay --check-config`: reads everything a start would read, and says where each value is from. */
export function checkConfigMain(line: CommandLine, { stdout }: Pick<ProgramIo, 'stdout'>): ExitCode {
  const options = relayOptions(line);
  const { tls } = readSettings(options);
  try {
    // An import of it would be loaded by every relay that starts.
    if (tls) process.getBuiltinModule('node:tls').createSecureContext(tls);
  } catch {
    throw new UnusableFileError(
      `${options.tlsCert ?? ''} and its key do not fit: check --tls-cert and --tls-key.`,
    );
  }
  const rows = settingRows(line).map((row) => row.map(sanitizeLine));
  if (rows.length > 0) stdout.write(`${columns(rows)}\n`);
  stdout.write(
    `The configuration can be used; what is not named has its default. Data: ${options.dataDir}\n`,
  );
  return exitCodes.done;
}
