import { displayText, graphemes, sanitize, sanitizeLine, textWidth, truncate } from '../../shared/text.ts';
import { roomy } from '../terminal/cells.ts';
import type { Tone } from '../theme/theme.ts';

/** A run of text in one look. Its text has passed `printable`, or is the program's own. */
export interface Span {
  readonly text: string;
  readonly tone: Tone;
  readonly bold?: boolean;
  readonly italic?: boolean;
  readonly underline?: boolean;
  /** The whole of a link of which this is a piece. */
  readonly link?: string;
}

/** One row of the screen, of known width. */
export interface Row {
  readonly key: string;
  readonly spans: readonly Span[];
}

/** What may reach the terminal of text from elsewhere, in columns that every terminal agrees on; keeps line breaks. */
export function printable(text: string): string {
  return roomy(displayText(sanitize(text)));
}

/** `printable` in one line. */
export function printableLine(text: string): string {
  return roomy(displayText(sanitizeLine(text)));
}

export function span(text: string, tone: Tone = 'text'): Span {
  return { text, tone };
}

export function spansWidth(spans: readonly Span[]): number {
  return spans.reduce((sum, each) => sum + textWidth(each.text), 0);
}

export function plainText(spans: readonly Span[]): string {
  return spans.map(({ text }) => text).join('');
}

/** Exactly `cells` wide: cut with `…`, or filled with spaces. */
export function fit(text: string, cells: number, align: 'left' | 'right' = 'left'): string {
  if (cells <= 0) return '';
  const shown = textWidth(text) > cells ? truncate(text, cells) : text;
  const space = ' '.repeat(Math.max(0, cells - textWidth(shown)));
  return align === 'left' ? shown + space : space + shown;
}

/** Cut to `cells`; shorter rows stay as they are. */
export function cutSpans(spans: readonly Span[], cells: number): readonly Span[] {
  if (spansWidth(spans) <= cells) return spans;
  const cut: Span[] = [];
  let left = cells;
  for (const each of spans) {
    const width = textWidth(each.text);
    if (width < left) {
      cut.push(each);
      left -= width;
      continue;
    }
    // A span that ends exactly at the edge still needs its mark: something behind it is lost.
    cut.push({
      ...each,
      text: width === left ? truncate(`${each.text}  `, left) : truncate(each.text, left),
    });
    break;
  }
  return cut;
}

/** `left` and `right` at the two ends of `cells` with `fill` between; what does not fit is cut from the left part. */
export function spread(
  left: readonly Span[],
  right: readonly Span[],
  cells: number,
  fill = ' ',
): readonly Span[] {
  const rightWidth = spansWidth(right);
  if (rightWidth + 2 > cells) return cutSpans(left, cells);
  const shown = cutSpans(left, rightWidth > 0 ? cells - rightWidth - 1 : cells);
  const gap = cells - rightWidth - spansWidth(shown);
  return [...shown, span(fill.repeat(gap), fill === ' ' ? 'text' : 'line'), ...right];
}

/** A tail of `text` no wider than `cells`, for input that is longer than its row. */
export function tail(text: string, cells: number): string {
  if (textWidth(text) <= cells) return text;
  const kept: string[] = [];
  let width = 1;
  for (const each of graphemes(text).toReversed()) {
    width += textWidth(each);
    if (width > cells) break;
    kept.unshift(each);
  }
  return `…${kept.join('')}`;
}
