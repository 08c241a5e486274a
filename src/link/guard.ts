import type { Clock } from './clock.ts';
import type { Dialler } from './transport.ts';

/**
 * Timers and connections, whose callbacks nobody waits for: what goes wrong in one is offered to `takes`, and is the
 * process's where that says false.
 */
export class Guard {
  readonly #takes: (error: unknown) => boolean;

  constructor(takes: (error: unknown) => boolean) {
    this.#takes = takes;
  }

  clock(clock: Clock): Clock {
    return {
      now: () => clock.now(),
      wall: () => clock.wall(),
      after: (ms, callback) => clock.after(ms, () => this.#run(callback)),
    };
  }

  dialler(dialler: Dialler): Dialler {
    return (url, events) =>
      dialler(url, {
        open: () => this.#run(() => events.open()),
        message: (bytes) => this.#run(() => events.message(bytes)),
        closed: (code, clean) => this.#run(() => events.closed(code, clean)),
      });
  }

  #run(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      if (!this.#takes(error)) throw error;
    }
  }
}
