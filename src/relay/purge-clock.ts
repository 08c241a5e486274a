import { HOUR } from '../shared/limits.ts';
import type { Clock } from './clock.ts';

/** A wall clock that moved this far against the monotonic one has jumped. */
const MAX_DRIFT_MS = HOUR;
/** Beyond this the oldest count as one. */
const MAX_JUMPS = 100;

/** How far the wall clock was ahead of the monotonic one, and until when of the latter. */
interface Reading {
  readonly offset: number;
  until: number;
}

/**
 * The time by which what is old is deleted: no later than any time the wall clock would have come to, had it gone on from one
 * of its jumps. Where the clock was wrong for a while nothing goes early, and in the end everything goes.
 */
export class PurgeClock {
  readonly #clock: Clock;
  /** The newest is the last. */
  #readings: Reading[];
  #seen = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    const now = clock.monotonic();
    this.#readings = [{ offset: clock.wall() - now, until: now }];
  }

  /** Jumps of the wall clock so far. */
  get jumps(): number {
    return this.#seen;
  }

  /** Milliseconds since 1970. To be asked often; jumps that are older than `keptMs` are forgotten, what was stored then is gone. */
  now(keptMs: number): number {
    const wall = this.#clock.wall();
    const monotonic = this.#clock.monotonic();
    const offset = wall - monotonic;
    const newest = this.#readings.at(-1);
    if (newest && Math.abs(offset - newest.offset) <= MAX_DRIFT_MS) newest.until = monotonic;
    else this.#jumped({ offset, until: monotonic });
    this.#readings = this.#readings.filter(({ until }) => until >= monotonic - keptMs);
    return Math.min(wall, ...this.#readings.map((reading) => monotonic + reading.offset));
  }

  #jumped(reading: Reading): void {
    this.#seen++;
    this.#readings.push(reading);
    const [oldest, next, ...rest] = this.#readings;
    if (!oldest || !next || this.#readings.length <= MAX_JUMPS) return;
    this.#readings = [{ offset: Math.min(oldest.offset, next.offset), until: next.until }, ...rest];
  }
}
