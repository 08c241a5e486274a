/** Time as a collaborator, so that tests can turn it by hand. */
export interface Clock {
  /** Monotonic ms; for intervals. */
  now(): number;
  /** Ms since 1970; for what people and certificates call time. */
  wall(): number;
  /** Calls back once after `ms`; returns the way to cancel. */
  after(ms: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};
