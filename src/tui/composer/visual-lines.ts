import { graphemes } from '../../shared/text.ts';
import { mostCells } from '../terminal/cells.ts';
import type { EditorState } from './editor-state.ts';

/** One row on screen: `text` is `state.text.slice(from, to)`. */
export interface VisualLine {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

export interface ComposerView {
  /** At least one. */
  readonly lines: readonly VisualLine[];
  /** The cell the cursor is on, from 0; `column` is less than the width, so there is room for it. */
  readonly cursor: { readonly row: number; readonly column: number };
}

/**
 * Breaks the text into rows of at most `width` cells (one grapheme at least), in one pass. A row that is full leaves
 * the cursor behind it to a row of its own.
 */
export function visualLines(
  { text, cursor }: Pick<EditorState, 'text' | 'cursor'>,
  width: number,
): ComposerView {
  const cells = Math.max(1, width);
  const lines: VisualLine[] = [];
  let place = { row: 0, column: 0 };
  let from = 0;
  let at = 0;
  let column = 0;
  const endRow = (): void => {
    lines.push({ text: text.slice(from, at), from, to: at });
    from = at;
    column = 0;
  };
  for (const grapheme of graphemes(text)) {
    const isBreak = grapheme === '\n';
    const size = isBreak ? 0 : mostCells(grapheme);
    if (column > 0 && column + size > cells) endRow();
    if (at === cursor) {
      if (column >= cells) endRow();
      place = { row: lines.length, column };
    }
    if (isBreak) {
      endRow();
      from += 1;
    } else {
      column += size;
    }
    at += grapheme.length;
  }
  if (at === cursor) {
    if (column >= cells) endRow();
    place = { row: lines.length, column };
  }
  endRow();
  return { lines, cursor: place };
}
