import type { Clock } from '../../link/clock.ts';
import { SECOND } from '../../shared/limits.ts';
import type { Result } from '../api.ts';

/** A join is over once the earlier lines are here, or after this long. */
export const SYNC_WAIT_MS = 3 * SECOND;

/** A join that somebody waits for: answered once. */
export class RoomEntry {
  readonly #clock: Clock;
  #answer: ((result: Result<void>) => void) | undefined;
  #cancelWait: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when the host has let us in and what it had for us is here, or when it won't. */
  wait(): Promise<Result<void>> {
    return new Promise((resolve) => (this.#answer = resolve));
  }

  /** The host has let us in, and earlier lines are on their way. */
  letIn(): void {
    this.#cancelWait = this.#clock.after(SYNC_WAIT_MS, () => this.done());
  }

  /** They come no more. */
  interrupted(): void {
    this.#cancelWait?.();
  }

  /** We are in, whatever is missing. */
  done(): void {
    this.answer({ ok: true, value: undefined });
  }

  answer(result: Result<void>): void {
    this.#cancelWait?.();
    this.#answer?.(result);
    this.#answer = undefined;
  }
}
