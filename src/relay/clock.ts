/** Time comes in from outside, so that tests can move it. */
export interface Clock {
  /** Milliseconds since 1970; may jump. For display and expiry dates only. */
  wall(): number;
  /** Milliseconds from any start; never goes back. */
  monotonic(): number;
}

export const systemClock: Clock = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
};
