import * as v from 'valibot';
import { MAX_TEXT_BYTES } from '../shared/limits.ts';
import { defined } from '../shared/defined.ts';

/** One typed line; `ref` is the caller's own id. */
export interface InputLine {
  readonly text: string;
  readonly ref?: string;
}

/** A JSON line holds a text of the limit, every byte of it escaped, and an id. */
export const MAX_INPUT_LINE = 8 * MAX_TEXT_BYTES;

/** A line that cannot be said, and why; `ref` where at least the caller's own id could be read. */
export interface UnreadableLine {
  readonly unreadable: string;
  readonly ref?: string;
}

const MAX_REF = 128;

const objectSchema = v.object({ text: v.unknown(), id: v.unknown() });
const refSchema = v.optional(v.pipe(v.string(), v.maxLength(MAX_REF)));

/** Reads one line of `pipe --json` input, `{"text": …, "id"?: …}`. */
export function parseJsonLine(line: string): InputLine | UnreadableLine {
  if (line.length > MAX_INPUT_LINE)
    return { unreadable: `A line of input has more than ${MAX_INPUT_LINE} characters; not sent.` };
  const unreadable = 'A line of input is not a {"text": …, "id"?: …} object; not sent.';
  const object = v.safeParse(v.partial(objectSchema), jsonOf(line));
  if (!object.success) return { unreadable };
  const { text, id } = object.output;
  const ref = v.safeParse(refSchema, id);
  if (!ref.success)
    return { unreadable: `The id of a line of input is a text of at most ${MAX_REF} characters; not sent.` };
  const own = defined({ ref: ref.output });
  return typeof text === 'string' ? { text, ...own } : { unreadable, ...own };
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Splits a stream into lines without their ends; what exceeds `MAX_INPUT_LINE` comes cut, to be refused as too long. */
export async function* inputLines(stream: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  let begun = false;
  for await (const chunk of stream) {
    // Some programs begin a stream with a byte order mark.
    const text = begun ? chunk : chunk.replace(/^\uFEFF/, '');
    begun = true;
    const pieces = (rest + text).split('\n');
    rest = (pieces.pop() ?? '').slice(0, MAX_INPUT_LINE + 1);
    for (const piece of pieces) yield piece.replace(/\r$/, '').slice(0, MAX_INPUT_LINE + 1);
  }
  if (rest) yield rest;
}
