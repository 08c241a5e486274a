/* oxlint-disable no-control-regex -- what is written to a terminal has escapes in it */
import { textWidth } from '../../shared/text.ts';
import type { Env } from '../../shared/env.ts';
import { contested, missingCells } from './cells.ts';
import { inPlainSigns } from './plain-signs.ts';

const pieces = /\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[^[\]]|[\r\n]|[^\x1b\r\n]+/g;

/** Rows that stay as they are: Ink goes over each by itself. */
const stays = /(?:\x1b\[E){2,}/g;
const NEXT_ROW = '\x1b[E'.length;
/** Colours that the next one takes the place of before anything is written in them. */
const unseen = /(?:\x1b\[(?:38;[\d;]+|3[0-79]|9\d)m)+(?=\x1b\[(?:38;|3[0-79]m|9\dm))/g;

/**
 * What Ink writes, made to hold where the terminal measures a character otherwise than Ink: behind every word of such characters
 * the cursor is put where Ink believes it to be, so that what follows stands in its column. Spaces that `roomy` put there for
 * the rest of the word are not written over it. Each write begins a row, or says where. Rows that stay are passed in one
 * step, and nothing is written in vain.
 */
export function anchored(written: string): string {
  const short = written.replace(stays, ({ length }) => `\x1b[${length / NEXT_ROW}E`).replace(unseen, '');
  if (!contested.test(short)) return short;
  const row = new AnchoredRow();
  for (const [piece] of short.matchAll(pieces)) row.add(piece);
  return row.out;
}

class AnchoredRow {
  out = '';
  #column = 0;
  /** Cells that the last word may still need. */
  #owed = 0;

  add(piece: string): void {
    if (piece.startsWith('\x1b')) this.#sequence(piece);
    else if (piece === '\n' || piece === '\r') this.#begin(piece);
    else for (const part of piece.split(/( +)/)) this.#part(part);
  }

  #sequence(piece: string): void {
    this.#column = columnAfter(piece, this.#column);
    if (!piece.endsWith('m')) this.#owed = 0;
    this.out += piece;
  }

  #begin(piece: string): void {
    this.#column = 0;
    this.#owed = 0;
    this.out += piece;
  }

  /** A word, or the spaces between two. */
  #part(part: string): void {
    if (part === '') return;
    this.#column += textWidth(part);
    if (contested.test(part)) {
      this.#owed = missingCells(part);
      this.out += `${part}${toColumn(this.#column)}`;
    } else if (this.#owed > 0 && part.startsWith(' ')) {
      const rest = part.slice(this.#owed);
      this.#owed = Math.max(0, this.#owed - part.length);
      this.out += `${toColumn(this.#column - rest.length)}${rest}`;
    } else {
      this.#owed = 0;
      this.out += part;
    }
  }
}

/** Columns count from 0 here, from 1 in the terminal. */
function toColumn(column: number): string {
  return `\x1b[${column + 1}G`;
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

/** The same stream, but what is written to it is anchored, and in signs that the terminal has. */
export function anchoring(stdout: NodeJS.WriteStream, { TERM }: Env = {}): NodeJS.WriteStream {
  const shown = TERM === 'linux' ? (text: string): string => inPlainSigns(anchored(text)) : anchored;
  const write = (chunk: string | Uint8Array, ...rest: (() => void)[]): boolean =>
    stdout.write(typeof chunk === 'string' ? shown(chunk) : chunk, ...rest);
  return new Proxy(stdout, {
    get(target, name) {
      if (name === 'write') return write;
      const value: unknown = Reflect.get(target, name, target);
      const own: unknown = typeof value === 'function' ? value.bind(target) : value;
      return own;
    },
  });
}
