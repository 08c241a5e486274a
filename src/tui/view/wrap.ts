import { graphemes, textWidth } from '../../shared/text.ts';
import { FENCE } from './direction.ts';
import type { Span } from './span.ts';

interface Cell {
  readonly text: string;
  readonly width: number;
  readonly span: Span;
}

/** Of wide characters, those that no row begins with, and those that none ends with. */
const clinging = /^[\p{Pe}\p{Pf}、。，．・：；？！ー々]/u;
const opening = /^[\p{Ps}\p{Pi}]/u;

/**
 * Breaks spans into rows of at most `width` cells: at newlines, else after a space or a wide character (but not before a full stop),
 * else inside a word, never inside a grapheme. A grapheme wider than the row becomes `…`.
 */
export function wrapSpans(spans: readonly Span[], width: number): Span[][] {
  const room = Math.max(1, width);
  const rows: Span[][] = [];
  let line: Cell[] = [];
  let used = 0;
  /** Where in `line` the next row may start, the last of these for choice. */
  let breaks: number[] = [];
  const flush = (end: number): void => {
    rows.push(merge(trimEnd(line.slice(0, end))));
    line = line.slice(end);
    used = line.reduce((sum, cell) => sum + cell.width, 0);
    breaks = [];
  };
  for (const cell of cells(spans, room)) {
    if (cell.text === '\n') {
      flush(line.length);
      continue;
    }
    if (
      cell.width === 2 &&
      breaks.at(-1) === line.length &&
      line.at(-1)?.width === 2 &&
      clinging.test(cell.text)
    )
      breaks.pop();
    if (used + cell.width > room && cell.text === ' ') {
      flush(line.length);
      continue;
    }
    // What goes on in the next row may leave no room for a wide one there.
    while (used + cell.width > room) flush(breaks.at(-1) ?? line.length);
    line.push(cell);
    used += cell.width;
    if (cell.text === ' ' || cell.text === FENCE || (cell.width === 2 && !opening.test(cell.text)))
      breaks.push(line.length);
  }
  flush(line.length);
  return rows;
}

/** `wrapSpans` of plain text. */
export function wrapText(text: string, width: number): string[] {
  return wrapSpans([{ text, tone: 'text' }], width).map((row) => row.map((each) => each.text).join(''));
}

function* cells(spans: readonly Span[], room: number): Generator<Cell> {
  for (const each of spans) {
    for (const text of graphemes(each.text)) {
      const width = text === '\n' ? 0 : textWidth(text);
      yield width > room ? { text: '…', width: 1, span: each } : { text, width, span: each };
    }
  }
}

function trimEnd(line: readonly Cell[]): readonly Cell[] {
  let end = line.length;
  while (end > 0 && line[end - 1]?.text === ' ') end -= 1;
  return line.slice(0, end);
}

function merge(line: readonly Cell[]): Span[] {
  const merged: Span[] = [];
  let from: Span | undefined;
  let text = '';
  const push = (): void => {
    if (from && text !== '') merged.push({ ...from, text });
  };
  for (const cell of line) {
    if (cell.span !== from) {
      push();
      from = cell.span;
      text = '';
    }
    text += cell.text;
  }
  push();
  return merged;
}
