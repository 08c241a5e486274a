import { describe, expect, it } from 'vitest';
import { initialState, MAX_ENTRIES } from '../../../src/tui/store/state.ts';
import { FRAME_MS, MAX_FRAME_MS, MAX_QUEUED, Store } from '../../../src/tui/store/store.ts';
import { MemoryClient } from '../../support/memory-client.ts';
import { personNamed } from '../../support/memory-room.ts';
import { MemoryWorld } from '../../support/memory-world.ts';
import { screenRig, TestClock } from '../rig.tsx';

const self = { ...personNamed('ada'), guest: false };

function watched() {
  const clock = new TestClock();
  const store = new Store(initialState(self), clock);
  const seen: number[] = [];
  store.subscribe(() => seen.push(store.get().relays.length));
  const relays = (many: number) =>
    store.push({
      type: 'relays',
      relays: Array.from({ length: many }, () => ({ url: 'ws://x', via: 'lan', state: 'online' })),
    });
  return { clock, store, seen, relays };
}

describe('the store', () => {
  it('tells its listeners once a frame, however many events come', () => {
    const { clock, seen, relays } = watched();
    for (let n = 1; n <= 500; n++) relays(n % 7);
    relays(3);
    expect(seen).toEqual([]);
    clock.advance(FRAME_MS);
    expect(seen).toEqual([3]);
  });

  it('paints at most 20 times a second under a steady stream', () => {
    const { clock, seen, relays } = watched();
    for (let ms = 0; ms < 1_000; ms++) {
      relays(1);
      clock.advance(1);
    }
    expect(seen.length).toBeGreaterThan(15);
    expect(seen.length).toBeLessThanOrEqual(21);
  });

  it('paints less often while it takes much of the processor, and as often as before afterwards', () => {
    const clock = new TestClock();
    let [cpu, share] = [0, 0];
    const store = new Store(initialState(self), clock, () => cpu);
    let frames = 0;
    store.subscribe(() => (frames += 1));
    const framesAt = (load: number): number => {
      share = load;
      const run = (ms: number): void => {
        for (let past = 0; past < ms; past++) {
          store.push({ type: 'relays', relays: [] });
          cpu += share;
          clock.advance(1);
        }
      };
      run(2_000);
      const before = frames;
      run(1_000);
      return frames - before;
    };
    expect(framesAt(0.6)).toBeLessThanOrEqual(1_000 / MAX_FRAME_MS + 1);
    expect(framesAt(0.1)).toBeGreaterThan(15);
  });

  it('shows a lone event at once', () => {
    const { clock, seen, relays } = watched();
    relays(1);
    clock.advance(0);
    expect(seen).toEqual([1]);
  });

  it('shows what the person does at once, with everything before it', () => {
    const { store, seen, relays } = watched();
    relays(2);
    store.dispatch({ type: 'hinted', hint: 'x' });
    expect(seen).toEqual([2]);
    expect(store.get().hint).toBe('x');
  });

  it('keeps no more events waiting than its limit', () => {
    const { store, seen, relays } = watched();
    for (let n = 0; n < MAX_QUEUED; n++) relays(5);
    expect(store.get().relays).toHaveLength(5);
    expect(seen).toEqual([]);
  });

  it('does not wait for a wall clock that was set back', () => {
    const { clock, seen, relays } = watched();
    relays(1);
    clock.advance(0);
    const early = new TestClock(0);
    const store = new Store(initialState(self), {
      now: early.now,
      after: (ms, task) => clock.after(ms, task),
    });
    store.subscribe(() => seen.push(-1));
    store.push({ type: 'relays', relays: [] });
    clock.advance(FRAME_MS);
    expect(seen).toEqual([1, -1]);
  });
});

describe('the screen under a flood', () => {
  it('draws one frame for thousands of messages and keeps its memory bounded', async () => {
    const world = new MemoryWorld();
    const bob = new MemoryClient(world, 'bob');
    const tea = world.addRoom({ title: 'tea', owner: bob.self });
    const rig = await screenRig({ world });
    await rig.press('\r');
    const { frames } = rig.stdout;
    for (let n = 0; n < 5_000; n++) tea.speak(bob.self, `line ${n}`);
    rig.clock.advance(FRAME_MS);
    await new Promise((resolve) => setImmediate(resolve));
    expect(rig.stdout.frames - frames).toBe(1);
    expect(rig.frame()).toContain('line 4999');
    expect(rig.store.get().rooms[0]?.entries).toHaveLength(MAX_ENTRIES);
    rig.close();
  });
});
