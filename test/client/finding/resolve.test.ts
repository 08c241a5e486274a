import { describe, expect, it } from 'vitest';
import type { KnownRoom } from '../../../src/client/archive/archive.ts';
import { resolvePerson, type PeopleInReach } from '../../../src/client/people/resolve-person.ts';
import { resolveRoom, type RoomsInReach } from '../../../src/client/finding/resolve-room.ts';
import type { ListedRoom, Person } from '../../../src/client/session-events.ts';
import { keyTag, randomBytes } from '../../../src/shared/crypto/sign.ts';
import { identityKey, roomId } from '../../../src/shared/ids.ts';

function somebody(nick: string): Person {
  const key = randomBytes(32);
  return { key: identityKey(key), tag: keyTag(key), nick };
}
function listed(title: string, host = somebody('host')): ListedRoom {
  const about = { topic: '', members: 1, code: false, via: 'relay', relay: 'ws://a:1' } as const;
  return { id: roomId(randomBytes(16)), title, host: host.key, tag: host.tag, ...about };
}
function known(room: ListedRoom): KnownRoom {
  const { id, host, title } = room;
  return { id, host, title, topic: '', private: true, relay: 'ws://a:1' };
}
function reach(change: Partial<RoomsInReach> = {}): RoomsInReach {
  return { listed: [], known: [], pins: () => [], ...change };
}

describe('a room is named', () => {
  const tea = listed('tea');

  it('by its title, whose case does not matter while only one fits', () => {
    expect(resolveRoom('tea', reach({ listed: [tea] }))).toMatchObject({
      ok: true,
      value: { id: tea.id, listed: tea },
    });
    expect(resolveRoom('TEA', reach({ listed: [tea] }))).toMatchObject({ ok: true });
    const loud = listed('TEA');
    expect(resolveRoom('TEA', reach({ listed: [tea, loud] }))).toMatchObject({ value: { id: loud.id } });
    expect(resolveRoom('Tea', reach({ listed: [tea, loud] }))).toMatchObject({ code: 'ambiguous-room' });
  });

  it('by title and tag where the title is taken twice', () => {
    const other = listed('tea');
    const both = reach({ listed: [tea, other] });
    expect(resolveRoom('tea', both)).toEqual({
      ok: false,
      code: 'ambiguous-room',
      names: [`tea~${tea.tag}`, `tea~${other.tag}`],
    });
    expect(resolveRoom(`tea~${other.tag}`, both)).toMatchObject({ ok: true, value: { id: other.id } });
    expect(resolveRoom('tea~zzzz', both)).toEqual({ ok: false, code: 'no-such-room' });
  });

  it('by its id, and from memory when it is not listed', () => {
    expect(resolveRoom(tea.id, reach({ listed: [tea] }))).toMatchObject({ value: { listed: tea } });
    expect(resolveRoom(tea.id.toUpperCase(), reach({ known: [known(tea)] }))).toMatchObject({ ok: true });
    expect(resolveRoom('tea', reach({ known: [known(tea)] }))).toMatchObject({ value: { id: tea.id } });
    const thief = listed(tea.id);
    expect(resolveRoom(tea.id, reach({ listed: [thief, tea] }))).toMatchObject({ value: { id: tea.id } });
    expect(resolveRoom(tea.id, reach())).toEqual({ ok: false, code: 'no-such-room' });
  });

  it('but not by a title that had another host key before, unless with the tag', () => {
    const pinned = reach({ listed: [tea], pins: () => [somebody('old host').key] });
    expect(resolveRoom('tea', pinned)).toEqual({ ok: false, code: 'changed-key', names: [`tea~${tea.tag}`] });
    expect(resolveRoom(`tea~${tea.tag}`, pinned)).toMatchObject({ ok: true });
    expect(resolveRoom('tea', reach({ listed: [tea], pins: () => [tea.host] }))).toMatchObject({ ok: true });
  });
});

describe('a person is named', () => {
  const [me, ada, bob] = [somebody('me'), somebody('ada'), somebody('bob')];
  const contact = (person: Person, whispered = false) => ({ ...person, firstSeen: 1, whispered });
  function among(change: Partial<PeopleInReach> = {}): PeopleInReach {
    return {
      self: me.key,
      here: [me, ada],
      elsewhere: [bob],
      known: () => [],
      byKey: () => undefined,
      pins: () => [],
      ...change,
    };
  }

  it('by nick, here first, then in other rooms, then from memory', () => {
    expect(resolvePerson('Ada', among())).toEqual({ ok: true, value: ada });
    expect(resolvePerson('bob', among())).toEqual({ ok: true, value: bob });
    const otherAda = somebody('ada');
    expect(resolvePerson('ada', among({ elsewhere: [otherAda] }))).toEqual({ ok: true, value: ada });
    expect(
      resolvePerson('ada', among({ here: [], elsewhere: [], known: () => [contact(otherAda)] })),
    ).toEqual({
      ok: true,
      value: otherAda,
    });
    expect(resolvePerson('me', among())).toEqual({ ok: false, code: 'no-such-person' });
  });

  it('by nick and tag, or by key', () => {
    const otherAda = somebody('ada');
    const two = among({ here: [ada, otherAda] });
    expect(resolvePerson('ada', two)).toEqual({
      ok: false,
      code: 'ambiguous-person',
      names: [`ada~${ada.tag}`, `ada~${otherAda.tag}`],
    });
    expect(resolvePerson(`ada~${otherAda.tag}`, two)).toEqual({ ok: true, value: otherAda });
    expect(resolvePerson(otherAda.key, among())).toMatchObject({ ok: true, value: { key: otherAda.key } });
  });

  it('never silently as somebody else than the one whispered with before', () => {
    const impostor = somebody('ada');
    const met = among({ here: [impostor], known: () => [contact(ada, true)] });
    expect(resolvePerson('ada', met)).toMatchObject({ ok: false, code: 'ambiguous-person' });
    expect(resolvePerson(`ada~${ada.tag}`, met)).toEqual({ ok: true, value: ada });
    const seenOnly = among({ here: [impostor], known: () => [contact(ada)] });
    expect(resolvePerson('ada', seenOnly)).toEqual({ ok: true, value: impostor });
  });
});
