import type { Quote, WhisperLine } from '../../client/session-events.ts';
import { actionOf, deletedWords, reactionWords, type SaidLine } from '../../client/words/line-words.ts';
import { quoteWords } from '../../client/words/quotes.ts';
import { whisperGapWords, whisperStateWords } from '../../client/words/state-words.ts';
import type { EntryOf } from '../store/state.ts';
import { markdownSpans } from './markdown.ts';
import { markMentions } from './mentions.ts';
import { nickSpan, rule, under, type RowStyle } from './row-style.ts';
import { cutSpans, printable, printableLine, span, spansWidth, type Span } from './span.ts';

/** What somebody said to the room, with what became of it. */
export function saidRows(
  line: SaidLine,
  { at, mine, status }: Omit<EntryOf<'line'>, 'line'>,
  style: RowStyle,
): (readonly Span[])[] {
  const waiting = status?.type === 'waiting';
  const deleted = deletedWords(line, style.nameOf);
  const written =
    deleted === undefined
      ? numberLinks(markdownSpans(printable(line.text).trimEnd(), waiting ? 'dim' : 'text'), style)
      : [span(printableLine(deleted), 'dim')];
  const text = mine ? written : markMentions(written, style.nick);
  const author = nickSpan(line.by, style, waiting);
  const edited = line.edited ? [span(' (edited)', 'dim')] : [];
  const body = [...text, ...edited, ...mark(status?.type)];
  const rows =
    line.kind === 'me' ? acted(at, author, body, style) : authored(at, author, line.text, body, style);
  if (line.kind === 'text' && line.quoted) rows.unshift(quoteRow(line.quoted, style));
  const reactions = reactionWords(line);
  if (reactions !== '') rows.push(...under(undefined, [], [span(printableLine(reactions), 'dim')], style));
  if (status?.type === 'failed')
    rows.push(...under(undefined, [], [span(notSent(status.why), 'bad')], style));
  return rows;
}

function acted(at: number, author: Span, body: readonly Span[], style: RowStyle): (readonly Span[])[] {
  return under(at, [span('*', 'accent')], [author, span(' '), ...body], style);
}

function authored(
  at: number,
  author: Span,
  written: string,
  body: readonly Span[],
  style: RowStyle,
): (readonly Span[])[] {
  return under(at, [author], style.nickWidth > 0 ? body : [...below(written), ...body], style, ':');
}

/** Several lines begin below their author's name: code stays aligned. */
function below(text: string): Span[] {
  return text.trimEnd().includes('\n') ? [span('\n')] : [];
}

function notSent(why: string): string {
  return why.includes('not sent') ? printableLine(why) : `not sent: ${printableLine(why)}`;
}

/** Above the reply, with a mark that can be nobody's nick: no message can pretend to have one. */
function quoteRow(quoted: Quote, style: RowStyle): readonly Span[] {
  const words = span(printableLine(quoteWords(quoted, style.nameOf)), 'dim');
  const [row = []] = under(undefined, [span('↳', 'dim')], [span('.')], style);
  const left = row.slice(0, -1);
  return [...left, ...cutSpans([words], Math.max(1, style.width - spansWidth(left)))];
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

/** What was whispered, with what became of it. In a window for the two, who it is from is all there is to be said. */
export function whisperRows(entry: EntryOf<'whisper'>, style: RowStyle): (readonly Span[])[] {
  const { whisper, why } = entry;
  const name = printableLine(style.nameOf(whisper.with));
  const head = whisper.mine ? `you → ${name}` : `${name} → you`;
  const action = actionOf(whisper);
  const written = action ?? whisper.text;
  const text = [...numberLinks(markdownSpans(printable(written).trimEnd()), style), ...whisperMark(whisper)];
  const author = nickSpan(style.self && whisper.mine ? style.self : whisper.with, style);
  const gap = whisper.gap
    ? [rule(whisperGapWords.replaceAll('—', '').trim(), 'warn', style.width, 'middle')]
    : [];
  const said = style.self
    ? action === undefined
      ? authored(entry.at, author, written, text, style)
      : acted(entry.at, author, text, style)
    : under(
        entry.at,
        [span('»', 'whisper')],
        [
          span(`${head} (whisper): ${action === undefined ? '' : '* '}`, 'whisper'),
          ...below(written),
          ...text,
        ],
        style,
      );
  const rows = [...gap, ...said];
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

function notDelivered(why: string): string {
  return /^not delivered/i.test(why) ? printableLine(why) : `not delivered: ${printableLine(why)}`;
}

function numberLinks(spans: Span[], { linkNumbers }: RowStyle): Span[] {
  if (!linkNumbers) return spans;
  return spans.flatMap((each) => {
    const number = each.link === undefined ? undefined : linkNumbers.get(each.link);
    return number === undefined ? [each] : [each, span(` [${number}]`, 'mention')];
  });
}
