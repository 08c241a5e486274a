import type { Input } from './input.ts';
import type { Drafts } from './services.ts';
import { processClock, type StoreClock } from './store/store.ts';

/** What is typed is on disk this soon. */
export const SAVE_DRAFTS_MS = 300;

/** Keeps what is written and not sent, so that a crash does not take it. */
export class DraftKeeper {
  readonly #input: Input;
  readonly #drafts: Drafts;
  readonly #unsubscribe: () => void;
  #saved: string;
  #cancel: (() => void) | undefined;

  constructor(input: Input, drafts: Drafts, clock: StoreClock = processClock) {
    this.#input = input;
    this.#drafts = drafts;
    this.#saved = written(input.drafts());
    this.#unsubscribe = input.subscribe(() => {
      this.#cancel ??= clock.after(SAVE_DRAFTS_MS, () => this.save());
    });
  }

  save(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const drafts = this.#input.drafts();
    const now = written(drafts);
    if (now === this.#saved) return;
    this.#saved = now;
    this.#drafts.save(drafts);
  }

  close(): void {
    this.#unsubscribe();
    this.save();
  }
}

function written(drafts: ReadonlyMap<string, string>): string {
  return JSON.stringify([...drafts]);
}
