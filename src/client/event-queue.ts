import { Listeners } from '../shared/listeners.ts';

/** Events that may wait for a reader of `JoinedRoom`; one that falls further behind is ended with an error. */
export const MAX_UNREAD_EVENTS = 10_000;

interface Reader<Event> {
  readonly resolve: (result: IteratorResult<Event>) => void;
  readonly reject: (failure: Error) => void;
}

/** Events for listeners, and for one reader at its own pace. */
export class EventQueue<Event> implements AsyncIterator<Event> {
  readonly #listeners = new Listeners<Event>();
  #unread: Event[] = [];
  #readers: Reader<Event>[] = [];
  #overrun = false;
  #ended = false;
  #failure: Error | undefined;

  push(event: Event): void {
    if (this.#failure) return;
    this.#listeners.tell(event);
    const reader = this.#readers.shift();
    if (reader) reader.resolve({ done: false, value: event });
    else if (this.#unread.length >= MAX_UNREAD_EVENTS) this.#overrun = true;
    // Behind one that is lost nothing follows but the error.
    else if (!this.#overrun) this.#unread.push(event);
  }

  on(listener: (event: Event) => void): () => void {
    return this.#listeners.add(listener);
  }

  end(): void {
    this.#ended = true;
    for (const { resolve } of this.#readers.splice(0)) resolve({ done: true, value: undefined });
  }

  /** Whoever has read all that was there is told why no more comes. */
  fail(failure: Error): void {
    this.#failure ??= failure;
    for (const { reject } of this.#readers.splice(0)) reject(failure);
  }

  next(): Promise<IteratorResult<Event>> {
    const event = this.#unread.shift();
    if (event) return Promise.resolve({ done: false, value: event });
    if (this.#overrun)
      return Promise.reject(new Error(`more than ${MAX_UNREAD_EVENTS} events were not read in time`));
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => this.#readers.push({ resolve, reject }));
  }
}
