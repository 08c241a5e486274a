import { putNewest } from '../../shared/put-newest.ts';
import { isSaid } from '../../client/words/line-words.ts';
import type { Person } from '../../client/session-events.ts';
import { textOf } from '../store/entries.ts';
import type { Entry } from '../store/state.ts';
import { entryRows, type Breaks } from './entry-rows.ts';
import { linksOf } from './markdown.ts';
import type { RowStyle } from './row-style.ts';
import type { Row } from './span.ts';

/** Entries whose wrapped rows are kept: a few screens of scrolling. */
export const MAX_CACHED = 300;

interface Cached {
  readonly entry: Entry;
  readonly variant: string;
  readonly rows: readonly Row[];
}

/** Wrapped rows by entry, least recently used out first. An entry that changed, or is shown otherwise, is wrapped anew. */
export class RowCache {
  readonly #cached = new Map<string, Cached>();
  readonly #limit: number;

  constructor(limit = MAX_CACHED) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#cached.size;
  }

  rows(entry: Entry, breaks: Breaks, style: RowStyle): readonly Row[] {
    const variant = variantOf(entry, breaks, style);
    const known = this.#cached.get(entry.key);
    const fresh =
      known?.entry === entry && known.variant === variant
        ? known
        : { entry, variant, rows: entryRows(entry, breaks, style) };
    putNewest(this.#cached, entry.key, fresh, this.#limit);
    return fresh.rows;
  }
}

function variantOf(
  entry: Entry,
  { day, marker, found, folded }: Breaks,
  { width, nickWidth, nick, time, nickColors, linkNumbers, nameOf, self }: RowStyle,
): string {
  const names = peopleIn(entry, folded).map(nameOf).join(' ');
  const numbers = linkNumbers
    ? linksOf(textOf(entry))
        .map((link) => linkNumbers.get(link))
        .join(' ')
    : '';
  const others = folded.map(({ key }) => key).join(' ');
  return `${width} ${nickWidth} ${time} ${nickColors} ${self ? nameOf(self) : ''} ${day} ${marker} ${found} ${nick} ${names} ${others} ${numbers}`;
}

/** Whose names stand in the rows of an entry. */
function peopleIn(entry: Entry, folded: Breaks['folded']): readonly Person[] {
  if (entry.type === 'whisper') return [entry.whisper.with];
  const lines = entry.type === 'line' ? [...folded, entry] : folded;
  return lines.flatMap(({ line }) => [
    line.by,
    ...('who' in line ? [line.who] : []),
    ...(isSaid(line) && line.quoted ? [line.quoted.by] : []),
    ...(isSaid(line) && line.deleted ? [line.deleted] : []),
  ]);
}
