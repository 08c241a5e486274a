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
  rows.push(...(breaks.found ? body.map(highlight) : body));
  return rows.map((spans, index) => ({ key: `${entry.key} ${index}`, spans: cutSpans(spans, style.width) }));
}

/** The time of what was jumped to, or the first of it where times are not shown. */
function highlight(row: readonly Span[]): readonly Span[] {
  const at = row.findIndex(({ text }) => text.trim() !== '');
  return row.map((each, index) => (index === at ? { ...each, tone: 'selected' } : each));
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
