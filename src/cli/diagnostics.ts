import { constants, openSync, writeSync } from 'node:fs';
import type { ClientLog } from '../client/client-log.ts';
import { PRIVATE_FILE } from '../files/private-files.ts';
import { exitCodes } from '../shared/exit-codes.ts';
import { jsonText } from '../shared/json-text.ts';
import { printable, type OptionValues } from './parse.ts';
import { ProgramError } from './program.ts';

/** Where `--log-file` and `--verbose` send what a program tells about itself. */
export interface Diagnostics {
  /** For sessions; JSON lines with `event` and `at`. */
  readonly log: ClientLog;
  /** A line that goes to standard output as well, for programs whose output is their log. */
  readonly copy: (line: string) => void;
}

/**
 * Opens the file for appending, mode 0600 where it is new, never through a link. `stderr` is where `--verbose` goes;
 * undefined where a screen has the terminal. Throws `ProgramError`.
 */
export function openDiagnostics(
  options: OptionValues,
  stderr: { write(text: string): unknown } | undefined,
): Diagnostics {
  const path = options.text('log-file');
  const file = path === undefined ? undefined : openLog(path);
  const loud = options.switch('verbose') === true ? stderr : undefined;
  const append = (line: string): void => {
    if (file !== undefined) writeSync(file, line);
  };
  return {
    log(event, details = {}) {
      if (file === undefined && !loud) return;
      const line = `${jsonText({ event, at: new Date().toISOString(), ...details })}\n`;
      append(line);
      loud?.write(line);
    },
    copy: append,
  };
}

function openLog(path: string): number {
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0);
  try {
    return openSync(path, flags, PRIVATE_FILE);
  } catch {
    throw new ProgramError(
      `Cannot write the log file ${printable(path)}; choose another path for --log-file.`,
      exitCodes.cannotCreate,
    );
  }
}
