import { afterEach, describe, expect, it } from 'vitest';
import { openArchive } from '../../../src/client/archive/open-archive.ts';
import { Contacts, MAX_IGNORED, type Company } from '../../../src/client/people/people.ts';
import { fullName } from '../../../src/client/words/full-name.ts';
import type { Person } from '../../../src/client/session-events.ts';
import { keyTag } from '../../../src/shared/crypto/sign.ts';
import { idBytes, identityKey } from '../../../src/shared/ids.ts';
import { personNamed } from '../../support/memory-room.ts';
import { RoomRig, roomRig, type Watched } from '../../support/room-rig.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});
async function rigged() {
  const rig = await roomRig();
  open.push(rig.close);
  return rig;
}

function contacts(rooms: readonly Company[] = []) {
  const archive = openArchive(':memory:');
  let changes = 0;
  const me = personNamed('me');
  const people = new Contacts({
    self: me.key,
    archive: archive.people,
    now: () => 1_000 + changes,
    rooms: () => rooms,
    trustRoom: () => ({ ok: false, code: 'no-such-room' }),
    registered: async () => ({ ok: false, code: 'no-such-person' }),
    changed: () => (changes += 1),
  });
  return { archive, people, me, changes: () => changes };
}

describe('what is known of somebody', () => {
  const [bob, other] = [personNamed('bob'), personNamed('bob', 'another bob')];

  it('is nothing at first, a name of theirs once written to, and more once numbers were compared', () => {
    const { people } = contacts();
    expect(people.standing(bob)).toBe('new');
    people.wroteTo(bob);
    expect(people.standing(bob)).toBe('known');
    people.verify(bob);
    expect(people.standing(bob)).toBe('verified');
    expect(people.marks(bob)).toEqual({ standing: 'verified' });
  });

  it('is changed for anybody else of that name, in any case of letters, until trusted', () => {
    const { people } = contacts();
    people.wroteTo(bob);
    expect(people.standing({ ...other, nick: 'BOB' })).toBe('changed');
    expect(people.about(other)).toMatchObject({ standing: 'changed', namesakes: [bob] });
    people.trust(other);
    expect([bob, other].map((each) => people.standing(each))).toEqual(['known', 'known']);
  });

  it('is changed for a verified person too who takes the name of somebody known', () => {
    const { people } = contacts();
    people.wroteTo(bob);
    people.verify({ ...other, nick: 'cleo' });
    expect(people.standing({ ...other, nick: 'cleo' })).toBe('verified');
    expect(people.standing(other)).toBe('changed');
  });

  it('tells names apart that only look alike, also of people who are not here', () => {
    const { people } = contacts();
    people.wroteTo(bob);
    const fake: Person = { ...other, nick: 'b0b' };
    expect(people.names().show(fake)).toBe(fullName(fake));
    expect(people.names().show(bob)).toBe('bob');
  });

  it('gives both sides one number of 12 groups of 5, and everybody one of their own', () => {
    const { people, me } = contacts();
    const theirs = new Contacts({
      self: bob.key,
      archive: openArchive(':memory:').people,
      now: () => 0,
      rooms: () => [],
      trustRoom: () => ({ ok: false, code: 'no-such-room' }),
      registered: async () => ({ ok: false, code: 'no-such-person' }),
      changed: () => undefined,
    });
    expect(people.safetyNumber(bob.key)).toMatch(/^\d{5}( \d{5}){11}$/);
    expect(theirs.safetyNumber(me.key)).toBe(people.safetyNumber(bob.key));
    expect(new Set([people.safetyNumber(), people.safetyNumber(bob.key), theirs.safetyNumber()]).size).toBe(
      3,
    );
  });
});

describe('ignoring', () => {
  it('has a limit, and is not counted twice', () => {
    const { people } = contacts();
    const crowd = Array.from({ length: MAX_IGNORED + 1 }, (_, n) => {
      const key = identityKey(Uint8Array.from({ length: 32 }, (_each, at) => (at === 0 ? n % 256 : n >> 8)));
      return { key, tag: keyTag(idBytes(key)), nick: `n${n}` };
    });
    const results = crowd.map((person) => people.ignore(person).ok);
    expect(results.lastIndexOf(true)).toBe(MAX_IGNORED - 1);
    expect(people.ignore(crowd[MAX_IGNORED] ?? crowd[0] ?? personNamed('x'))).toEqual({
      ok: false,
      code: 'ignore-limit',
    });
    expect(people.ignore(crowd[0] ?? personNamed('x')).ok).toBe(true);
    expect(people.unignore(personNamed('never').key)).toBe(false);
  });
});

function personOf({ profile, client }: Watched): Person {
  return { key: profile.key, tag: profile.tag, nick: client.self.nick };
}

describe('somebody with a known name and another key', () => {
  it('is told once, marked, and written to only after trust', async () => {
    const { rig, host, ada, bob } = await rigged();
    await ada.client.whisper('bob', 'first');
    await bob.seen('whisper');
    await bob.client.close('bye');
    const fake = await rig.person('bob', { home: 'fake' });
    await fake.joins(host.invite);
    const told = await ada.seen('changed-key');
    expect(told).toMatchObject({ who: { key: fake.profile.key }, was: [{ key: bob.profile.key }] });
    const marked = () => ada.room.members().find(({ key }) => key === fake.profile.key)?.standing;
    expect(marked()).toBe('changed');
    const names = [fake, bob].map((one) => fullName(personOf(one)));
    const byNick = await ada.client.whisper('bob', 'secret');
    expect(byNick).toMatchObject({ ok: false, code: 'changed-key', about: 'person', names });
    for (const to of [fullName(personOf(fake)), fake.profile.key])
      expect(await ada.client.whisper(to, 'secret')).toMatchObject({ code: 'changed-key', names });
    await fake.client.whisper('ada', 'it is me');
    await ada.seen('whisper', ({ whisper }) => whisper.text === 'it is me');
    expect(ada.client.lastWhisperer()?.key).toBe(fake.profile.key);
    expect(await ada.client.whisper(fake.profile.key, 'reply')).toMatchObject({ code: 'changed-key' });
    ada.client.people.trust(personOf(fake));
    expect(marked()).toBeUndefined();
    expect((await ada.client.whisper('bob', 'now')).ok).toBe(true);
    await fake.seen('whisper', ({ whisper }) => whisper.text === 'now');
    const heard = fake.all('whisper').filter(({ whisper }) => !whisper.mine);
    expect(heard.map(({ whisper }) => whisper.text)).toEqual(['now']);
    expect(ada.all('changed-key')).toHaveLength(1);
  });

  it('is still told apart after a restart', async () => {
    const { rig, ada, bob } = await rigged();
    ada.client.people.verify(personOf(bob));
    await ada.close();
    const again = await rig.person('ada');
    expect(again.client.people.about(personOf(bob))).toMatchObject({ standing: 'verified' });
    const fake = { ...personNamed('bob'), nick: 'bob' };
    expect(again.client.people.about(fake).standing).toBe('changed');
  });
});

describe('somebody with a name at a relay', () => {
  it('is found by it without having been met, and stays a stranger until written to', async () => {
    const rig = await RoomRig.start();
    open.push(() => rig.close());
    const [ada, bob] = [await rig.person('ada'), await rig.person('bob')];
    await Promise.all([ada, bob].map(({ client }) => client.refresh(5_000)));
    expect(await bob.client.account.register('lovelace', undefined)).toMatchObject({ ok: true });
    expect(ada.client.people.find('lovelace')).toMatchObject({ code: 'no-such-person' });
    const found = await ada.client.people.look('lovelace');
    expect(found).toMatchObject({ ok: true, value: { key: bob.profile.key } });
    expect(await ada.client.people.look('turing')).toMatchObject({ code: 'no-such-person' });
    expect(ada.client.people.about(personOf(bob)).stranger).toBe(true);
    expect((await ada.client.whisper('lovelace', 'hello')).ok).toBe(true);
    await bob.seen('whisper');
    expect(ada.client.people.about({ ...personOf(bob), nick: 'lovelace' })).toMatchObject({
      stranger: false,
      standing: 'known',
    });
  });
});

describe('somebody ignored', () => {
  it('is not seen in the room: neither lines nor typing nor presence, and is seen again later', async () => {
    const { ada, bob } = await rigged();
    ada.room.say('before');
    await bob.hears('before');
    bob.client.people.ignore(personOf(ada));
    expect(bob.room.members().find(({ key }) => key === ada.profile.key)?.ignored).toBe(true);
    // That others are here may come late.
    const seen = () => bob.all('presence').filter(({ who }) => who.key === ada.profile.key);
    const counts = () => [bob.all('typing').length, seen().length];
    const were = counts();
    ada.room.typing();
    ada.room.setPresence('away', 'rude words');
    ada.room.say('rude words');
    const { seq } = await ada.seen('sent', () => true, 2);
    await bob.seen('hidden', (event) => event.seq === seq);
    expect(bob.texts).toEqual(['before']);
    expect(counts()).toEqual(were);
    const shown = () => bob.room.history(50).flatMap((line) => (line.kind === 'text' ? [line.text] : []));
    expect(shown()).toEqual([]);
    bob.client.people.unignore(ada.profile.key);
    expect(shown()).toEqual(['before', 'rude words']);
  });

  it('cannot whisper, and is answered as if nobody were there; also after a restart', async () => {
    const { rig, ada, bob } = await rigged();
    bob.client.people.ignore(personOf(ada));
    expect(await whisperUntil('refused', ada, bob.profile.key)).toMatchObject({ code: 'not-delivered' });
    expect(bob.all('whisper')).toEqual([]);
    await bob.close();
    const again = await rig.person('bob');
    expect(again.client.people.ignored()).toMatchObject([{ key: ada.profile.key, nick: 'ada' }]);
    again.client.people.unignore(ada.profile.key);
    await whisperUntil('delivered', ada, bob.profile.key);
    await again.seen('whisper');
  });
});

/** A relay's answer to a block is not ours to see: whispers until they end like this. */
async function whisperUntil(state: string, from: Watched, to: string) {
  for (let n = 0; n < 50; n++) {
    const ref = `${state} ${n}`;
    await from.client.whisper(to, 'psst', { ref });
    const ends = ['refused', 'delivered'];
    const end = await from.seen('whisper-state', (event) => event.ref === ref && ends.includes(event.state));
    if (end.state === state) return end;
  }
  throw new Error(`no whisper was ever ${state}`);
}
