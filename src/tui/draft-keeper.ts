import type { Input } from './input.ts';
import type { Drafts } from './services.ts';
import { processClock, type StoreClock } from './store/store.ts';

/** What is typed is on disk this soon. */
export const SAVE_DRAFTS_MS = 300;

/** Keeps what is written and not sent, so that a crash does not take it. */
export class DraftKeeper {
  readonly #input: Input;
  readonly #drafts: Drafts;
  readonly #clock: StoreClock;
  readonly #unsubscribe: () => void;
  #saved: string;
  /** How many of them there are. */
  #count: number;
  #cancel: (() => void) | undefined;

  constructor(input: Input, drafts: Drafts, clock: StoreClock = processClock) {
    this.#input = input;
    this.#drafts = drafts;
    this.#clock = clock;
    this.#saved = written(input.drafts());
    this.#count = input.drafts().size;
    this.#unsubscribe = input.subscribe(() => {
      // What was sent must not come back after a crash, to be sent once more.
      const sent = input.drafts().size < this.#count;
      if (sent) this.#saveIn(0);
      else if (!this.#cancel) this.#saveIn(SAVE_DRAFTS_MS);
    });
  }

  save(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const drafts = this.#input.drafts();
    const now = written(drafts);
    if (now === this.#saved) return;
    this.#saved = now;
    this.#count = drafts.size;
    this.#drafts.save(drafts);
  }

  close(): void {
    this.#unsubscribe();
    this.save();
  }

  #saveIn(ms: number): void {
    this.#cancel?.();
    this.#cancel = this.#clock.after(ms, () => this.save());
  }
}

function written(drafts: ReadonlyMap<string, string>): string {
  return JSON.stringify([...drafts]);
}
