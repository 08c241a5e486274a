import { indexOfKey } from '../store/entries.ts';
import type { Anchor, Buffer, Entry } from '../store/state.ts';
import { sameDay } from './clock.ts';
import { foldsOf, noFolds } from './folds.ts';
import type { RowCache } from './row-cache.ts';
import type { RowStyle } from './row-style.ts';
import type { Row } from './span.ts';

/** A buffer as it is laid out for one size of screen. */
export interface Sheet {
  readonly buffer: Pick<Buffer, 'entries' | 'marker' | 'anchor' | 'found'>;
  readonly style: RowStyle;
  readonly cache: RowCache;
  /** Joins and leaves in a row are one line. */
  readonly fold: boolean;
}

export interface Viewport {
  /** At most `height` rows, oldest first. */
  readonly rows: readonly Row[];
  /** The oldest entry in memory is on screen. */
  readonly atTop: boolean;
}

/** The rows that fit `height`, and only those, ending at the anchor. */
export function viewport(sheet: Sheet, height: number): Viewport {
  const { entries, anchor } = sheet.buffer;
  const start = anchorIndex(entries, anchor);
  const picked: (readonly Row[])[] = [];
  let missing = height;
  let index = start;
  for (; index >= 0 && missing > 0; index--) {
    const all = rowsAt(sheet, index);
    const hidden = index === start && anchor && anchorIs(entries, anchor) ? anchor.hidden : 0;
    const rows = all.slice(0, Math.max(0, all.length - hidden)).slice(-missing);
    missing -= rows.length;
    picked.push(rows);
  }
  return { rows: picked.toReversed().flat(), atTop: index < 0 };
}

/** Where the buffer is after scrolling by `rows`, upwards when negative; undefined is the bottom. */
export function scrolled(sheet: Sheet, height: number, rows: number): Anchor | undefined {
  const { entries, anchor } = sheet.buffer;
  let index = anchorIndex(entries, anchor);
  if (index < 0) return undefined;
  let hidden = anchor && anchorIs(entries, anchor) ? anchor.hidden : 0;
  if (rows < 0) {
    hidden += -rows;
    while (index >= 0 && hidden >= rowsAt(sheet, index).length) {
      hidden -= rowsAt(sheet, index).length;
      index -= 1;
    }
    return clampTop(sheet, height, index, hidden);
  }
  hidden -= rows;
  while (hidden < 0) {
    index += 1;
    if (index >= entries.length) return undefined;
    hidden += rowsAt(sheet, index).length;
  }
  return index === entries.length - 1 && hidden === 0 ? undefined : anchorAt(entries, index, hidden);
}

/** The anchor that shows `key` at the top of the view. */
export function anchorShowing(sheet: Sheet, height: number, key: string): Anchor | undefined {
  const { entries } = sheet.buffer;
  const from = indexOfKey(entries, key);
  if (from < 0) return undefined;
  let left = height;
  for (let index = from; index < entries.length; index++) {
    const many = rowsAt(sheet, index).length;
    if (many >= left) {
      const hidden = many - left;
      return index === entries.length - 1 && hidden === 0 ? undefined : anchorAt(entries, index, hidden);
    }
    left -= many;
  }
  return undefined;
}

/** The anchor that shows `key` a third down the view. */
export function anchorAround(sheet: Sheet, height: number, key: string): Anchor | undefined {
  const { entries } = sheet.buffer;
  let from = indexOfKey(entries, key);
  let above = 0;
  while (from > 0 && above < Math.floor(height / 3)) {
    from -= 1;
    above += rowsAt(sheet, from).length;
  }
  const first = entries[from];
  return first && anchorShowing(sheet, height, first.key);
}

/** Rows that one entry takes. */
export function rowsOf(sheet: Sheet, key: string): number {
  return rowsAt(sheet, indexOfKey(sheet.buffer.entries, key)).length;
}

/** The first screen is full: the view never scrolls past the oldest row. */
function clampTop(sheet: Sheet, height: number, index: number, hidden: number): Anchor | undefined {
  const { entries } = sheet.buffer;
  let filled = index < 0 ? 0 : rowsAt(sheet, index).length - hidden;
  for (let above = index - 1; above >= 0 && filled < height; above--) filled += rowsAt(sheet, above).length;
  let at = index;
  let below = hidden;
  if (index < 0) {
    at = 0;
    below = entries[0] ? rowsAt(sheet, 0).length : 0;
    filled = 0;
  }
  while (filled < height) {
    const take = Math.min(below, height - filled);
    below -= take;
    filled += take;
    if (filled >= height) break;
    if (at + 1 >= entries.length) return undefined;
    at += 1;
    below = rowsAt(sheet, at).length;
  }
  return at === entries.length - 1 && below === 0 ? undefined : anchorAt(entries, at, below);
}

function rowsAt({ buffer, style, cache, fold }: Sheet, index: number): readonly Row[] {
  const { entries, marker, found } = buffer;
  const entry = entries[index];
  if (!entry) return [];
  const folds = fold ? foldsOf(entries, marker) : noFolds;
  if (folds.hidden.has(index)) return [];
  const folded = folds.last.get(index) ?? [];
  const before = entries[index - folded.length - 1];
  // What the program says at first is of today.
  const isSaid = entry.type === (style.self ? 'whisper' : 'line');
  const day = before ? !sameDay(before.at, entry.at) : isSaid;
  const isMarked = marker !== undefined && (marker === entry.key || folded[0]?.key === marker);
  const breaks = { day, marker: isMarked, found: found === entry.key, folded };
  return cache.rows(entry, breaks, style);
}

function anchorAt(entries: readonly Entry[], index: number, hidden: number): Anchor | undefined {
  const entry = entries[index];
  return entry && { key: entry.key, hidden };
}

function anchorIs(entries: readonly Entry[], anchor: Anchor): boolean {
  return indexOfKey(entries, anchor.key) >= 0;
}

function anchorIndex(entries: readonly Entry[], anchor: Anchor | undefined): number {
  const at = anchor ? indexOfKey(entries, anchor.key) : -1;
  return at < 0 ? entries.length - 1 : at;
}
