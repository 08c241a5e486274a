import type { Diagnostics } from './diagnostics.ts';
import { exitCodes, type ExitCode } from '../shared/exit-codes.ts';
import { jsonText } from '../shared/json-text.ts';
import type { Env } from '../shared/env.ts';

/** What a main may touch of the process it runs in. */
export interface ProgramIo {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: Env;
  readonly version: string;
  readonly diagnostics: Diagnostics;
}

/** Ends the program: the message is the sentence on stderr, and with a `code` an `error` where programs read. */
export class ProgramError extends Error {
  readonly exitCode: ExitCode;
  readonly code: string | undefined;
  constructor(message: string, exitCode: ExitCode, code?: string) {
    super(message);
    this.exitCode = exitCode;
    this.code = code;
  }
}

/** Resolves with the exit code when the process is asked to end; a second signal ends it at once. */
export function untilAsked(): Promise<ExitCode> {
  return new Promise((resolve) => {
    for (const [signal, code] of [
      ['SIGINT', exitCodes.interrupted],
      ['SIGTERM', exitCodes.done],
      ['SIGHUP', exitCodes.done],
    ] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(code));
        resolve(code);
      });
    }
  });
}

/** Writes one JSON object a line, with `at` in it, and what `copy` is told too. */
export function jsonWriter(
  stdout: { write(text: string): unknown },
  copy: (line: string) => void = () => undefined,
) {
  return (event: Readonly<Record<string, unknown>>): void => {
    const { event: name, ...fields } = event;
    const line = `${jsonText({ event: name, at: new Date().toISOString(), ...fields })}\n`;
    stdout.write(line);
    copy(line);
  };
}
