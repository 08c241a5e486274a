import { expect, it } from 'vitest';
import { Busy } from '../../src/tui/busy.ts';
import { initialState } from '../../src/tui/store/state.ts';
import { Store } from '../../src/tui/store/store.ts';
import { Timers } from '../../src/tui/timers.ts';
import { MemoryClient } from '../support/memory-client.ts';
import { MemoryWorld } from '../support/memory-world.ts';
import { TestClock } from './rig.tsx';

it('a hint that is given again stands its whole time again', () => {
  const clock = new TestClock();
  const store = new Store(initialState(new MemoryClient(new MemoryWorld(), 'ada').self), clock);
  const busy = new Busy(store, new Timers(clock));
  busy.hint('once more quits');
  clock.advance(1_900);
  // A key takes it away.
  store.dispatch({ type: 'hinted', hint: undefined });
  busy.hint('once more quits');
  clock.advance(1_900);
  expect(store.get().hint).toBe('once more quits');
  clock.advance(100);
  expect(store.get().hint).toBeUndefined();
});
