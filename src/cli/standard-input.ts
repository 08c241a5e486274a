import { fstatSync } from 'node:fs';
import { codeOf } from '../shared/error-code.ts';
import { exitCodes } from '../shared/exit-codes.ts';
import { ProgramError, type ProgramIo } from './program.ts';

/** Its descriptor, whatever Node made of it. */
const STDIN = 0;

/** The text of standard input as it comes. Throws `ProgramError` where that cannot be read, a folder at once. */
export function standardInput({ stdin }: Pick<ProgramIo, 'stdin'>): AsyncIterable<string> {
  // Node takes a folder for an input that is at its end.
  if (fstatSync(STDIN).isDirectory()) throw unreadable('it is a folder');
  return readable(stdin.setEncoding('utf8'));
}

async function* readable(text: AsyncIterable<string>): AsyncGenerator<string> {
  try {
    yield* text;
  } catch (error) {
    throw unreadable(codeOf(error) ?? 'unknown reason');
  }
}

function unreadable(why: string): ProgramError {
  return new ProgramError(
    `cannot read standard input (${why}); give it a file or a pipe with < or |`,
    exitCodes.usage,
  );
}
