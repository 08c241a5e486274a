import { expect, it } from 'vitest';
import { unattended } from '../../src/link/clock.ts';
import { Guard } from '../../src/link/guard.ts';
import type { TransportEvents } from '../../src/link/transport.ts';
import { nowhere } from '../../src/link/transport.ts';
import { ManualClock } from './manual-clock.ts';

const ours = new Error('ours');
const fail = (error: Error) => (): never => {
  throw error;
};

function guarded() {
  const taken: unknown[] = [];
  const guard = new Guard((error) => error === ours && taken.push(error) > 0);
  return { guard, taken };
}

it('what goes wrong in a timer is taken, or the process’s', () => {
  const { guard, taken } = guarded();
  const clock = new ManualClock();
  guard.clock(clock).after(1, fail(ours));
  clock.advance(1);
  expect(taken).toEqual([ours]);
  guard.clock(clock).after(1, fail(new Error('theirs')));
  expect(() => clock.advance(1)).toThrow('theirs');
});

it('a timer of it can be cancelled', () => {
  const clock = new ManualClock();
  guarded().guard.clock(clock).after(1, fail(ours))();
  expect(clock.pending).toBe(0);
});

it('what goes wrong with anything a relay does is taken, or the process’s', () => {
  const { guard, taken } = guarded();
  const dial = (error: Error): TransportEvents => {
    let events: TransportEvents | undefined;
    const dialler = guard.dialler((_, told) => {
      events = told;
      return nowhere;
    });
    dialler('ws://relay', { open: fail(error), message: fail(error), closed: fail(error) });
    if (!events) throw new Error('nobody dialled');
    return events;
  };
  const events = dial(ours);
  events.open();
  events.message(new Uint8Array());
  events.closed(1000, true);
  expect(taken).toEqual([ours, ours, ours]);
  expect(() => dial(new Error('theirs')).open()).toThrow('theirs');
});

it('what goes wrong in a task that nobody waits for, goes wrong in a timer', async () => {
  const { guard, taken } = guarded();
  const clock = new ManualClock();
  const task = Promise.reject(ours);
  unattended(guard.clock(clock), task);
  await task.catch(() => undefined);
  clock.advance(0);
  expect(taken).toEqual([ours]);
});
