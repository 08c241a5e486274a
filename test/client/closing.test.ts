import { afterEach, beforeEach, expect, it } from 'vitest';
import { RoomRig } from '../support/room-rig.ts';

let rig: RoomRig;
beforeEach(async () => {
  rig = await RoomRig.start();
});
afterEach(() => rig.close());

it('a client that is closed twice is closed when either call resolves', async () => {
  const tea = await rig.host('tea');
  const ada = await rig.person('ada');
  await ada.joins(tea.invite);
  ada.room.say('last words');
  let closed = false;
  void ada.client.close().then(() => (closed = true));
  await ada.client.close();
  expect(closed).toBe(true);
});
