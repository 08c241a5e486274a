import { afterEach, beforeEach, expect, it } from 'vitest';
import { RoomRig } from '../support/room-rig.ts';

/** The relay of the rig, under another name. */
const twin = (url: string) => url.replace('127.0.0.1', 'localhost');

let rig: RoomRig;
beforeEach(async () => {
  rig = await RoomRig.start();
});
afterEach(() => rig.close());

it('a second address of a relay leads to the connection there is, and nobody is signed out', async () => {
  const host = await rig.host('tea');
  const ada = await rig.person('ada');
  const bob = await rig.person('bob');
  await ada.joins(host.invite);
  const talk = await bob.joins(host.invite);
  const again = await ada.client.connect(twin(rig.relay.url));
  expect(again).toMatchObject({ ok: true, value: { url: rig.relay.url } });
  expect(ada.client.relays()).toHaveLength(1);
  expect(ada.all('signed-in-elsewhere')).toEqual([]);
  talk.say('still there?');
  await ada.hears('still there?');
});

it('two addresses of one relay from the start end as one connection', async () => {
  const host = await rig.host('tea');
  const ada = await rig.person('ada', { relays: [rig.relay.url, twin(rig.relay.url)] });
  const session = await ada.joins(host.invite);
  expect(session.state).toBe('online');
  expect(ada.all('signed-in-elsewhere')).toEqual([]);
  expect(ada.client.relays().filter(({ state }) => state === 'online')).toHaveLength(1);
});
