/* oxlint-disable no-control-regex -- what is written to a terminal has escapes in it */
import { textWidth } from '../../shared/text.ts';

/**
 * Everything but what all terminals give the same width: Latin, Greek, Cyrillic, CJK, kana, Hangul, and the
 * signs this screen is drawn with.
 */
const contested =
  /[^\x00-\x7f\u00a1-\u02ff\u0370-\u052f\u2010-\u2027\u2030-\u205e\u2190-\u21ff\u2500-\u25ff\u2605\u2713\u2717\u3001-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff5e]/u;
const pieces = /\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[^[\]]|[\r\n]|[^\x1b\r\n]+/g;

/**
 * What Ink writes, made to hold where the terminal measures a character otherwise than Ink: behind every word of such characters
 * the cursor is put where Ink believes it to be, so that what follows stands in its column. Each write begins a row, or says where.
 */
export function anchored(written: string): string {
  if (!contested.test(written)) return written;
  let column = 0;
  let out = '';
  for (const [piece] of written.matchAll(pieces)) {
    if (piece.startsWith('\x1b')) {
      column = columnAfter(piece, column);
      out += piece;
    } else if (piece === '\n' || piece === '\r') {
      column = 0;
      out += piece;
    } else if (!contested.test(piece)) {
      column += textWidth(piece);
      out += piece;
    } else {
      for (const word of piece.split(/( +)/)) {
        column += textWidth(word);
        out += contested.test(word) ? `${word}\x1b[${column + 1}G` : word;
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
