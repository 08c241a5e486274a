import type { Person, Quote, RoomLine, WhisperLine } from '../../client/session-events.ts';
import { deletedWords, noticeWords, reactionWords } from '../../client/words/line-words.ts';
import { quoteWords } from '../../client/words/quotes.ts';
import { whisperGapWords, whisperStateWords } from '../../client/words/state-words.ts';
import { textWidth, truncate } from '../../shared/text.ts';
import type { Entry, EntryOf, NoticeTone } from '../store/state.ts';
import { nickTone, type Tone } from '../theme/theme.ts';
import type { Preferences } from '../../client/profile/preferences.ts';
import { clockTime, dayName, timeCells } from './clock.ts';
import { gapBeside } from './direction.ts';
import { markdownSpans } from './markdown.ts';
import { markMentions } from './mentions.ts';
import {
  cutSpans,
  fit,
  plainText,
  printable,
  printableLine,
  span,
  spansWidth,
  type Row,
  type Span,
} from './span.ts';
import { wrapSpans } from './wrap.ts';

/** How the rows of one buffer are laid out; the same for all of them on one screen. */
export interface RowStyle {
  readonly width: number;
  /** Cells of the column of nicknames; 0: the name stands before the text. */
  readonly nickWidth: number;
  readonly nick: string;
  readonly time: Preferences['time'];
  readonly nickColors: boolean;
  /** Shown behind links while one is chosen. */
  readonly linkNumbers?: LinkNumbers | undefined;
}

export type LinkNumbers = ReadonlyMap<string, number>;

/** What stands before an entry because of its neighbours. */
export interface Breaks {
  readonly day: boolean;
  readonly marker: boolean;
  /** It was jumped to. */
  readonly found: boolean;
  /** Joins and leaves before it that it stands for; it is the last of them. */
  readonly folded: readonly EntryOf<'line'>[];
}

/** How `person` is called here, key tag included where it is needed. */
export type NameOf = (person: Person) => string;

/** Names of a folded row; whoever comes after them is counted. */
const MAX_NAMED = 3;
const bodyTones: Readonly<Record<NoticeTone, Tone>> = {
  answer: 'text',
  help: 'text',
  event: 'dim',
  warning: 'warn',
  error: 'bad',
};
const barTones: Readonly<Record<NoticeTone, Tone>> = {
  answer: 'accent',
  help: 'accent',
  event: 'line',
  warning: 'warn',
  error: 'bad',
};

export function entryRows(entry: Entry, breaks: Breaks, style: RowStyle, nameOf: NameOf): readonly Row[] {
  const rows: (readonly Span[])[] = [];
  if (breaks.day) rows.push(rule(dayName(entry.at), 'line', style.width, 'middle'));
  if (breaks.marker) rows.push(rule('new since you left', 'marker', style.width, 'start'));
  const body =
    breaks.folded.length > 0 ? foldRows(entry, breaks.folded, style, nameOf) : bodyRows(entry, style, nameOf);
  rows.push(...(breaks.found ? body.map(highlight) : body));
  return rows.map((spans, index) => ({ key: `${entry.key} ${index}`, spans: cutSpans(spans, style.width) }));
}

/** The time of what was jumped to, or the first of it where times are not shown. */
function highlight(row: readonly Span[]): readonly Span[] {
  const at = row.findIndex(({ text }) => text.trim() !== '');
  return row.map((each, index) => (index === at ? { ...each, tone: 'selected' } : each));
}

/** "ada, bob and 3 others joined · cleo left" */
function foldRows(
  last: Entry,
  before: readonly EntryOf<'line'>[],
  style: RowStyle,
  nameOf: NameOf,
): (readonly Span[])[] {
  const lines = [...before, ...(last.type === 'line' ? [last] : [])].map(({ line }) => line);
  const parts = (['join', 'leave'] as const).flatMap((kind) => {
    const people = new Map(
      lines.flatMap((line) => (line.kind === kind ? [[line.who.key, line.who] as const] : [])),
    );
    if (people.size === 0) return [];
    return [
      [...crowd([...people.values()], nameOf, style), span(kind === 'join' ? ' joined' : ' left', 'dim')],
    ];
  });
  const body = parts.flatMap((part, index) => (index === 0 ? part : [span(', ', 'dim'), ...part]));
  return under(last.at, [span('·', 'dim')], body, style);
}

function crowd(people: readonly Person[], nameOf: NameOf, style: RowStyle): Span[] {
  const named = people.length > MAX_NAMED + 1 ? people.slice(0, MAX_NAMED) : people;
  const rest = people.length - named.length;
  return named.flatMap((person, index): Span[] => {
    const isLast = index === named.length - 1 && rest === 0;
    const gap = index === 0 ? [] : [span(isLast ? ' and ' : ', ', 'dim')];
    const more = index === named.length - 1 && rest > 0 ? [span(` and ${rest} others`, 'dim')] : [];
    return [...gap, nickSpan(person, nameOf, style), ...more];
  });
}

function bodyRows(entry: Entry, style: RowStyle, nameOf: NameOf): (readonly Span[])[] {
  switch (entry.type) {
    case 'line':
      return lineRows(entry, style, nameOf);
    case 'whisper':
      return whisperRows(entry, style, nameOf);
    case 'notice':
      return noticeRows(entry, style);
  }
}

function lineRows(entry: EntryOf<'line'>, style: RowStyle, nameOf: NameOf): (readonly Span[])[] {
  const { line, status } = entry;
  if (!('text' in line)) return under(entry.at, [span('·', 'dim')], happened(line, nameOf, style), style);
  const waiting = status?.type === 'waiting';
  const deleted = deletedWords(line, nameOf);
  const written =
    deleted === undefined
      ? numberLinks(markdownSpans(printable(line.text).trimEnd(), waiting ? 'dim' : 'text'), style)
      : [span(printableLine(deleted), 'dim')];
  const text = entry.mine ? written : markMentions(written, style.nick);
  const author = nickSpan(line.by, nameOf, style, waiting);
  const edited = line.edited ? [span(' (edited)', 'dim')] : [];
  const body = [...text, ...edited, ...mark(status?.type)];
  const rows =
    line.kind === 'me'
      ? under(entry.at, [span('*', 'accent')], [author, span(' '), ...body], style)
      : under(entry.at, [author], body, style, ':');
  if (line.kind === 'text' && line.quoted) rows.unshift(quoteRow(line.quoted, style, nameOf));
  const reactions = reactionWords(line);
  if (reactions !== '') rows.push(...under(undefined, [], [span(printableLine(reactions), 'dim')], style));
  if (status?.type === 'failed')
    rows.push(...under(undefined, [], [span(notSent(status.why), 'bad')], style));
  return rows;
}

function notSent(why: string): string {
  return why.includes('not sent') ? printableLine(why) : `not sent: ${printableLine(why)}`;
}

function notDelivered(why: string): string {
  return /^not delivered/i.test(why) ? printableLine(why) : `not delivered: ${printableLine(why)}`;
}

/** Above the reply, with a mark that can be nobody's nick: no message can pretend to have one. */
function quoteRow(quoted: Quote, style: RowStyle, nameOf: NameOf): readonly Span[] {
  const words = span(printableLine(quoteWords(quoted, nameOf)), 'dim');
  const [row = []] = under(undefined, [span('↳', 'dim')], [span('.')], style);
  const left = row.slice(0, -1);
  return [...left, ...cutSpans([words], Math.max(1, style.width - spansWidth(left)))];
}

function numberLinks(spans: Span[], { linkNumbers }: RowStyle): Span[] {
  if (!linkNumbers) return spans;
  return spans.flatMap((each) => {
    const number = each.link === undefined ? undefined : linkNumbers.get(each.link);
    return number === undefined ? [each] : [each, span(` [${number}]`, 'mention')];
  });
}

function mark(status: 'waiting' | 'sent' | 'failed' | undefined): Span[] {
  switch (status) {
    case undefined:
      return [];
    case 'waiting':
      return [span(' …', 'dim')];
    case 'sent':
      return [span(' ✓', 'dim')];
    case 'failed':
      return [span(' ✗', 'bad')];
  }
}

function whisperRows(entry: EntryOf<'whisper'>, style: RowStyle, nameOf: NameOf): (readonly Span[])[] {
  const { whisper, why } = entry;
  const name = printableLine(nameOf(whisper.with));
  const head = whisper.mine ? `you → ${name}` : `${name} → you`;
  const body: Span[] = [
    span(`${head} (whisper): `, 'whisper'),
    ...numberLinks(markdownSpans(printable(whisper.text).trimEnd()), style),
  ];
  const gap = whisper.gap
    ? [rule(whisperGapWords.replaceAll('—', '').trim(), 'warn', style.width, 'middle')]
    : [];
  const rows = [
    ...gap,
    ...under(entry.at, [span('»', 'whisper')], [...body, ...whisperMark(whisper)], style),
  ];
  if (why !== undefined) rows.push(...under(undefined, [], [span(notDelivered(why), 'bad')], style));
  return rows;
}

function whisperMark({ mine, state }: WhisperLine): Span[] {
  if (!mine || state === undefined) return [];
  switch (state) {
    case 'waiting':
      return [span(' …', 'dim')];
    case 'stored':
      return [span(` ✓ ${whisperStateWords.stored}`, 'dim')];
    case 'delivered':
      return [span(' ✓', 'dim')];
    case 'refused':
      return [span(' ✗', 'bad')];
    case 'expired':
      return [span(` ✗ ${whisperStateWords.expired}`, 'bad')];
  }
}

function happened(line: Exclude<RoomLine, { kind: 'text' | 'me' }>, nameOf: NameOf, style: RowStyle): Span[] {
  const by = nickSpan(line.by, nameOf, style);
  switch (line.kind) {
    case 'opened':
      return [by, span(' opened the room', 'dim')];
    case 'topic':
      return [
        by,
        span(
          line.topic === '' ? ' cleared the topic' : ` set the topic: ${printableLine(line.topic)}`,
          'dim',
        ),
      ];
    case 'nick':
      return [span(`${printableLine(line.was)} is now `, 'dim'), { ...by, text: printableLine(line.nick) }];
    case 'join':
      return [nickSpan(line.who, nameOf, style), span(' joined', 'dim')];
    case 'leave': {
      const reason =
        line.reason === undefined || line.reason === '' ? '' : ` (${printableLine(line.reason)})`;
      return [nickSpan(line.who, nameOf, style), span(` left${reason}`, 'dim')];
    }
    default:
      return [span(printableLine(noticeWords(line, nameOf)), 'dim')];
  }
}

/** A bar at the side keeps an answer of many lines together. */
function noticeRows(entry: EntryOf<'notice'>, style: RowStyle): (readonly Span[])[] {
  const bar = span('▎', barTones[entry.tone]);
  const cells = timeCells(style.time);
  const indent = style.nickWidth > 0 && cells > 0 ? cells + 1 : 0;
  const room = Math.max(1, style.width - indent - 2);
  const failed = entry.tone === 'error' || entry.tone === 'warning';
  const again = failed && entry.times !== undefined ? ` (×${entry.times})` : '';
  const lines = foldPictures(`${printable(entry.text)}${again}`.split('\n'), room);
  const shown = lines.flatMap((line) => hanging(line, bodyTones[entry.tone], room));
  return shown.map((row, index) => {
    const left =
      indent > 0
        ? span(index === 0 ? `${clockTime(entry.at, style.time)} ` : ' '.repeat(indent), 'dim')
        : undefined;
    return [...(left ? [left] : []), bar, span(gapBeside(row)), ...row];
  });
}

/** A line of a table: what does not fit goes on in the last column, or below it where that would be too narrow. */
function hanging(line: string, tone: Tone, room: number): (readonly Span[])[] {
  const column = textWidth(/^ *\S.*? {2,}(?=\S)/.exec(line)?.[0] ?? '');
  const indent = line.search(/\S|$/);
  const [first = [], ...others] = wrapSpans([span(line, tone)], room);
  if (others.length === 0) return [first];
  if (column > room / 2) {
    const name = line.slice(0, column).trimEnd();
    return [
      ...wrapSpans([span(name, tone)], room),
      ...indented(line.slice(column), tone, Math.min(indent + 4, room - 2), room),
    ];
  }
  const hang = column > 0 ? column : Math.min(indent > 0 ? indent + 2 : 0, room - 2);
  const rest = line.slice(plainText(first).length).trimStart();
  return [first, ...indented(rest, tone, hang, room)];
}

function indented(text: string, tone: Tone, cells: number, room: number): (readonly Span[])[] {
  const below = wrapSpans([span(text, tone)], Math.max(1, room - cells));
  return below.map((row) => [span(' '.repeat(Math.max(0, cells))), ...row]);
}

/** A QR code drawn with blocks is useless once wrapped. */
function foldPictures(lines: readonly string[], room: number): string[] {
  const isPicture = (line: string): boolean => /[█▀▄]/.test(line) && /^[█▀▄▌▐ ]+$/.test(line);
  const tooWide = lines.some((line) => isPicture(line) && textWidth(line) > room);
  if (!tooWide) return [...lines];
  const widest = Math.max(...lines.filter(isPicture).map((line) => textWidth(line)));
  const words = `(the picture needs a window ${widest - room} columns wider)`;
  const first = lines.findIndex(isPicture);
  return lines.flatMap((line, index) => (!isPicture(line) ? [line] : index === first ? [words] : []));
}

/** Time, then whose it is, then text that hangs under its own first row. */
function under(
  at: number | undefined,
  head: readonly Span[],
  body: readonly Span[],
  { width, nickWidth, time }: RowStyle,
  sign = '',
): (readonly Span[])[] {
  const cells = timeCells(time);
  const lead = cells === 0 ? 0 : cells + 1;
  const gap = gapBeside(head, body);
  const when = span(fit(at === undefined ? '' : clockTime(at, time), cells), 'dim');
  if (nickWidth > 0) {
    const [name = span('')] = head;
    const column: Span = { ...name, text: fit(shortName(name.text, nickWidth), nickWidth, 'right') };
    const left = [when, span(lead > 0 ? gap : ''), column, span(` ${gap}`)];
    const indent = span(`${' '.repeat(lead + nickWidth + 1)}${gap}`);
    const rows = wrapSpans(body, Math.max(1, width - lead - nickWidth - 2));
    return rows.map((row, index) => (index === 0 ? [...left, ...row] : [indent, ...row]));
  }
  const joined = head.length > 0 ? [...head, span(`${sign}${gap}`, 'dim'), ...body] : body;
  const indent = Math.min(lead === 0 ? 2 : lead, Math.max(1, width - 12));
  const rows = wrapSpans(joined, Math.max(1, width - indent));
  const stamp = indent > cells ? `${fit(when.text, indent - 1)}${gap}` : fit(when.text, indent);
  const left = lead === 0 ? [] : [span(stamp, 'dim')];
  const below = span(`${' '.repeat(indent - 1)}${gap}`);
  return rows.map((row, index) => (index === 0 ? [...left, ...row] : [below, ...row]));
}

/** The key tag is the last thing to be cut off: it is there because the name alone misleads. */
function shortName(name: string, cells: number): string {
  const [nick = '', tag] = name.split('~');
  return tag === undefined ? name : `${truncate(nick, cells - tag.length - 1)}~${tag}`;
}

function nickSpan(person: Person, nameOf: NameOf, { nickColors }: RowStyle, waiting = false): Span {
  const text = printableLine(nameOf(person));
  if (waiting) return span(text, 'dim');
  return { ...span(text, nickColors ? nickTone(person.key) : 'text'), bold: true };
}

function rule(words: string, tone: Tone, width: number, place: 'start' | 'middle'): readonly Span[] {
  const label = ` ${words} `;
  // Messages begin with a time or a space, and never with this.
  const left = place === 'start' ? 2 : Math.max(1, Math.floor((width - textWidth(label)) / 2));
  const spans = [span('─'.repeat(left), tone), span(label, tone === 'line' ? 'dim' : tone)];
  return [...spans, span('─'.repeat(Math.max(0, width - spansWidth(spans))), tone)];
}
