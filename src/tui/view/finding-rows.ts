import type { RoomLine } from '../../client/session-events.ts';
import { isSaid } from '../../client/words/line-words.ts';
import { textWidth } from '../../shared/text.ts';
import { MAX_HITS, type Finding } from '../store/state.ts';
import { clockTime, shortDay } from './clock.ts';
import { progressBar } from './bars.ts';
import { gapBeside } from './direction.ts';
import type { RowStyle } from './row-style.ts';
import { cutSpans, fit, printableLine, span, spansWidth, tail, type Row, type Span } from './span.ts';
import { grouped } from './words.ts';

const NICK_CELLS = 10;
/** Below this width a hit has only its day, and a shorter name. */
const WIDE_FROM = 60;
const NARROW_NICK_CELLS = 7;
const BAR_CELLS = 10;
/** Of the row, for what stands before the found word. */
const CONTEXT_SHARE = 3;

type HitStyle = Pick<RowStyle, 'width' | 'time' | 'nameOf'>;

/**
 * The search in the place of the lines: what was found, one row each, the newest first; above it how much of what was said
 * is not here, `online` being whether its host is. The key of a hit is its index.
 */
export function findingRows(
  finding: Finding,
  style: HitStyle,
  { height, online }: { readonly height: number; readonly online: boolean },
): readonly Row[] {
  const { editor, hits, at } = finding;
  const { width } = style;
  const query = editor.text.trim();
  const missing = query === '' ? undefined : missingWords(finding, online);
  const heads = [
    { key: 'head', spans: cutSpans(head(query, finding, width), width) },
    ...(missing ? [{ key: 'missing', spans: cutSpans(missing, width) }] : []),
  ];
  const room = Math.max(1, height - heads.length);
  const from = Math.max(0, Math.min(at - Math.floor(room / 2), hits.length - room));
  const words = query.toLowerCase().match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
  const rows = hits.slice(from, from + room).map((line, index) => ({
    key: String(from + index),
    spans: cutSpans(hitRow(line, from + index === at, words, style), width),
  }));
  return [...heads, ...rows];
}

function head(query: string, { hits, at, fetch }: Finding, width: number): readonly Span[] {
  const closes = 'Esc closes';
  const row = (title: Span, ...hints: readonly string[]): readonly Span[] => {
    const left = width - spansWidth([title]);
    return [title, span(hints.find((hint) => textWidth(hint) <= left) ?? closes, 'dim')];
  };
  if (query === '') {
    const what = (words: string): string => `${words}; ${closes}`;
    return row(
      span('Search: ', 'accent'),
      what('type words that were said here'),
      what('type words said here'),
    );
  }
  if (hits.length === 0 && fetch) return row(span('Nothing found yet. ', 'accent'));
  if (hits.length === 0) {
    const more = `words find more; ${closes}`;
    return row(span('Nothing found. ', 'warn'), `Fewer or shorter ${more}`, `Fewer ${more}`);
  }
  const many = hits.length < MAX_HITS ? `${hits.length}` : `${hits.length}+`;
  const goes = `Enter goes there, ${closes}`;
  return row(span(`${at + 1} of ${many} found  `, 'accent'), `↑ ↓ choose, ${goes}`, goes);
}

function missingWords({ fetch, unfetched }: Finding, online: boolean): readonly Span[] | undefined {
  if (fetch) {
    const { done, total } = fetch;
    const bar = `${progressBar(done, total, BAR_CELLS)} `;
    return [span(bar, 'accent'), span(`fetching older lines, ${grouped(done)} of ${grouped(total)}`, 'dim')];
  }
  if (unfetched === 0) return undefined;
  const many = `${grouped(unfetched)} older lines`;
  return [span(online ? `${many} not fetched: search again` : `The host is away with ${many}`, 'warn')];
}

function hitRow(
  line: RoomLine,
  chosen: boolean,
  words: readonly string[],
  { width, time, nameOf }: HitStyle,
): readonly Span[] {
  const wide = width >= WIDE_FROM;
  const day = shortDay(line.at);
  const year = new Date(line.at).getFullYear();
  const when = wide ? `${day} ${year} ${clockTime(line.at, time)}`.trimEnd() : day;
  const text = isSaid(line) ? printableLine(line.text) : '';
  const name = span(fit(printableLine(nameOf(line.by)), wide ? NICK_CELLS : NARROW_NICK_CELLS), 'strong');
  const gap = span(gapBeside([name, span(text)]));
  const gone = line.seq === undefined ? [span(' (an earlier history of this room)', 'warn')] : [];
  const lead = [
    span(chosen ? '› ' : '  ', 'accent'),
    span(when, chosen ? 'selected' : 'dim'),
    gap,
    name,
    gap,
  ];
  return [...lead, ...marked(fromFound(text, words, width - spansWidth(lead)), words), ...gone];
}

/** Begins before what was found where that would be beyond the row's end. */
function fromFound(text: string, words: readonly string[], cells: number): string {
  if (words.length === 0 || textWidth(text) <= cells) return text;
  const found = new RegExp(`(?<![\\p{L}\\p{N}])(?:${words.join('|')})`, 'iu').exec(text);
  if (!found) return text;
  const before = text.slice(0, found.index);
  if (textWidth(before + found[0]) < cells) return text;
  const rest = text.slice(found.index);
  return tail(before, Math.max(Math.floor(cells / CONTEXT_SHARE), cells - textWidth(rest))) + rest;
}

function marked(text: string, words: readonly string[]): Span[] {
  if (words.length === 0) return [span(text)];
  const found = new RegExp(`(${words.join('|')})`, 'giu');
  return text
    .split(found)
    .filter((part) => part !== '')
    .map((part) => span(part, words.includes(part.toLowerCase()) ? 'mention' : 'text'));
}
