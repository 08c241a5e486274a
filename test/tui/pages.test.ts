import { expect, it } from 'vitest';
import { Pages } from '../../src/tui/pages.ts';
import { initialState, MAX_ENTRIES, PAGE_LINES, personId } from '../../src/tui/store/state.ts';
import { Store } from '../../src/tui/store/store.ts';
import { MemoryClient } from '../support/memory-client.ts';
import { MemoryWorld } from '../support/memory-world.ts';
import { TestClock } from './rig.tsx';

it('whispers beyond what is kept in memory come back from the archive, in both directions', async () => {
  const world = new MemoryWorld();
  const [ada, bob] = [new MemoryClient(world, 'ada'), new MemoryClient(world, 'bob')];
  const many = MAX_ENTRIES + 300;
  for (let n = 1; n <= many; n++) await bob.whisper(ada.self.key, `${n}`);
  const clock = new TestClock();
  const store = new Store(initialState(ada.self), clock);
  const pages = new Pages(ada, store);
  const id = personId(bob.self);
  const buffer = () => {
    const [person] = store.get().people;
    if (!person) throw new Error('no window');
    return person;
  };
  const shown = () =>
    buffer().entries.map((entry) => (entry.type === 'whisper' ? Number(entry.whisper.text) : entry.type));
  const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);

  const archived = ada.whispers(PAGE_LINES, bob.self.key);
  store.dispatch({ type: 'person-opened', person: bob.self, archived });
  expect(shown()).toEqual(range(many - PAGE_LINES + 1, many));
  expect(pages.newer(id)).toBe(false);
  while (pages.older(id));
  expect(shown()).toEqual(range(1, MAX_ENTRIES));
  expect(buffer().attached).toBe(false);

  // What comes now waits in the archive.
  const end = ada.subscribe((event) => store.push(event));
  await bob.whisper(ada.self.key, `${many + 1}`);
  clock.advance(1_000);
  expect(shown()).toEqual(range(1, MAX_ENTRIES));
  expect(pages.newer(id)).toBe(true);
  while (pages.newer(id));
  expect(shown()).toEqual(range(many + 2 - MAX_ENTRIES, many + 1));
  expect(buffer().attached).toBe(true);
  await bob.whisper(ada.self.key, `${many + 2}`);
  clock.advance(1_000);
  expect(shown().at(-1)).toBe(many + 2);

  while (pages.older(id));
  pages.newest(id);
  expect(shown()).toEqual(range(many + 3 - PAGE_LINES, many + 2));
  expect(buffer()).toMatchObject({ attached: true, anchor: undefined });
  end();
});
