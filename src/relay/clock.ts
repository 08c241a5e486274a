/** Time comes in from outside, so that tests can move it. */
export interface Clock {
  /** Milliseconds since 1970; may jump. For display and expiry dates only. */
  wall(): number;
  /** Milliseconds from any start; never goes back. */
  monotonic(): number;
}

export const systemClock: Clock = {
  wall: () => Date.now(),
  // Not by `performance`, for which Node.js would load all of its measuring.
  monotonic: () => Number(process.hrtime.bigint()) / 1e6,
};
