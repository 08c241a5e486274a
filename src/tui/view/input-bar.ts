import { MAX_TEXT_BYTES, MAX_TEXT_LINES } from '../../shared/limits.ts';
import type { ComposerState } from '../composer/composer.ts';
import { overLimit } from '../composer/editor-state.ts';
import { cutSpans, printableLine, span, type Span } from './span.ts';

/** What is to be said about the input, in the place of the status bar; undefined when there is nothing. */
export function inputBar(
  { editor, cycle, rewriting }: ComposerState,
  columns: number,
): readonly Span[] | undefined {
  const over = overLimit(editor.text);
  if (over) {
    const words =
      over.bytes > MAX_TEXT_BYTES
        ? `too long to send: ${over.bytes} of ${MAX_TEXT_BYTES} bytes`
        : `too many lines to send: ${over.lines} of ${MAX_TEXT_LINES}`;
    return cutSpans([span('─ ', 'line'), span(words, 'bad')], columns);
  }
  if (!cycle) return rewriting ? rewritingBar(columns) : undefined;
  const { candidates } = cycle.completion;
  // The one in the line is always in sight.
  const from = cycle.at < candidates.length ? Math.max(0, cycle.at - 3) : 0;
  const shown = candidates.slice(from).flatMap((each, index): Span[] => {
    const chosen = from + index === cycle.at;
    return [span(printableLine(each).trim(), chosen ? 'accent' : 'dim'), span('  ')];
  });
  return cutSpans([span('─ ', 'line'), ...shown], columns);
}

function rewritingBar(columns: number): readonly Span[] {
  const words =
    columns < 72
      ? 'rewriting: Enter sends, Esc leaves it'
      : 'rewriting your message: Enter sends it, Esc leaves it as it was';
  return cutSpans([span('─ ', 'line'), span(words, 'accent')], columns);
}
