import { isSaid } from '../../client/words/line-words.ts';
import type { Entry, EntryOf } from '../store/state.ts';
import { dayName } from './clock.ts';
import { foldRows, happeningRows } from './happening-rows.ts';
import { noticeRows } from './notice-rows.ts';
import { rule, type RowStyle } from './row-style.ts';
import { saidRows, whisperRows } from './said-rows.ts';
import { cutSpans, type Row, type Span } from './span.ts';

/** What stands before an entry because of its neighbours. */
export interface Breaks {
  readonly day: boolean;
  readonly marker: boolean;
  /** It was jumped to. */
  readonly found: boolean;
  /** Joins and leaves before it that it stands for; it is the last of them. */
  readonly folded: readonly EntryOf<'line'>[];
}

export function entryRows(entry: Entry, breaks: Breaks, style: RowStyle): readonly Row[] {
  const rows: (readonly Span[])[] = [];
  if (breaks.day) rows.push(rule(dayName(entry.at), 'line', style.width, 'middle'));
  if (breaks.marker) rows.push(rule('new since you left', 'marker', style.width, 'start'));
  const body = bodyRows(entry, breaks.folded, style);
  rows.push(...(breaks.found ? highlighted(body) : body));
  return rows.map((spans, index) => ({ key: `${entry.key} ${index}`, spans: cutSpans(spans, style.width) }));
}

/** With the time of what was jumped to marked, or the first of it where times are not shown. */
function highlighted(body: readonly (readonly Span[])[]): (readonly Span[])[] {
  // What it answers, or what is missing, may stand above.
  const timed = Math.max(
    0,
    body.findIndex(([first]) => /^\s*\d/.test(first?.text ?? '')),
  );
  return body.map((row, index) => (index === timed ? marked(row) : row));
}

function marked(row: readonly Span[]): readonly Span[] {
  const at = row.findIndex(({ text }) => text.trim() !== '');
  return row.flatMap((each, index): readonly Span[] => {
    if (index !== at) return [each];
    const words = each.text.replace(/[\s\u2800]+$/, '');
    return [
      { ...each, text: words, tone: 'selected' },
      { ...each, text: each.text.slice(words.length) },
    ];
  });
}

function bodyRows(entry: Entry, folded: Breaks['folded'], style: RowStyle): (readonly Span[])[] {
  switch (entry.type) {
    case 'line': {
      const { at, line } = entry;
      if (isSaid(line)) return saidRows(line, entry, style);
      if (folded.length === 0) return happeningRows(at, line, style);
      return foldRows(at, [...folded.map((each) => each.line), line], style);
    }
    case 'whisper':
      return whisperRows(entry, style);
    case 'notice':
      return noticeRows(entry, style);
  }
}
