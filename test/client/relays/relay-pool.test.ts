import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Dialler } from '../../../src/link/transport.ts';
import { wsDialler } from '../../../src/link/ws-transport.ts';
import { RoomRig } from '../../support/room-rig.ts';

let rig: RoomRig;
beforeEach(async () => {
  rig = await RoomRig.start();
});
afterEach(() => rig.close());

it('what a relay lists stays when it is reached again before the connection of before is gone', async () => {
  await rig.host('tea');
  const gone = Promise.withResolvers<void>();
  let isFirst = true;
  const dialler: Dialler = (url, events) => {
    const held = isFirst;
    isFirst = false;
    if (!held) return wsDialler(url, events);
    return wsDialler(url, {
      ...events,
      closed: (...how) => void gone.promise.then(() => events.closed(...how)),
    });
  };
  const ada = await rig.person('ada', { dialler });
  const titles = (): string[] => ada.client.listed().map(({ title }) => title);
  await ada.until(() => titles()[0], 'the room');
  const left = ada.client.disconnect(rig.relay.url);
  await ada.client.connect(rig.relay.url);
  await ada.until(() => titles()[0], 'the room again');
  gone.resolve();
  await left;
  expect(titles()).toEqual(['tea']);
});
