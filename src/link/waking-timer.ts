import { SECOND } from '../shared/limits.ts';
import type { Clock } from './clock.ts';

/** Whether the machine slept is looked for this often. */
const LOOK_MS = 5 * SECOND;
/** The wall clock goes ahead so much by itself only then, or where somebody sets it. */
const ASLEEP_MS = 10 * SECOND;

/** One timer at a time. Monotonic clocks stand still while a machine sleeps; here that time counts as well. */
export class WakingTimer {
  readonly #clock: Clock;
  readonly #awake: () => void;
  /** How far the wall clock is ahead of the monotonic one. */
  #ahead: number;
  #cancel: () => void = () => undefined;

  /** `awake` hears that the machine slept, before the timer rings for it. */
  constructor(clock: Clock, awake: () => void) {
    this.#clock = clock;
    this.#awake = awake;
    this.#ahead = clock.wall() - clock.now();
  }

  /** Takes the place of the one before. */
  set(ms: number, callback: () => void): void {
    this.cancel();
    // What was slept before it is none of its time.
    this.#sleptMs();
    const due = this.#clock.now() + ms;
    this.#cancel = this.#clock.after(Math.min(ms, LOOK_MS), () => {
      const left = due - this.#clock.now() - this.#sleptMs();
      if (left <= 0) callback();
      else this.set(left, callback);
    });
  }

  cancel(): void {
    this.#cancel();
  }

  #sleptMs(): number {
    const before = this.#ahead;
    this.#ahead = this.#clock.wall() - this.#clock.now();
    const ms = this.#ahead - before;
    if (ms < ASLEEP_MS) return 0;
    this.#awake();
    return ms;
  }
}
