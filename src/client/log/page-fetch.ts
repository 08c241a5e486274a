import type { Clock } from '../../link/clock.ts';
import { SECOND, SILENCE_MS } from '../../shared/limits.ts';
import type { HostMessageOf } from '../../shared/room/messages.ts';
import type { Falsehood } from './log-follower.ts';

/** Without another page for this long the answer to a question has failed. */
const PAGE_MS = 10 * SECOND;
/** The same for all that was missed: at 16 kbit/s one full page takes 25 s. */
export const MISSED_PAGE_MS = SILENCE_MS + 5 * SECOND;
/** Pages that nobody asked for: what was missed, after a welcome. */
const UNASKED = 0;

type Page = HostMessageOf<'page'>;

export interface PageReader {
  /** What is wrong with it ends the answer. */
  readonly page: (page: Page) => Falsehood | undefined;
  /** Whether the whole answer came. */
  readonly done: (came: boolean) => void;
  /** The conversation ended first, and `done` is not called. */
  readonly abandoned?: () => void;
}

export interface PageFetchParts {
  readonly clock: Clock;
  /** Asks the host for events `from`..`to`; false when it cannot be asked now. */
  readonly ask: (rid: number, from: number, to: number) => boolean;
  readonly dropped: (what: Falsehood) => void;
}

/** The one answer with pages that is awaited at a time. */
export class PageFetch {
  readonly #parts: PageFetchParts;
  #reader: PageReader | undefined;
  #rid = UNASKED;
  #lastRid = UNASKED;
  #cancelTimer: () => void = () => undefined;

  constructor(parts: PageFetchParts) {
    this.#parts = parts;
  }

  get busy(): boolean {
    return this.#reader !== undefined;
  }

  /** Takes the pages that come by themselves. */
  expect(reader: PageReader): void {
    this.#open(UNASKED, reader);
  }

  /** Asks for events `from`..`to`. */
  request(from: number, to: number, reader: PageReader): void {
    const rid = ++this.#lastRid;
    this.#open(rid, reader);
    if (!this.#parts.ask(rid, from, to)) this.#end(false);
  }

  page(page: Page): void {
    const reader = this.#reader;
    if (!reader || page.rid !== this.#rid) return;
    this.#watch();
    const wrong = reader.page(page);
    if (wrong) this.#parts.dropped(wrong);
    if (wrong || page.last) this.#end(!wrong);
  }

  /** The conversation is over. */
  abandon(): void {
    const reader = this.#take();
    reader?.abandoned?.();
  }

  #open(rid: number, reader: PageReader): void {
    this.#rid = rid;
    this.#reader = reader;
    this.#watch();
  }

  #watch(): void {
    this.#cancelTimer();
    const patience = this.#rid === UNASKED ? MISSED_PAGE_MS : PAGE_MS;
    this.#cancelTimer = this.#parts.clock.after(patience, () => this.#end(false));
  }

  #end(came: boolean): void {
    this.#take()?.done(came);
  }

  #take(): PageReader | undefined {
    const reader = this.#reader;
    this.#reader = undefined;
    this.#cancelTimer();
    return reader;
  }
}
