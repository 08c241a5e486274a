/* oxlint-disable no-control-regex -- what is written to a terminal has escapes in it */
import { textWidth } from '../../shared/text.ts';
import { contested, missingCells } from './cells.ts';

const pieces = /\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[^[\]]|[\r\n]|[^\x1b\r\n]+/g;

/**
 * What Ink writes, made to hold where the terminal measures a character otherwise than Ink: behind every word of such characters
 * the cursor is put where Ink believes it to be, so that what follows stands in its column. Spaces that `roomy` put there for
 * the rest of the word are not written over it. Each write begins a row, or says where.
 */
export function anchored(written: string): string {
  if (!contested.test(written)) return written;
  let column = 0;
  /** Cells that the last word may still need. */
  let owed = 0;
  let out = '';
  for (const [piece] of written.matchAll(pieces)) {
    if (piece.startsWith('\x1b')) {
      column = columnAfter(piece, column);
      if (!piece.endsWith('m')) owed = 0;
      out += piece;
    } else if (piece === '\n' || piece === '\r') {
      column = 0;
      owed = 0;
      out += piece;
    } else {
      for (const part of piece.split(/( +)/)) {
        if (part === '') continue;
        column += textWidth(part);
        if (contested.test(part)) {
          owed = missingCells(part);
          out += `${part}\x1b[${column + 1}G`;
        } else if (owed > 0 && part.startsWith(' ')) {
          const rest = part.slice(owed);
          owed = Math.max(0, owed - part.length);
          out += `\x1b[${column - rest.length + 1}G${rest}`;
        } else {
          owed = 0;
          out += part;
        }
      }
    }
  }
  return out;
}

function columnAfter(sequence: string, column: number): number {
  const [, parameters, final] = /^\x1b\[([\d;]*)([A-Za-z])$/.exec(sequence) ?? [];
  const numbers = (parameters ?? '').split(';').map((each) => Number(each === '' ? 1 : each));
  const [first = 1, second = 1] = numbers;
  switch (final) {
    case 'G':
      return first - 1;
    case 'H':
    case 'f':
      return second - 1;
    case 'E':
    case 'F':
      return 0;
    case 'C':
      return column + first;
    case 'D':
      return Math.max(0, column - first);
    default:
      return column;
  }
}

/** The same stream, but what is written to it is anchored. */
export function anchoring(stdout: NodeJS.WriteStream): NodeJS.WriteStream {
  const write = (chunk: string | Uint8Array, ...rest: (() => void)[]): boolean =>
    stdout.write(typeof chunk === 'string' ? anchored(chunk) : chunk, ...rest);
  return new Proxy(stdout, {
    get(target, name) {
      if (name === 'write') return write;
      const value: unknown = Reflect.get(target, name, target);
      const own: unknown = typeof value === 'function' ? value.bind(target) : value;
      return own;
    },
  });
}
