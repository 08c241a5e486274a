import { HOUR } from '../shared/limits.ts';
import type { Clock } from './clock.ts';

/** A wall clock that moved this far against the monotonic one is not believed. */
const MAX_DRIFT_MS = HOUR;

/** Says whether dates can be trusted enough to delete by them. */
export class PurgeGuard {
  private readonly clock: Clock;
  private readonly offset: number;

  constructor(clock: Clock) {
    this.clock = clock;
    this.offset = clock.wall() - clock.monotonic();
  }

  /** False while the wall clock is more than an hour off from what it was at the start. */
  trusted(): boolean {
    return Math.abs(this.clock.wall() - this.clock.monotonic() - this.offset) <= MAX_DRIFT_MS;
  }
}
