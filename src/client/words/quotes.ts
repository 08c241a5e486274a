import { truncate } from '../../shared/text.ts';
import type { IdentityKey } from '../../shared/ids.ts';
import type { Person, Quote, RoomLine } from '../session-events.ts';

/** Cells of a line that a reply repeats. */
export const MAX_QUOTED = 120;

/** The first words of what is replied to, on one row. `nameOf` tells what somebody is called. */
export function quoteWords(
  { by, text }: Quote,
  nameOf: (person: Person) => string = ({ nick }) => nick,
): string {
  return `${nameOf(by)}: ${firstWords(text)}`;
}

function firstWords(text: string | undefined): string {
  if (text === undefined) return '(a line that is not here)';
  const row = text.split('\n').find((each) => each.trim() !== '');
  return row === undefined ? '(taken back)' : truncate(row.trim(), MAX_QUOTED);
}

/** The same line without the words of somebody whom one wants to see nothing of. */
export function withoutQuoteOf<Line extends RoomLine>(
  line: Line,
  ignores: (key: IdentityKey) => boolean,
): Line {
  if (line.kind !== 'text' || !line.quoted || !ignores(line.quoted.by.key)) return line;
  return { ...line, quoted: { by: line.quoted.by } };
}
