import { describe, expect, it } from 'vitest';
import { HOUR } from '../../src/shared/limits.ts';
import { PurgeGuard } from '../../src/relay/purge-guard.ts';
import { FakeClock } from '../support/relay-rig.ts';

describe('the guard of purges', () => {
  it('trusts a wall clock that goes like the monotonic one', () => {
    const clock = new FakeClock();
    const guard = new PurgeGuard(clock);
    clock.advance(30 * 24 * HOUR);
    expect(guard.trusted()).toBe(true);
  });

  it.each([HOUR + 1, -HOUR - 1])('stops after a jump of %i ms, until the clock is back', (jump) => {
    const clock = new FakeClock();
    const guard = new PurgeGuard(clock);
    clock.jumpWall(jump);
    expect(guard.trusted()).toBe(false);
    clock.jumpWall(-jump);
    expect(guard.trusted()).toBe(true);
  });
});
