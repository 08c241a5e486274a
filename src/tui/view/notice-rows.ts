import { textWidth } from '../../shared/text.ts';
import type { EntryOf, NoticeTone } from '../store/state.ts';
import type { Tone } from '../theme/theme.ts';
import { clockTime, timeCells } from './clock.ts';
import { gapBeside } from './direction.ts';
import type { RowStyle } from './row-style.ts';
import { plainText, printable, span, type Span } from './span.ts';
import { wrapSpans } from './wrap.ts';

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

/** Below this width an answer has no time. */
const TIME_FROM = 30;

/**
 * A bar at the side keeps an answer of many lines together. Where nicknames have no column it stands in the first one, in
 * which no message has anything but its time, and the time behind it.
 */
export function noticeRows(entry: EntryOf<'notice'>, style: RowStyle): (readonly Span[])[] {
  const bar = span('▎', barTones[entry.tone]);
  const cells = timeCells(style.time);
  const indent = style.nickWidth > 0 && cells > 0 ? cells + 1 : 0;
  const room = Math.max(1, style.width - indent - 2);
  const failed = entry.tone === 'error' || entry.tone === 'warning';
  const again = failed && entry.times !== undefined ? ` (×${entry.times})` : '';
  const lines = foldPictures(`${printable(entry.text)}${again}`.split('\n'), room);
  const [top = ''] = lines;
  const time = clockTime(entry.at, style.time).trim();
  const inside = indent === 0 && cells > 0 && style.width >= TIME_FROM;
  // What is looked something up in, and tables, need the room, and stay aligned.
  const stamp = inside && entry.tone !== 'help' && nameOf(top) === '' ? `${time} ` : '';
  lines[0] = stamp + top;
  // One row of a table that goes on below its name makes all of them do.
  const stacked = lines.some((line) => textWidth(nameOf(line)) > room / 2 && textWidth(line) > room);
  const shown = lines.flatMap((line) => hanging(line, lookOf(entry.tone, line), room, stacked));
  return shown.map((row, index) => {
    const left =
      indent > 0
        ? span(index === 0 ? `${clockTime(entry.at, style.time)} ` : ' '.repeat(indent), 'dim')
        : undefined;
    const gap = span(gapBeside(row));
    if (index > 0 || stamp === '') return [...(left ? [left] : []), bar, gap, ...row];
    const [first = gap, ...others] = row;
    return [
      bar,
      span(' '),
      span(time, 'dim'),
      gap,
      { ...first, text: first.text.slice(stamp.length) },
      ...others,
    ];
  });
}

/** The first column of a line of a table, with the space behind it; '' for other lines. */
function nameOf(line: string): string {
  return /^ *\S.*? {2,}(?=\S)/.exec(line)?.[0] ?? '';
}

interface LineLook {
  readonly name: Tone;
  readonly text: Tone;
}

/** Headings and names stand out in what is looked through for one of them. */
function lookOf(tone: NoticeTone, line: string): LineLook {
  const text = isPicture(line) ? 'picture' : bodyTones[tone];
  if (tone !== 'help') return { name: text, text };
  return { name: 'accent', text: /^[\p{L} ]+$/u.test(line) ? 'strong' : text };
}

/** A line of a table: what does not fit goes on in the last column, or below it where that would be too narrow. */
function hanging(line: string, look: LineLook, room: number, stacked: boolean): (readonly Span[])[] {
  const name = nameOf(line);
  const column = textWidth(name);
  const indent = line.search(/\S|$/);
  const rest = line.slice(name.length);
  if (stacked && column > room / 2)
    return [
      ...wrapSpans([span(name.trimEnd(), look.name)], room),
      ...indented(rest, look.text, Math.min(indent + 4, room - 2), room),
    ];
  const [first = [], ...others] = wrapSpans([span(name, look.name), span(rest, look.text)], room);
  if (others.length === 0) return [first];
  if (column > 0) {
    const [behind = [], ...more] = indented(rest, look.text, column, room);
    return [[span(name, look.name), ...behind.slice(1)], ...more];
  }
  const more = line.slice(plainText(first).length).trimStart();
  return [first, ...indented(more, look.text, Math.min(indent > 0 ? indent + 2 : 0, room - 2), room)];
}

function indented(text: string, tone: Tone, cells: number, room: number): (readonly Span[])[] {
  const below = wrapSpans([span(text, tone)], Math.max(1, room - cells));
  return below.map((row) => [span(' '.repeat(Math.max(0, cells))), ...row]);
}

function isPicture(line: string): boolean {
  return /[█▀▄]/.test(line) && /^[█▀▄▌▐ ]+$/.test(line);
}

/** A QR code drawn with blocks is useless once wrapped. */
function foldPictures(given: readonly string[], room: number): string[] {
  // Half a row of light below the last line of a picture would have half a row of dark under it.
  const lines = given.map((line) => (/^▀+$/.test(line) ? line.replaceAll('▀', '█') : line));
  const tooWide = lines.some((line) => isPicture(line) && textWidth(line) > room);
  if (!tooWide) return [...lines];
  const widest = Math.max(...lines.filter(isPicture).map((line) => textWidth(line)));
  const words = `(the picture needs a window ${widest - room} columns wider)`;
  const first = lines.findIndex(isPicture);
  return lines.flatMap((line, index) => (!isPicture(line) ? [line] : index === first ? [words] : []));
}
