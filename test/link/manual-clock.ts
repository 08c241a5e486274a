import type { Clock } from '../../src/link/clock.ts';

/** A clock that moves only when told. */
export class ManualClock implements Clock {
  #now = 0;
  #slept = 0;
  #timers: { at: number; callback: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  wall(): number {
    return 1_800_000_000_000 + this.#now + this.#slept;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + ms, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** The machine sleeps: only the wall clock goes on. */
  sleep(ms: number): void {
    this.#slept += ms;
  }

  /** Runs what falls due within `ms`, in order. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.#now = due.at;
      this.#timers = this.#timers.filter((other) => other !== due);
      due.callback();
    }
    this.#now = until;
  }

  get pending(): number {
    return this.#timers.length;
  }
}
