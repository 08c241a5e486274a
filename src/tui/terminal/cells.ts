/* oxlint-disable no-control-regex -- a range that begins with ASCII */
import { graphemes, textWidth } from '../../shared/text.ts';

/**
 * Everything but what all terminals give the same width: Latin, Greek, Cyrillic, CJK, kana, Hangul, and the signs this
 * screen is drawn with.
 */
export const contested =
  /[^\x00-\x7f\u00a1-\u02ff\u0370-\u052f\u2010-\u2027\u2030-\u205e\u2190-\u21ff\u2500-\u25ff\u2605\u2713\u2717\u2800\u3001-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff5e]/u;
const joining = /\p{Mn}|\p{Me}|\p{Cf}/u;
const words = /[^ \n]+/g;

/** Cells that a grapheme takes at most: many terminals, tmux among them, add up its code points. */
export function mostCells(grapheme: string): number {
  const own = textWidth(grapheme);
  if (!contested.test(grapheme)) return own;
  const sum = Array.from(grapheme).reduce(
    (cells, each) => cells + (joining.test(each) ? 0 : textWidth(each)),
    0,
  );
  return Math.max(own, sum);
}

/** Cells that a word takes beyond those that Ink counts, in terminals that count most. */
export function missingCells(word: string): number {
  if (!contested.test(word)) return 0;
  return graphemes(word).reduce((missing, each) => missing + mostCells(each) - textWidth(each), 0);
}

/** Spaces behind each word that is wider elsewhere, so that there is room for the whole of it. */
export function roomy(text: string): string {
  if (!contested.test(text)) return text;
  return text.replace(words, (word) => word + ' '.repeat(missingCells(word)));
}
