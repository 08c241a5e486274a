/** Upper ends of the buckets, in milliseconds. */
const BOUNDS = [1, 2, 5, 10, 20, 50, 100, 250, 1_000] as const;

/** How long something took, as a histogram of Prometheus: `upTo` counts what took at most that many seconds. */
export interface TimingCounts {
  readonly count: number;
  readonly seconds: number;
  readonly upTo: readonly (readonly [seconds: number, count: number])[];
}

/** Counts durations; as large after a year as at the start. */
export class Timings {
  readonly #counts = BOUNDS.map(() => 0);
  #count = 0;
  #ms = 0;

  record(ms: number): void {
    this.#count += 1;
    this.#ms += ms;
    for (const [index, bound] of BOUNDS.entries())
      if (ms <= bound) this.#counts[index] = (this.#counts[index] ?? 0) + 1;
  }

  read(): TimingCounts {
    return {
      count: this.#count,
      seconds: this.#ms / 1_000,
      upTo: BOUNDS.map((bound, index) => [bound / 1_000, this.#counts[index] ?? 0]),
    };
  }
}
