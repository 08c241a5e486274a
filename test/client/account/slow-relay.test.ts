import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Dialler } from '../../../src/link/transport.ts';
import { wsDialler } from '../../../src/link/ws-transport.ts';
import { ManualClock } from '../../link/manual-clock.ts';
import { RoomRig } from '../../support/room-rig.ts';

let rig: RoomRig;
beforeEach(async () => {
  rig = await RoomRig.start();
});
afterEach(() => rig.close());

it('a relay that takes seconds to let one in is waited for, and then asked', async () => {
  const clock = new ManualClock();
  const open = Promise.withResolvers<void>();
  const dialler: Dialler = (url, events) =>
    wsDialler(url, {
      open: () => void open.promise.then(() => events.open()),
      message: (bytes) => void open.promise.then(() => events.message(bytes)),
      closed: (...how) => events.closed(...how),
    });
  const ada = await rig.person('ada', { dialler, clock });
  const mine = ada.client.account.mine();
  clock.advance(8_000);
  open.resolve();
  expect(await mine).toMatchObject({ ok: false, code: 'not-registered' });
});
