import { Box, useCursor } from 'ink';
import { useState, type ReactElement } from 'react';
import { textWidth } from '../../shared/text.ts';
import { shownText, type ComposerState } from '../composer/composer.ts';
import { overLimit } from '../composer/editor-state.ts';
import { visualLines } from '../composer/visual-lines.ts';
import { contested, roomy } from '../terminal/cells.ts';
import { printableLine, span, tail, type Span } from '../view/span.ts';
import { SpanRow } from './rows.tsx';

export const PROMPT = '› ';

/** The rows that the input would like to have at this width. */
export function inputRows(state: ComposerState, columns: number): number {
  return state.search ? 1 : visualLines(state.editor, columns - PROMPT.length).lines.length;
}

/** The input at the foot of the screen, with the terminal's own cursor in it. `top` is its first row on screen. */
export function Composer({
  state,
  columns,
  height,
  top,
  placeholder,
  prompt,
}: {
  readonly state: ComposerState;
  readonly columns: number;
  readonly height: number;
  readonly top: number;
  readonly placeholder: string;
  readonly prompt: string;
}): ReactElement {
  const { setCursorPosition } = useCursor();
  const odd = useOdd(state.editor.text);
  const { rows, x, y } = state.search
    ? searchView(state, columns)
    : textView(state, columns, height, { placeholder, prompt, odd });
  setCursorPosition({ x: Math.min(x, columns - 1), y: top + y });
  return (
    <Box flexDirection="column" height={height} flexShrink={0}>
      {rows.map((spans, index) => (
        <SpanRow key={index} spans={spans} />
      ))}
    </Box>
  );
}

interface View {
  readonly rows: readonly (readonly Span[])[];
  readonly x: number;
  readonly y: number;
}

function textView(
  { editor }: ComposerState,
  columns: number,
  height: number,
  {
    placeholder,
    prompt: label,
    odd,
  }: { readonly placeholder: string; readonly prompt: string; readonly odd: boolean },
): View {
  const { lines, cursor } = visualLines(editor, columns - label.length);
  const from = Math.max(0, Math.min(cursor.row - height + 1, lines.length - height));
  const over = overLimit(editor.text) !== undefined;
  const prompt = span(label, over ? 'bad' : 'accent');
  const rows = lines.slice(from, from + height).map(({ text }, index) => {
    const lead = from + index === 0 ? prompt : span(' '.repeat(label.length));
    return [
      ...(contested.test(text) ? alternating(lead, odd) : [lead]),
      span(roomy(text), over ? 'bad' : 'text'),
    ];
  });
  const empty = editor.text === '' ? [[prompt, span(placeholder, 'dim')]] : rows;
  return { rows: empty, x: label.length + cursor.column, y: cursor.row - from };
}

/**
 * Ink draws a row anew from where it has changed; inside a word that terminals measure otherwise it would not hit the place. So the
 * last space before it looks otherwise each time, which nobody sees: bold or not.
 */
function alternating(lead: Span, odd: boolean): readonly Span[] {
  return [
    { ...lead, text: lead.text.slice(0, -1) },
    { ...span(' '), bold: odd },
  ];
}

/** Another answer whenever a text that needs it is another. */
function useOdd(text: string): boolean {
  const [shown, setShown] = useState({ text, odd: false });
  if (shown.text === text || !contested.test(text)) return shown.odd;
  setShown({ text, odd: !shown.odd });
  return !shown.odd;
}

function searchView(state: ComposerState, columns: number): View {
  const { query, found } = state.search ?? { query: '' };
  const label = `${found === undefined && query !== '' ? 'nothing with' : 'search'} ${tail(query, Math.max(4, columns - 30))}`;
  const match = found === undefined ? '' : printableLine(shownText(state));
  const spans = [span(PROMPT, 'accent'), span(label, 'accent'), span('  '), span(match)];
  return { rows: [spans], x: PROMPT.length + textWidth(label), y: 0 };
}
