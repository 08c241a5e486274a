import type { StoreClock } from './store/store.ts';

/** Timers that end together. */
export class Timers {
  readonly #clock: StoreClock;
  readonly #running = new Set<() => void>();

  constructor(clock: StoreClock) {
    this.#clock = clock;
  }

  /** Returns what cancels it. */
  after(ms: number, task: () => void): () => void {
    const cancel = this.#clock.after(ms, () => {
      this.#running.delete(cancel);
      task();
    });
    this.#running.add(cancel);
    return () => {
      this.#running.delete(cancel);
      cancel();
    };
  }

  every(ms: number, task: () => void): void {
    this.after(ms, () => {
      task();
      this.every(ms, task);
    });
  }

  close(): void {
    for (const cancel of this.#running) cancel();
    this.#running.clear();
  }
}
