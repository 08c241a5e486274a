/** Ids settled before they were known to be on their way are remembered, the newest so many. */
const MAX_EARLY = 256;

/** Lines on their way to the host (or mailbox), and whoever waits for them. */
export class PendingLines {
  readonly #ids = new Set<string>();
  readonly #early = new Set<string>();
  readonly #waiters = new Set<{ readonly atMost: number; readonly wake: () => void }>();

  add(id: string): void {
    if (!this.#early.delete(id)) this.#ids.add(id);
  }

  settle(id: string): void {
    if (!this.#ids.delete(id)) {
      this.#early.add(id);
      const [oldest] = this.#early;
      if (this.#early.size > MAX_EARLY && oldest !== undefined) this.#early.delete(oldest);
      return;
    }
    for (const waiter of this.#waiters) {
      if (this.#ids.size > waiter.atMost) continue;
      this.#waiters.delete(waiter);
      waiter.wake();
    }
  }

  /** Resolves once no more than `count` lines are on their way. */
  atMost(count: number): Promise<void> {
    if (this.#ids.size <= count) return Promise.resolve();
    return new Promise((wake) => this.#waiters.add({ atMost: count, wake }));
  }
}
