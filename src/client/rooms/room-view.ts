import type { IdentityKey, RoomId } from '../../shared/ids.ts';
import type { RoomArchive } from '../archive/archive.ts';
import type { Contacts } from '../people/people.ts';
import { withoutQuoteOf } from '../words/quotes.ts';
import type { RoomEventBody, RoomLine } from '../session-events.ts';

export interface RoomViewParts {
  readonly room: RoomId;
  readonly rooms: RoomArchive;
  readonly contacts: Pick<Contacts, 'ignores'>;
}

/** A room as this profile wants to see it: without the words of people it ignores. */
export class RoomView {
  readonly #parts: RoomViewParts;

  constructor(parts: RoomViewParts) {
    this.#parts = parts;
  }

  /** Undefined: nobody is told of it. */
  event(event: RoomEventBody): RoomEventBody | undefined {
    switch (event.type) {
      case 'line':
        if (event.mine || !this.#ignores(actorOf(event.line)))
          return { ...event, line: this.#withoutQuote(event.line) };
        return { type: 'hidden', seq: event.line.seq, history: event.history };
      case 'changed':
        if (this.#ignores(event.change.by.key))
          return { type: 'hidden', seq: event.seq, history: event.history };
        return event.line ? { ...event, line: this.#withoutQuote(event.line) } : event;
      case 'typing':
      case 'presence':
        return this.#ignores(event.who.key) ? undefined : event;
      default:
        return event;
    }
  }

  /** The newest `limit` lines of the archive, below `before` where that is given, in order. */
  history(limit: number, before?: number): readonly RoomLine[] {
    const { room, rooms } = this.#parts;
    let shown: RoomLine[] = [];
    let end = before;
    while (shown.length < limit) {
      const page = rooms.lines(room, limit, end);
      const wanted = page
        .filter((line) => !this.#ignores(actorOf(line)))
        .map((line) => this.#withoutQuote(line));
      shown = [...wanted.slice(-(limit - shown.length)), ...shown];
      end = page[0]?.seq;
      if (wanted.length === page.length || end === undefined) break;
    }
    return shown;
  }

  /** Newest first; a line that `history` does not reach has no `seq`. */
  search(words: string, limit: number): readonly RoomLine[] {
    const { room, rooms } = this.#parts;
    const found = rooms.search(words, limit, room).filter((line) => !this.#ignores(actorOf(line)));
    return found.map((line) => {
      if (rooms.seqOf(room, line.by.key, line.id) !== undefined) return line;
      const { seq: _, ...earlier } = line;
      return earlier;
    });
  }

  #ignores(key: IdentityKey): boolean {
    return this.#parts.contacts.ignores(key);
  }

  #withoutQuote<Line extends RoomLine>(line: Line): Line {
    return withoutQuoteOf(line, (key) => this.#ignores(key));
  }
}

/** Whose doing a line is. */
function actorOf(line: RoomLine): IdentityKey {
  return line.kind === 'join' || line.kind === 'leave' ? line.who.key : line.by.key;
}
