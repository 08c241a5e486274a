import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { roomStateWords } from '../../src/client/words/state-words.ts';
import { SECOND } from '../../src/shared/limits.ts';
import { issueDeviceCertificate } from '../../src/shared/public.ts';
import { person } from '../support/peers/paper-host.ts';
import { ScriptedHost } from '../support/peers/scripted-host.ts';
import { hastyClock } from '../support/hasty-clock.ts';
import { RoomRig, type Watched } from '../support/room-rig.ts';

// docs/protocol.md "Delivery": what a stranger answers ends no membership, and what was said waits

const NEVER = 4_000_000_000;
const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function rigged(): Promise<RoomRig> {
  const rig = await RoomRig.start({ joinsPerRoom: 1_000, joinsPerIdentity: 1_000 });
  open.push(() => rig.close());
  return rig;
}

/** It was told that somebody else answers, and nothing it says is lost or given up. */
async function waits(ada: Watched): Promise<void> {
  const { state, reason } = await ada.seen('state', (told) => told.reason === 'changed-key');
  expect(roomStateWords(state, reason)).toMatch(/somebody else answers there/);
  expect(ada.room.say('meanwhile').ok).toBe(true);
  expect(ada.room.pending()).toHaveLength(2);
  expect(ada.all('failed')).toEqual([]);
  expect(ada.all('removed')).toEqual([]);
}

it.each([
  ['is away', 'host-offline'],
  ['has just left', 'any'],
])(
  'another relay at the address of a known room whose host %s is told, and the outbox waits until it is trusted',
  async (_, state) => {
    const rig = await rigged();
    const host = await rig.host('tea');
    const clock = hastyClock(10);
    const ada = await rig.person('ada', { clock });
    await ada.joins('tea');
    const { url } = rig.relay;
    await host.close();
    // Whatever the room waits for at that moment: a relay that comes back, or a host, which was called in vain.
    if (state === 'host-offline') {
      await ada.seen('state', ({ reason }) => reason === 'host-closed');
      await new Promise<void>((resolve) => void clock.after(3 * SECOND, resolve));
    }
    expect(ada.room.say('before').ok).toBe(true);
    await rig.restartRelay(() => rmSync(join(rig.folder, 'relay'), { recursive: true }));
    await waits(ada);
    await rig.host('tea');
    const bob = await rig.person('bob');
    await bob.joins('tea');
    await ada.client.disconnect(url);
    expect(await ada.client.connect(url)).toMatchObject({ ok: true });
    await bob.hears('meanwhile');
    expect(bob.texts).toEqual(['before', 'meanwhile']);
  },
  20_000,
);

it('another host in the place of a room’s is told, and the outbox waits for the true one', async () => {
  const rig = await rigged();
  const host = await ScriptedHost.open(rig.relay.url);
  open.push(() => host.line.close());
  const ada = await rig.person('ada', { clock: hastyClock(10) });
  await ada.joins(host.invite);
  const guest = await host.guest();
  host.obliging = false;
  ada.room.say('before');
  await guest.said.find(({ t }) => (t === 'post' ? true : undefined));
  const stranger = person();
  host.script = {
    hello: (honest) => ({
      ...honest,
      cert: issueDeviceCertificate(stranger, honest.cert.key, honest.cert.device, NEVER),
    }),
  };
  guest.say({ t: 'closing', code: 'host-away' });
  await waits(ada);
  host.obliging = true;
  host.script = {};
  await ada.hears('meanwhile');
  await ada.until(() => (ada.room.pending().length === 0 ? true : undefined));
  expect(ada.texts).toEqual(['before', 'meanwhile']);
});
