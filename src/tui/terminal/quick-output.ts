import { graphemes, textWidth } from '../../shared/text.ts';

interface Clip {
  readonly x1?: number | undefined;
  readonly x2?: number | undefined;
  /** Exclusive, as `x2` is. */
  readonly y1?: number | undefined;
  readonly y2?: number | undefined;
}

type Operation =
  | {
      readonly type: 'write';
      readonly x: number;
      readonly y: number;
      readonly text: string;
      readonly transformers: readonly ((line: string, index: number) => string)[];
    }
  | { readonly type: 'clip'; readonly clip: Clip }
  | { readonly type: 'unclip' };

/** One frame as Ink collects it: its class `Output`. */
export interface Frame {
  readonly operations: readonly Operation[];
  readonly width: number;
  readonly height: number;
  get(): { readonly output: string; readonly height: number };
}

type FrameClass = new (options: { readonly width: number; readonly height: number }) => Frame;

interface Piece {
  readonly x: number;
  readonly end: number;
  readonly text: string;
}

/** Lines whose width is remembered, twice over: more than a large screen has. */
const MAX_LINES = 1_000;

/**
 * Ink's `Output` for frames of texts that stand side by side, which ours all are: each is measured once, not taken to
 * cells and put together again in every frame. Whatever is not that simple is left to Ink.
 */
export function quickOutput(Slow: FrameClass): FrameClass {
  const widths = new Widths();
  return class QuickOutput extends Slow {
    override get(): { readonly output: string; readonly height: number } {
      return drawn(this, widths) ?? super.get();
    }
  };
}

function drawn({ operations, height }: Frame, widths: Widths): ReturnType<Frame['get']> | undefined {
  const rows: Piece[][] = [];
  for (let y = 0; y < height; y++) rows.push([]);
  const clips: Clip[] = [];
  for (const operation of operations) {
    if (operation.type === 'clip') clips.push(within(clips.at(-1), operation.clip));
    else if (operation.type === 'unclip') clips.pop();
    else if (!place(operation, clips.at(-1), rows, widths)) return undefined;
  }
  return { output: rows.map(joined).join('\n'), height: rows.length };
}

/** False where this needs cells: something is covered, cut or half outside. */
function place(
  { x, y, text, transformers }: Extract<Operation, { type: 'write' }>,
  { x1 = 0, x2 = Number.POSITIVE_INFINITY, y1 = 0, y2 = Number.POSITIVE_INFINITY }: Clip = {},
  rows: readonly Piece[][],
  widths: Widths,
): boolean {
  if (!text.includes('\n')) return placeLine(text, 0);
  return text.split('\n').every((line, index) => placeLine(line, index));

  function placeLine(line: string, index: number): boolean {
    const row = rows[y + index];
    if (!row || y + index < y1 || y + index >= y2) return widths.of(line) !== undefined;
    let shown = line;
    for (const transform of transformers) shown = transform(shown, index);
    const width = widths.of(shown);
    if (width === undefined) return false;
    if (width === 0) return true;
    const end = x + width;
    if (x < 0 || x < x1 || end > x2) return false;
    let at = row.length;
    while (at > 0 && (row[at - 1]?.x ?? 0) > x) at -= 1;
    if ((row[at - 1]?.end ?? 0) > x || (row[at]?.x ?? end) < end) return false;
    row.splice(at, 0, { x, end, text: shown });
    return true;
  }
}

function within(outer: Clip | undefined, inner: Clip): Clip {
  if (!outer) return inner;
  return {
    x1: Math.max(outer.x1 ?? Number.NEGATIVE_INFINITY, inner.x1 ?? Number.NEGATIVE_INFINITY),
    x2: Math.min(outer.x2 ?? Number.POSITIVE_INFINITY, inner.x2 ?? Number.POSITIVE_INFINITY),
    y1: Math.max(outer.y1 ?? Number.NEGATIVE_INFINITY, inner.y1 ?? Number.NEGATIVE_INFINITY),
    y2: Math.min(outer.y2 ?? Number.POSITIVE_INFINITY, inner.y2 ?? Number.POSITIVE_INFINITY),
  };
}

function joined(row: readonly Piece[]): string {
  let line = '';
  let at = 0;
  for (const { x, end, text } of row) {
    if (x > at) line += ' '.repeat(x - at);
    line += text;
    at = end;
  }
  return line.trimEnd();
}

/** Cells of styled lines, those of the last frames remembered. */
class Widths {
  #lines = new Map<string, number | undefined>();
  #older = new Map<string, number | undefined>();

  /** Undefined where it is not plain text in looks and links that end with it. */
  of(line: string): number | undefined {
    const known = this.#lines.get(line);
    if (known !== undefined) return known;
    const width = this.#older.get(line) ?? measured(line);
    if (this.#lines.size >= MAX_LINES) {
      this.#older = this.#lines;
      this.#lines = new Map();
    }
    this.#lines.set(line, width);
    return width;
  }
}

/* oxlint-disable no-control-regex -- looks and links begin with an escape */
/** A look (SGR), or the beginning or end of a link (OSC 8), which is the one without a page. */
const sequence = /\x1b\[([\d;]*)m|\x1b\]8;[^;\x07\x1b]*;([^\x07\x1b]*)\x07/g;
const LINK = 8;
const control = /\p{Control}/u;
const ignorable = /^\p{Default_Ignorable_Code_Point}+$/u;

function measured(line: string): number | undefined {
  if (!line.includes('\x1b')) return cells(line);
  const open = new Set<number>();
  let width = 0;
  let from = 0;
  for (const match of line.matchAll(sequence)) {
    const piece = cells(line.slice(from, match.index));
    if (piece === undefined) return undefined;
    const [, look, page] = match;
    if (page === '') open.delete(LINK);
    else if (page !== undefined) open.add(LINK);
    else if (!follow(open, look ?? '')) return undefined;
    width += piece;
    from = match.index + match[0].length;
  }
  const rest = cells(line.slice(from));
  return rest === undefined || open.size > 0 ? undefined : width + rest;
}

/** Ink gives every character a cell at least, and none to a character that is nothing to see. */
function cells(text: string): number | undefined {
  if (text === '') return 0;
  if (control.test(text)) return undefined;
  const width = textWidth(text);
  if (width === text.length) return width;
  // A mark at the beginning would belong to the sequence before it.
  const [first, ...each] = graphemes(`m${text}`);
  if (first !== 'm') return undefined;
  let sum = 0;
  for (const grapheme of each) {
    const own = textWidth(grapheme);
    if (own < 1 || ignorable.test(grapheme)) return undefined;
    sum += own;
  }
  return sum;
}

/** Keeps in `open` what has to be closed again, by the number that closes it; false for what is not known here. */
function follow(open: Set<number>, parameters: string): boolean {
  const codes = parameters.split(';').map(Number);
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at] ?? 0;
    if (code === 0) open.clear();
    else if (closing.has(code)) open.delete(code);
    else {
      const end = closedBy(code);
      if (end === undefined) return false;
      open.add(end);
      if (code === 38 || code === 48) at += codes[at + 1] === 5 ? 2 : 4;
    }
  }
  return true;
}

const closing = new Set([22, 23, 24, 27, 29, 39, 49]);

function closedBy(code: number): number | undefined {
  if (code === 1 || code === 2) return 22;
  if (code === 3 || code === 4 || code === 7 || code === 9) return code + 20;
  if ((code >= 30 && code <= 38) || (code >= 90 && code <= 97)) return 39;
  if ((code >= 40 && code <= 48) || (code >= 100 && code <= 107)) return 49;
  return undefined;
}
