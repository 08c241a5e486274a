import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/link/clock.ts';
import { DAY } from '../../../src/shared/limits.ts';
import { roomRig, RoomRig } from '../../support/room-rig.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});
async function rigged(...args: Parameters<typeof roomRig>) {
  const rig = await roomRig(...args);
  open.push(rig.close);
  return rig;
}

describe('a whisper', () => {
  it('reaches somebody of the room, and its states are told with the caller’s id', async () => {
    const { ada, bob } = await rigged();
    const whispered = await ada.client.whisper('bob', 'psst', { ref: 'w1' });
    expect(whispered).toMatchObject({
      ok: true,
      value: { mine: true, state: 'waiting', with: { nick: 'bob' } },
    });
    const heard = await bob.seen('whisper');
    expect(heard.whisper).toMatchObject({
      mine: false,
      text: 'psst',
      with: { nick: 'ada', key: ada.profile.key },
    });
    await ada.seen('whisper-state', ({ state }) => state === 'delivered');
    expect(ada.all('whisper-state').map(({ state, ref }) => [state, ref])).toContainEqual([
      'delivered',
      'w1',
    ]);
    expect(ada.client.whispers(10)).toMatchObject([{ text: 'psst', state: 'delivered' }]);
    expect(bob.client.lastWhisperer()).toMatchObject({ nick: 'ada' });
    expect(bob.texts).toEqual([]);
  });

  it('waits at the relay for somebody who is away, in order, and is told once', async () => {
    const { rig, ada, bob } = await rigged();
    await bob.close();
    for (const text of ['one', 'two', 'three']) await ada.client.whisper('bob', text);
    await ada.seen('whisper-state', ({ state }) => state === 'stored', 3);
    const again = await rig.person('bob');
    await again.seen('whisper', () => true, 3);
    expect(again.all('whisper').map(({ whisper }) => whisper.text)).toEqual(['one', 'two', 'three']);
    await ada.seen('whisper-state', ({ state }) => state === 'delivered', 3);
    await again.close();
    const third = await rig.person('bob');
    await third.client.refresh(5_000);
    expect(third.all('whisper')).toEqual([]);
    expect(third.client.whispers(10).map(({ text }) => text)).toEqual(['one', 'two', 'three']);
  });

  it('does not grow old by a clock that jumps', async () => {
    const { rig, bob } = await rigged();
    let jump = 0;
    const clock = { ...systemClock, wall: () => systemClock.wall() + jump };
    const cleo = await rig.person('cleo', { clock });
    await cleo.joins('tea');
    await rig.restartRelay(async () => {
      await cleo.seen('relays', ({ relays }) => relays[0]?.state === 'reconnecting');
      await cleo.client.whisper('bob', 'still fresh');
      jump = DAY + 1;
    });
    await bob.seen('whisper', ({ whisper }) => whisper.text === 'still fresh');
    expect(cleo.all('whisper-state').map(({ state }) => state)).not.toContain('expired');
  });

  it('waits here while there is no relay, over a restart, and is sent when one is back', async () => {
    const { rig, ada, bob } = await rigged();
    await rig.restartRelay(async () => {
      await ada.seen('relays', ({ relays }) => relays[0]?.state === 'reconnecting');
      const whispered = await ada.client.whisper('bob', 'later', { ref: 'w2' });
      expect(whispered).toMatchObject({ ok: true });
      await ada.close();
    });
    const again = await rig.person('ada');
    await bob.seen('whisper', ({ whisper }) => whisper.text === 'later');
    await again.seen('whisper-state', ({ state, ref }) => state === 'delivered' && ref === 'w2');
  });

  it('to a key that no relay knows is not delivered', async () => {
    const rig = await RoomRig.start();
    open.push(() => rig.close());
    const ada = await rig.person('ada');
    await ada.client.refresh(5_000);
    const stranger = 'a'.repeat(52);
    expect(await ada.client.whisper(stranger, 'hello?')).toMatchObject({ ok: true });
    expect(await ada.seen('whisper-state')).toMatchObject({ state: 'refused', code: 'not-delivered' });
    expect(await ada.client.whisper('nobody', 'hello?')).toEqual({ ok: false, code: 'no-such-person' });
    expect(await ada.client.whisper('ada', 'me?')).toEqual({ ok: false, code: 'no-such-person' });
  });

  it('to a name that two people have wants a tag', async () => {
    const { rig, host, ada, bob } = await rigged();
    const other = await rig.person('bob', { home: 'other' });
    await other.joins(host.invite);
    await ada.until(() => (ada.room.members().length === 4 ? true : undefined));
    const names = [bob, other].map(({ profile }) => `bob~${profile.tag}`).sort();
    const refused = await ada.client.whisper('bob', 'which?');
    expect(refused).toMatchObject({ ok: false, code: 'ambiguous-person' });
    expect(refused.ok ? [] : [...(refused.names ?? [])].sort()).toEqual(names);
    expect((await ada.client.whisper(`bob~${other.profile.tag}`, 'you')).ok).toBe(true);
    await other.seen('whisper');
    expect(bob.all('whisper')).toEqual([]);
  });

  it('has one line’s limits', async () => {
    const { ada } = await rigged();
    expect(await ada.client.whisper('bob', ' ')).toEqual({ ok: false, code: 'empty' });
    expect(await ada.client.whisper('bob', 'x'.repeat(4_097))).toMatchObject({ ok: false, code: 'too-long' });
    expect(await ada.client.whisper('bob', 'x\n'.repeat(64))).toMatchObject({
      ok: false,
      code: 'too-many-lines',
    });
  });

  it('is safe to show', async () => {
    const { ada, bob } = await rigged();
    await ada.client.whisper('bob', 'a\u001b[2Jb\u0007');
    expect((await bob.seen('whisper')).whisper.text).toBe('ab');
  });
});
