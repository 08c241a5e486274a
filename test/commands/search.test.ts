import { expect, it } from 'vitest';
import { Typist } from '../support/command-rig.ts';
import { MemoryClient } from '../support/memory-client.ts';
import { MemoryWorld } from '../support/memory-world.ts';

/** Ada in a room of which she was sent the last 50 of so many lines. */
async function ada(lines: number): Promise<Typist> {
  const world = new MemoryWorld();
  const bob = new MemoryClient(world, 'bob');
  const tea = world.addRoom({ title: 'tea', owner: bob.self, backlog: 50 });
  await bob.join('tea');
  for (let number = 1; number <= lines; number++) tea.speak(bob.self, `line ${number}`);
  const typist = new Typist(world, 'ada');
  await typist.run('/join tea');
  return typist;
}

it('/search without a screen fetches what only the host has, and tells how far it is', async () => {
  const typist = await ada(1_200);
  expect(await typist.run('/search line 7')).toMatchObject({ type: 'answer' });
  expect(await typist.run('/search line 7 nothing')).toMatchObject({
    text: 'Nothing here has "line 7 nothing".',
  });
  expect(typist.room?.unfetched).toBe(0);
  expect(typist.front.progressed.at(0)).toBe(0);
  expect(typist.front.progressed.at(-1)).toBe(1);
  expect(typist.front.progressed.length).toBeGreaterThan(3);
  const found = await typist.run('/search line 17');
  expect(found).toMatchObject({ text: expect.stringMatching(/bob {2}line 17$/m) });
});

it('/search says what it could not see, where the host is away', async () => {
  const typist = await ada(1_200);
  for (const room of typist.world.rooms.values()) room.setHostAway(true);
  const found = await typist.run('/search line 17');
  expect(found).toMatchObject({
    text: expect.stringMatching(/^Nothing here has "line 17"\.\n\d+ older lines are only with the host\.$/),
  });
});
