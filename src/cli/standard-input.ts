import { fstatSync } from 'node:fs';
import { codeOf } from '../shared/error-code.ts';
import { exitCodes } from '../shared/exit-codes.ts';
import { ProgramError, type ProgramIo } from './program.ts';

/** Its descriptor, whatever Node made of it. */
const STDIN = 0;

/** The text of standard input as it comes. Throws `ProgramError` where that cannot be read, a folder at once. */
export function standardInput({ stdin }: Pick<ProgramIo, 'stdin'>): AsyncIterable<string> {
  // Node takes a folder for an input that is at its end.
  if (isFolder()) throw unreadable('it is a folder');
  return readable(stdin.setEncoding('utf8'));
}

function isFolder(): boolean {
  try {
    return fstatSync(STDIN).isDirectory();
  } catch {
    // Windows says nothing of some inputs; what cannot be read says so when it is read.
    return false;
  }
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
