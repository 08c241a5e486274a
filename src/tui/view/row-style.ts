import type { Preferences } from '../../client/profile/preferences.ts';
import type { Person } from '../../client/session-events.ts';
import { textWidth, truncate } from '../../shared/text.ts';
import { nickTone, type Tone } from '../theme/theme.ts';
import { clockTime, timeCells } from './clock.ts';
import { gapBeside } from './direction.ts';
import { fit, printableLine, span, spansWidth, type Span } from './span.ts';
import { wrapSpans } from './wrap.ts';

/** How `person` is called here, key tag included where it is needed. */
export type NameOf = (person: Person) => string;

/** How the rows of one buffer are laid out; the same for all of them on one screen. */
export interface RowStyle {
  readonly width: number;
  /** Cells of the column of nicknames; 0: the name stands before the text. */
  readonly nickWidth: number;
  readonly nick: string;
  readonly time: Preferences['time'];
  readonly nickColors: boolean;
  readonly nameOf: NameOf;
  /** In a window for one person, who the other one is: oneself. */
  readonly self?: Person | undefined;
  /** Shown behind links while one is chosen. */
  readonly linkNumbers?: LinkNumbers | undefined;
}

export type LinkNumbers = ReadonlyMap<string, number>;

/** Time, then whose it is, then text that hangs under its own first row. */
export function under(
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

export function nickSpan(person: Person, { nameOf, nickColors }: RowStyle, waiting = false): Span {
  const text = printableLine(nameOf(person));
  if (waiting) return span(text, 'dim');
  return { ...span(text, nickColors ? nickTone(person.key) : 'text'), bold: true };
}

/** A line across, with words in it. */
export function rule(words: string, tone: Tone, width: number, place: 'start' | 'middle'): readonly Span[] {
  const label = ` ${words} `;
  // Messages begin with a time or a space, and never with this.
  const left = place === 'start' ? 2 : Math.max(1, Math.floor((width - textWidth(label)) / 2));
  const spans = [span('─'.repeat(left), tone), span(label, tone === 'line' ? 'dim' : tone)];
  return [...spans, span('─'.repeat(Math.max(0, width - spansWidth(spans))), tone)];
}
