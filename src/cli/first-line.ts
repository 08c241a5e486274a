import { inputLines } from '../pipe/input-lines.ts';
import type { ProgramIo } from './program.ts';
import { standardInput } from './standard-input.ts';

/**
 * The first line of standard input without its end, as soon as it is there; undefined where there is none. Not by the
 * descriptor: a pipe that says nothing yet would be taken for one that cannot be read.
 */
export async function firstLine(io: Pick<ProgramIo, 'stdin'>): Promise<string | undefined> {
  return await nextLine(inputLines(standardInput(io)));
}

/** One more line of it; undefined at its end. */
export async function nextLine(lines: AsyncGenerator<string>): Promise<string | undefined> {
  const next: IteratorResult<string, unknown> = await lines.next();
  return next.done ? undefined : next.value;
}
