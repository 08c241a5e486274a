import { SECOND } from '../shared/limits.ts';
import type { Store } from './store/store.ts';
import type { Timers } from './timers.ts';
import { progressBar } from './view/bars.ts';

/** What takes longer is named in the status bar. */
const WORKING_AFTER_MS = 150;
/** How long a hint stands where no key takes it away. */
const HINT_MS = 2 * SECOND;
/** Of the bar among the things being done, whose numbers begin with 1. */
const PROGRESS_ID = 0;
const PROGRESS_CELLS = 12;

/** What the status bar says of the moment: things being done, how far they are, and a word about the last key. */
export class Busy {
  readonly #store: Store;
  readonly #timers: Timers;
  #serial = 0;
  #bar: string | undefined;
  #unhint: (() => void) | undefined;

  constructor(store: Store, timers: Timers) {
    this.#store = store;
    this.#timers = timers;
  }

  /** Runs something and names it when it takes its time; `rename` changes the name meanwhile. */
  async while<Value>(text: string, task: (rename: (text: string) => void) => Promise<Value>): Promise<Value> {
    this.#serial += 1;
    const id = this.#serial;
    let shown: string | undefined;
    let name = text;
    const show = (): void => {
      if (shown !== undefined) this.#store.dispatch({ type: 'finished', id });
      shown = name;
      this.#store.dispatch({ type: 'started', id, text: name });
    };
    const cancel = this.#timers.after(WORKING_AFTER_MS, show);
    try {
      return await task((next) => {
        name = next;
        if (shown !== undefined && shown !== next) show();
      });
    } finally {
      cancel();
      if (shown !== undefined) this.#store.dispatch({ type: 'finished', id });
    }
  }

  /** One bar at a time, in the place of what is being done. */
  progress(what: string, part: number): void {
    const id = PROGRESS_ID;
    const text = part < 1 ? `${what} ${progressBar(part, 1, PROGRESS_CELLS)}` : undefined;
    if (text === this.#bar) return;
    this.#bar = text;
    this.#store.dispatch({ type: 'finished', id });
    if (text !== undefined) this.#store.dispatch({ type: 'started', id, text });
  }

  hint(hint: string): void {
    this.#store.dispatch({ type: 'hinted', hint });
    this.#unhint?.();
    this.#unhint = this.#timers.after(HINT_MS, () => {
      if (this.#store.get().hint === hint) this.#store.dispatch({ type: 'hinted', hint: undefined });
    });
  }
}
