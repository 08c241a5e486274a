import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Refusal } from '../../../src/client/api.ts';
import type { Archive } from '../../../src/client/archive/archive.ts';
import { openArchive } from '../../../src/client/archive/open-archive.ts';
import { RoomFinder } from '../../../src/client/finding/room-finder.ts';
import type { ListedRoom, RelayInfo } from '../../../src/client/session-events.ts';
import { formatInvite } from '../../../src/shared/crypto/invite.ts';
import { keyTag } from '../../../src/shared/crypto/sign.ts';
import { identityKey, roomId, type IdentityKey } from '../../../src/shared/ids.ts';
import { ManualClock } from '../../link/manual-clock.ts';

const bytes = (fill: number, length = 32) => new Uint8Array(length).fill(fill);
const [host, other] = [identityKey(bytes(1)), identityKey(bytes(2))];
const [tea, club] = [roomId(bytes(3, 16)), roomId(bytes(4, 16))];
const relay = 'ws://relay.test:1878';
const inviteTo = (room = tea, key: IdentityKey = host) =>
  formatInvite({ tls: false, host: 'relay.test', port: 1878, room, key, code: bytes(5, 16) });

let archive: Archive;
let listed: ListedRoom[];
let infos: RelayInfo[];
let connected: Refusal;
/** What becomes known while somebody waits. */
let meanwhile: () => void;
let finder: RoomFinder;
let looksNearby: boolean;

beforeEach(() => {
  archive = openArchive(':memory:');
  listed = [];
  infos = [{ url: relay, via: 'relay', state: 'online' }];
  connected = { ok: false, code: 'unreachable' };
  meanwhile = () => undefined;
  looksNearby = true;
  const certificate = {
    identity: bytes(0),
    key: bytes(0),
    device: bytes(0, 16),
    expires: 0,
    sig: bytes(0, 64),
  };
  const device = { id: bytes(0, 16), keys: { public: bytes(0), secret: bytes(0) }, certificate };
  finder = new RoomFinder({
    relays: {
      rooms: () => listed,
      infos: () => infos,
      online: () => [],
      allHeard: true,
      get size() {
        return infos.length;
      },
      connect: async () => connected,
      until: async () => meanwhile(),
    },
    archive,
    device,
    nick: () => 'ada',
    clock: new ManualClock(),
    get looksNearby() {
      return looksNearby;
    },
  });
});
afterEach(() => archive.close());

function entry(title: string, id = tea, key: IdentityKey = host): ListedRoom {
  const tag = keyTag(bytes(key === host ? 1 : 2));
  return { id, title, topic: '', host: key, tag, members: 1, code: false, via: 'relay', relay };
}

describe('a title', () => {
  it('leads to the room that a relay lists, also when it lists it while one waits', async () => {
    meanwhile = () => (listed = [entry('tea')]);
    expect(await finder.find(' tea ')).toMatchObject({ ok: true, value: { id: tea, host } });
  });

  it('that no relay could be asked for is no room that is not there', async () => {
    infos = [{ url: relay, via: 'relay', state: 'reconnecting', reason: 'changed-key' }];
    expect(await finder.find('tea')).toEqual({
      ok: false,
      code: 'changed-key',
      names: [relay],
      about: 'relay',
    });
    infos = [{ url: relay, via: 'relay', state: 'reconnecting' }];
    expect(await finder.find('tea')).toEqual({ ok: false, code: 'unreachable', names: [relay] });
    infos = [];
    expect(await finder.find('tea')).toEqual({ ok: false, code: 'no-relay' });
  });

  it('is not waited for where no relay was named and none is looked for', async () => {
    infos = [];
    let waited = 0;
    meanwhile = () => (waited += 1);
    looksNearby = false;
    expect(await finder.find('tea')).toEqual({ ok: false, code: 'no-relay' });
    expect(waited).toBe(0);
    looksNearby = true;
    await finder.find('tea');
    expect(waited).toBe(1);
  });

  it('that came with another host’s key leads there only once that is trusted', async () => {
    archive.people.pinTitle('tea', host);
    listed = [entry('tea', club, other)];
    expect(await finder.find('tea')).toMatchObject({ ok: false, code: 'changed-key' });
    expect(finder.trust('tea')).toMatchObject({ ok: true });
    expect(await finder.find('tea')).toMatchObject({ ok: true, value: { host: other } });
    expect(finder.trust('tea')).toEqual({ ok: false, code: 'no-such-room' });
  });

  it('may sound like spoken words', async () => {
    const words = 'acid acorn actor adult afraid again agent album';
    expect(await finder.find(words)).toMatchObject({ ok: false });
    listed = [entry(words)];
    expect(await finder.find(words)).toMatchObject({ ok: true, value: { id: tea } });
  });
});

describe('a link', () => {
  it('brings its code, and leads to whichever relay lists the room', async () => {
    listed = [entry('tea')];
    const found = await finder.find(inviteTo());
    expect(found).toMatchObject({ ok: true, value: { id: tea, code: bytes(5, 16), listed: listed[0] } });
  });

  it('whose relay is not there leads to the room nearby, if that turns up', async () => {
    meanwhile = () => (listed = [entry('tea')]);
    expect(await finder.find(inviteTo())).toMatchObject({ ok: true, value: { listed: { title: 'tea' } } });
  });

  it('that leads nowhere says where it would have led', async () => {
    expect(await finder.find(inviteTo())).toEqual({
      ok: false,
      code: 'unreachable',
      about: 'invite',
      names: [relay],
    });
  });

  it('with another key than the room’s is forged, and no relay is asked', async () => {
    listed = [entry('tea')];
    connected = { ok: false, code: 'timeout' };
    expect(await finder.find(inviteTo(tea, other))).toEqual({ ok: false, code: 'foreign-invite' });
  });

  it('that was copied in rows is one link, and a cut one is told as such', async () => {
    listed = [entry('tea')];
    const link = inviteTo();
    expect((await finder.find(`${link.slice(0, 30)}\n  ${link.slice(30)}`)).ok).toBe(true);
    expect(await finder.find(link.slice(0, -12))).toMatchObject({ ok: false, code: 'cut-invite' });
  });
});
