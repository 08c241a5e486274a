import * as v from 'valibot';
import { MAX_TEXT_BYTES } from '../shared/limits.ts';

/** One typed line; `ref` is the caller's own id. */
export interface InputLine {
  readonly text: string;
  readonly ref?: string;
}

/** A JSON line holds a text of the limit, every byte of it escaped, and an id. */
export const MAX_INPUT_LINE = 8 * MAX_TEXT_BYTES;

const inputSchema = v.object({ text: v.string(), id: v.optional(v.pipe(v.string(), v.maxLength(128))) });

/** Reads one line of `pipe --json` input; undefined when it is not `{"text": …, "id"?: …}`. */
export function parseJsonLine(line: string): InputLine | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const parsed = v.safeParse(inputSchema, value);
  if (!parsed.success) return undefined;
  const { text, id } = parsed.output;
  return id === undefined ? { text } : { text, ref: id };
}

/** Splits a stream into lines without their ends; what exceeds `MAX_INPUT_LINE` comes cut, to be refused as too long. */
export async function* inputLines(stream: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of stream) {
    const pieces = (rest + chunk).split('\n');
    rest = (pieces.pop() ?? '').slice(0, MAX_INPUT_LINE + 1);
    for (const piece of pieces) yield piece.replace(/\r$/, '').slice(0, MAX_INPUT_LINE + 1);
  }
  if (rest) yield rest;
}
