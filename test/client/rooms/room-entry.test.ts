import { expect, it } from 'vitest';
import { RoomEntry, SYNC_WAIT_MS } from '../../../src/client/rooms/room-entry.ts';
import { ManualClock } from '../../link/manual-clock.ts';

it('a join is over when the earlier lines are here, or when they take too long, and leaves no timer', async () => {
  const clock = new ManualClock();
  const entry = new RoomEntry(clock);
  const quick = entry.wait();
  entry.letIn();
  entry.done();
  expect(await quick).toEqual({ ok: true, value: undefined });
  expect(clock.pending).toBe(0);
  const slow = entry.wait();
  entry.letIn();
  clock.advance(SYNC_WAIT_MS);
  expect(await slow).toEqual({ ok: true, value: undefined });
});

it('a join is answered once: what is said later is not its answer', async () => {
  const entry = new RoomEntry(new ManualClock());
  const refused = entry.wait();
  entry.answer({ ok: false, code: 'room-full' });
  entry.answer({ ok: false, code: 'left' });
  entry.done();
  expect(await refused).toEqual({ ok: false, code: 'room-full' });
});
