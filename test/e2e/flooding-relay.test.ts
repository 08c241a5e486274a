import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Program } from '../support/program.ts';
import { RoomRig } from '../support/room-rig.ts';

// docs/threat-model.md "A malicious relay"; src/link/turns.ts

const script = fileURLToPath(new URL('../support/flooding-relay.ts', import.meta.url));
let rig: RoomRig;
let flooders: Program[];

beforeEach(async () => {
  rig = await RoomRig.start();
  flooders = [1, 2].map(() => new Program([], {}, undefined, script));
});
afterEach(async () => {
  for (const flooder of flooders) flooder.end();
  await Promise.all(flooders.map(({ exited }) => exited));
  await rig.close();
});

it('relays that say more than can be heard keep nobody from talking over another', async () => {
  const host = await rig.host('tea');
  const ada = await rig.person('ada');
  await ada.joins(host.invite);
  const ready = await Promise.all(flooders.map((flooder) => flooder.event('ready')));
  const bob = await rig.person('bob', { relays: [rig.relay.url, ...ready.map(({ url }) => String(url))] });
  await bob.until(() => bob.client.listed().length > 1_000 || undefined);
  await bob.joins(host.invite);
  for (const text of ['one', 'two', 'three']) {
    bob.room.say(text);
    await Promise.all([ada.hears(text), bob.hears(text)]);
  }
  expect(bob.client.relays().map(({ state }) => state)).toEqual(['online', 'online', 'online']);
});
