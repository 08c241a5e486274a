import type { Clock } from '../link/clock.ts';
import { SECOND } from '../shared/limits.ts';

const PING_TIMEOUT_MS = 5 * SECOND;

/** Round trips that are being measured. */
export class RoundTrips {
  readonly #clock: Clock;
  readonly #open = new Map<number, (answered: boolean) => void>();
  #last = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Ms until the answer; undefined when `send` could not, or when none came. */
  measure(send: (rid: number) => boolean): Promise<number | undefined> {
    const clock = this.#clock;
    const rid = ++this.#last;
    const start = clock.now();
    if (!send(rid)) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const settle = (answered: boolean): void => {
        this.#open.delete(rid);
        cancel();
        resolve(answered ? Math.round((clock.now() - start) * 10) / 10 : undefined);
      };
      const cancel = clock.after(PING_TIMEOUT_MS, () => settle(false));
      this.#open.set(rid, settle);
    });
  }

  answered(rid: number): void {
    this.#open.get(rid)?.(true);
  }

  /** Whoever was asked is gone. */
  abandon(): void {
    for (const settle of this.#open.values()) settle(false);
  }
}
