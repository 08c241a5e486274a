import type { Row, Span } from './span.ts';

/** Hebrew, Arabic and the other scripts that run from right to left, digits of theirs included. */
const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/**
 * A blank cell that is a left-to-right letter for the Unicode bidirectional algorithm (an empty braille pattern). Terminals that
 * reorder a row move nothing across it, others show a space; its width is one everywhere, which no control character's is.
 */
export const FENCE = '\u2800';

export function runsRightToLeft(text: string): boolean {
  return rightToLeft.test(text);
}

export function rowRunsRightToLeft({ spans }: Pick<Row, 'spans'>): boolean {
  return spans.some(({ text }) => runsRightToLeft(text));
}

/** A space between columns; where one of them runs from right to left, a fence. */
export function gapBeside(...columns: readonly (readonly Span[])[]): string {
  return columns.some((spans) => rowRunsRightToLeft({ spans })) ? FENCE : ' ';
}
