import { afterEach, expect, it } from 'vitest';
import { person } from '../support/peers/paper-host.ts';
import { ScriptedHost } from '../support/peers/scripted-host.ts';
import { RoomRig } from '../support/room-rig.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

it('a host that is gone between its welcome and the earlier lines has let one in: what is said waits for it', async () => {
  const rig = await RoomRig.start();
  open.push(() => rig.close());
  const host = await ScriptedHost.open(rig.relay.url);
  open.push(() => host.line.close());
  for (const text of ['one', 'two', 'three']) host.paper.say(person(), text);
  // The pages that it promises never come.
  host.script = { welcome: (honest) => ({ ...honest, floor: 1 }) };
  const ada = await rig.person('ada');
  const joining = ada.client.join(host.invite);
  const guest = await host.guest();
  guest.say({ t: 'closing', code: 'host-closed' });
  expect(await joining).toMatchObject({ ok: true });
  expect(ada.room.state).toBe('host-offline');
  expect(ada.room.say('later').ok).toBe(true);
  expect(ada.room.pending()).toHaveLength(1);
});
