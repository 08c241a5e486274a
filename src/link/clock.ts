/** Time as a collaborator, so that tests can turn it by hand. */
export interface Clock {
  /** Monotonic ms; for intervals. */
  now(): number;
  /** Ms since 1970; for what people and certificates call time. */
  wall(): number;
  /** Calls back once after `ms`, or after 24 days if that is less; returns the way to cancel. */
  after(ms: number, callback: () => void): () => void;
}

/** Calls back every `ms`; returns the way to cancel. */
export function every(clock: Pick<Clock, 'after'>, ms: number, callback: () => void): () => void {
  let cancel = (): void => undefined;
  const again = (): void => {
    cancel = clock.after(ms, () => {
      again();
      callback();
    });
  };
  again();
  return () => cancel();
}

/** Of a task that nobody waits for: what goes wrong in it is thrown by a timer. */
export function unattended(clock: Pick<Clock, 'after'>, task: Promise<unknown>): void {
  task.catch((error: unknown) => throwLater(clock, error));
}

/** What went wrong where nothing catches it, thrown by a timer. */
export function throwLater(clock: Pick<Clock, 'after'>, error: unknown): void {
  clock.after(0, () => {
    throw error;
  });
}

/** Node runs a longer timer at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, Math.min(ms, MAX_TIMER_MS));
    return () => clearTimeout(timer);
  },
};
