import type { Clock } from '../../link/clock.ts';
import { backoffMs } from '../../link/link-state.ts';
import { SECOND } from '../../shared/limits.ts';

/** Being in for this long ends a row of failures. */
export const STABLE_MS = 10 * SECOND;

/** When a host is called again: later with each failure in a row. */
export class Redial {
  readonly #clock: Pick<Clock, 'now' | 'after'>;
  readonly #random: () => number;
  #failures = 0;
  #inSince = Number.POSITIVE_INFINITY;
  #cancel: (() => void) | undefined;

  /** `random` is in [0, 1). */
  constructor({ clock, random }: { clock: Pick<Clock, 'now' | 'after'>; random: () => number }) {
    this.#clock = clock;
    this.#random = random;
  }

  /** The host has let us in. */
  entered(): void {
    this.#inSince = this.#clock.now();
  }

  /** The call, or what came of it, is over. */
  failed(): void {
    if (this.#clock.now() - this.#inSince >= STABLE_MS) this.#failures = 0;
    this.#inSince = Number.POSITIVE_INFINITY;
  }

  /** Calls after `ms`, unless something else calls before. */
  after(ms: number, call: () => void): void {
    this.cancel();
    this.#cancel = this.#clock.after(ms, call);
  }

  /** Calls when it is time, and not within `atLeastMs`. */
  later(atLeastMs: number, call: () => void): void {
    this.after(Math.max(atLeastMs, backoffMs(this.#failures++, this.#random())), call);
  }

  cancel(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
