import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { sentence } from '../../src/client/words/refusal-words.ts';
import { relayStateWords } from '../../src/client/words/state-words.ts';
import { RoomRig } from '../support/room-rig.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});
async function rigged() {
  const rig = await RoomRig.start();
  open.push(() => rig.close());
  return rig;
}

describe('a title that somebody else hosts now', () => {
  it.each([false, true])('is not joined before it is trusted, and stays so (by tag: %s)', async (byTag) => {
    const rig = await rigged();
    const first = await rig.host('tea');
    const ada = await rig.person('ada');
    const session = await ada.joins('tea');
    await session.leave();
    await first.close();
    const other = await rig.person('other', { home: 'other' });
    await other.close();
    const second = await rig.host('tea', {
      file: 'other.db',
      signer: other.profile.signer,
      device: other.profile.device,
    });
    await ada.seen('rooms', ({ rooms }) => rooms.some(({ host }) => host === other.profile.key));
    const refused = await ada.client.join('tea');
    expect(refused).toMatchObject({ code: 'changed-key', names: [`tea~${other.profile.tag}`] });
    expect(sentence('changed-key', { name: 'tea', names: [`tea~${other.profile.tag}`] })).toContain(
      `/trust tea~${other.profile.tag}`,
    );
    expect(ada.client.people.trustRoom('tee')).toMatchObject({ ok: false, code: 'no-such-room' });
    const name = byTag ? `tea~${other.profile.tag}` : 'tea';
    expect(ada.client.people.trustRoom(name)).toEqual({ ok: true, value: `tea~${other.profile.tag}` });
    expect((await ada.joins('tea')).info.id).toBe(second.room);
    expect(ada.client.people.trustRoom('tea')).toMatchObject({ ok: false });
  });
});

describe('an address that another relay answers', () => {
  it('is told with the way out, which works', async () => {
    const rig = await rigged();
    const ada = await rig.person('ada');
    await ada.client.refresh(5_000);
    const { url } = rig.relay;
    await rig.restartRelay(() => rmSync(join(rig.folder, 'relay'), { recursive: true }));
    const changed = await ada.seen('relays', ({ relays }) => relays[0]?.reason === 'changed-key');
    expect(relayStateWords(changed.relays[0] ?? { state: 'closed' })).toMatch(/^Another relay than before/);
    const refused = await ada.client.join('tea');
    expect(refused).toEqual({ ok: false, code: 'changed-key', names: [url], about: 'relay' });
    const words = sentence('changed-key', { name: 'tea', names: [url], about: 'relay' });
    expect(words).toContain(`/disconnect ${url}, then /connect ${url}`);
    await ada.client.disconnect(url);
    expect(await ada.client.connect(url)).toMatchObject({ ok: true });
  });
});
