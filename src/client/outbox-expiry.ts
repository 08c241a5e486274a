import type { Clock } from '../link/clock.ts';
import { OUTBOX_MS } from '../shared/limits.ts';

/** Until when what was said at `time` (ms since 1970) waits: monotonic ms, so that setting the wall clock makes nothing old. */
export function outboxExpiry(clock: Pick<Clock, 'now' | 'wall'>, time: number): number {
  const age = Math.min(Math.max(0, clock.wall() - time), OUTBOX_MS);
  return clock.now() + OUTBOX_MS - age;
}
