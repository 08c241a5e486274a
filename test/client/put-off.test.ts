import { afterEach, expect, it } from 'vitest';
import { roomRig } from '../support/room-rig.ts';

// docs/protocol.md "Delivery", "Put off"

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});
async function rigged(...args: Parameters<typeof roomRig>) {
  const rig = await roomRig(...args);
  open.push(rig.close);
  return rig;
}

it('a line that a host put off for an hour goes out at once when the room is slow no more', async () => {
  const { rig, ada, bob, host } = await rigged();
  const owner = await rig.person('host', { home: 'host' });
  await owner.joins(host.invite);
  expect(owner.room.act({ type: 'slow', seconds: 3_600 }).ok).toBe(true);
  await ada.until(() => (ada.room.info.rules?.slow === 3_600 ? true : undefined));
  ada.room.say('one');
  await ada.seen('sent');
  ada.room.say('two');
  await ada.room.ping();
  expect(ada.room.pending()).toHaveLength(1);
  expect(owner.room.act({ type: 'slow', seconds: 0 }).ok).toBe(true);
  await bob.hears('two');
  expect(bob.texts).toEqual(['one', 'two']);
});
