import { describe, expect, it } from 'vitest';
import { DAY, HOUR } from '../../src/shared/limits.ts';
import { PurgeClock } from '../../src/relay/purge-clock.ts';
import { FakeClock } from '../support/relay-rig.ts';

const KEPT_MS = 90 * DAY;

/** Days go by, with a look at each hour. */
function pass(clock: FakeClock, purge: PurgeClock, days: number): void {
  for (let hours = 0; hours < days * 24; hours++) {
    clock.advance(HOUR);
    purge.now(KEPT_MS);
  }
}

describe('the clock of purges', () => {
  it('is the wall clock where that goes like the monotonic one', () => {
    const clock = new FakeClock();
    const purge = new PurgeClock(clock);
    pass(clock, purge, 100);
    expect(purge.now(KEPT_MS)).toBe(clock.wall());
    clock.jumpWall(-HOUR);
    expect(purge.now(KEPT_MS)).toBe(clock.wall());
    expect(purge.jumps).toBe(0);
  });

  it('goes on as before after a jump ahead, until nothing is left from before it', () => {
    const clock = new FakeClock();
    const purge = new PurgeClock(clock);
    clock.jumpWall(400 * DAY);
    expect(purge.now(KEPT_MS)).toBe(clock.wall() - 400 * DAY);
    pass(clock, purge, 89);
    expect(purge.now(KEPT_MS)).toBe(clock.wall() - 400 * DAY);
    pass(clock, purge, 2);
    expect(purge.now(KEPT_MS)).toBe(clock.wall());
    expect(purge.jumps).toBe(1);
  });

  it('follows a jump back at once', () => {
    const clock = new FakeClock();
    const purge = new PurgeClock(clock);
    clock.jumpWall(-5 * DAY);
    expect(purge.now(KEPT_MS)).toBe(clock.wall());
  });

  it('does not hold what was stored while the clock was behind for older than it is', () => {
    const clock = new FakeClock();
    const purge = new PurgeClock(clock);
    clock.jumpWall(-400 * DAY);
    purge.now(KEPT_MS);
    const stored = clock.wall();
    clock.jumpWall(400 * DAY);
    expect(purge.now(KEPT_MS) - stored).toBe(0);
    pass(clock, purge, 13);
    expect(purge.now(KEPT_MS) - stored).toBe(13 * DAY);
  });

  it('holds nothing for older than it is, however often the clock jumps, and keeps little for it', () => {
    const clock = new FakeClock();
    const purge = new PurgeClock(clock);
    const earliest = clock.wall() - 1_000 * DAY;
    clock.jumpWall(-1_000 * DAY);
    purge.now(KEPT_MS);
    for (let jump = 0; jump < 500; jump++) {
      clock.jumpWall(2 * HOUR);
      expect(purge.now(KEPT_MS)).toBe(earliest);
    }
    expect(purge.jumps).toBe(501);
  });
});
