import type { RoomSession } from '../client/api.ts';
import type { RoomLine, RoomSessionEvent } from '../client/session-events.ts';
import { isSaid } from '../client/words/line-words.ts';
import type { PipePrinter } from './pipe.ts';

const HISTORY_PAGE = 200;
type LineEvent = Extract<RoomSessionEvent, { type: 'line' | 'changed' }>;

/** Prints the newest `count` messages from before the join, once all of them have come and before anything newer. */
export class BacklogPrinter {
  readonly #count: number;
  readonly #printer: PipePrinter;
  readonly #held: LineEvent[] = [];
  #head: number | undefined;
  #seen = 0;
  #session: RoomSession | undefined;
  #done: boolean;

  constructor(count: number, printer: PipePrinter) {
    this.#count = count;
    this.#printer = printer;
    this.#done = count === 0;
  }

  /** The room's last seq at the join. */
  ready(head: number): void {
    this.#head ??= head;
    this.#look();
  }

  /** Everything up to `seq` has come, or will never come. */
  passed(seq: number): void {
    this.#seen = Math.max(this.#seen, seq);
    this.#look();
  }

  joined(session: RoomSession): void {
    this.#session = session;
    this.passed(session.history(1)[0]?.seq ?? 0);
  }

  /** True when the line is history, or was taken to be printed behind it. */
  takes(event: LineEvent): boolean {
    if (this.#done && !event.history) return false;
    if (!event.history) this.#held.push(event);
    this.passed(event.type === 'line' ? event.line.seq : event.seq);
    return true;
  }

  #look(): void {
    if (this.#done || !this.#session || this.#head === undefined || this.#seen < this.#head) return;
    this.#done = true;
    const messages: RoomLine[] = [];
    let before: number | undefined = this.#head + 1;
    while (messages.length < this.#count && before !== undefined) {
      const page: readonly RoomLine[] = this.#session.history(HISTORY_PAGE, before);
      messages.unshift(...page.filter(isSaid));
      before = page[0]?.seq;
    }
    for (const line of messages.slice(-this.#count)) this.#printer.history(line);
    for (const event of this.#held.splice(0)) this.#printer.event(event);
  }
}
