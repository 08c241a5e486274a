import { describe, expect, it } from 'vitest';
import { isThisMachine, roomInvite } from '../../../src/client/finding/room-invite.ts';
import { roomNames } from '../../../src/client/words/room-names.ts';
import { parseInvite } from '../../../src/shared/crypto/invite.ts';
import { MemoryRoom, personNamed } from '../../support/memory-room.ts';

const room = (title: string, owner: string, relay = 'ws://x:1878') =>
  new MemoryRoom({ title, owner: personNamed(owner), relay, via: 'relay' }, () => 0).info;

describe('the link to a room', () => {
  it.each([
    ['wss://chat.example.org:443', 'tcs://chat.example.org/'],
    ['wss://chat.example.org', 'tcs://chat.example.org/'],
    ['ws://192.168.1.5:1878', 'tc://192.168.1.5/'],
    ['ws://[::1]:4000', 'tc://[::1]:4000/'],
  ])('through %s begins with %s and names room and host key', (relay, start) => {
    const info = room('tea', 'ada', relay);
    const invite = roomInvite(info) ?? '';
    expect(invite.startsWith(start)).toBe(true);
    expect(parseInvite(invite)).toMatchObject({ room: info.id, key: info.host });
  });

  it('is none where the relay has no address', () => {
    expect(roomInvite(room('tea', 'ada', 'nonsense relay'))).toBeUndefined();
  });

  it('is known to be of no use elsewhere when it names the machine itself', () => {
    const links = [
      'tc://127.0.0.1:4000/x',
      'tc://localhost/x',
      'tcs://[::1]/x',
      'tc://127.0.0.1.example.org/x',
    ];
    expect(links.map(isThisMachine)).toEqual([true, true, true, false]);
  });
});

describe('the names of rooms', () => {
  it('are titles, with the key tag where another room has the title in any case', () => {
    const [adas, bobs, other] = [room('tea', 'ada'), room('Tea', 'bob'), room('lounge', 'bob')];
    expect([...roomNames([adas, bobs, other]).values()]).toEqual([
      `tea~${adas.tag}`,
      `Tea~${bobs.tag}`,
      'lounge',
    ]);
  });

  it.each(['ｔｅａ', 'ᵗea', 'TEA'])('have it too beside %j, which is found by the same title', (twin) => {
    const [adas, bobs] = [room('tea', 'ada'), room(twin, 'bob')];
    expect(roomNames([adas, bobs]).get(adas.id)).toBe(`tea~${adas.tag}`);
    expect(roomNames([adas, bobs]).get(bobs.id)).toBe(`${twin}~${bobs.tag}`);
  });

  it('stay titles for one room that several relays list', () => {
    const info = room('tea', 'ada');
    expect(roomNames([info, { ...info, relay: 'ws://y:1878' }]).get(info.id)).toBe('tea');
  });
});
