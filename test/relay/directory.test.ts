import { describe, expect, it } from 'vitest';
import { makeRoomId, randomBytes } from '../../src/shared/crypto/sign.ts';
import { CLOCK_SKEW_MS, DAY, MAX_CONTROL_BYTES, SECOND } from '../../src/shared/limits.ts';
import { decodeListing, type ListingBody } from '../../src/shared/wire/listing.ts';
import type { ListedEntry } from '../../src/shared/wire/control.ts';
import { CHANGE_MS } from '../../src/relay/directory.ts';
import { checkEntry } from '../../src/relay/listing-check.ts';
import { FakeClock, join, newSigner, openRoom, relayRig, signedEntry, signIn } from '../support/relay-rig.ts';

const titles = (entries: readonly ListedEntry[]) =>
  entries.map(({ body }) => decodeListing(body).title).sort();

describe('an entry', () => {
  const signer = newSigner();
  const nonce = randomBytes(16);
  const NOW = 1_800_000_000;
  const check = (changes: Partial<ListingBody>, lastRev?: number, by = signer) => {
    const entry = signedEntry(signer, nonce, { expires: NOW + 1, ...changes });
    const room = decodeListing(signedEntry(signer, nonce).body).room;
    const sig = by === signer ? entry.sig : signedEntry(by, nonce, changes).sig;
    return checkEntry({ body: entry.body, sig }, { room, host: signer.publicKey, nowSec: NOW, lastRev });
  };

  const anotherRoom = () => {
    const other = randomBytes(16);
    return { nonce: other, room: makeRoomId(signer.publicKey, other) };
  };

  it('is taken when its host signed it for this room', () => {
    expect(check({})).toMatchObject({ title: 'tea', rev: 1 });
    expect(check({ rev: 2 }, 1)).toMatchObject({ rev: 2 });
  });

  it('is taken from a host whose clock is a day behind', () => {
    expect(check({ expires: NOW - DAY / SECOND })).toMatchObject({ title: 'tea' });
  });

  it.each<[string, () => ReturnType<typeof check>]>([
    ['signed by somebody else', () => check({}, undefined, newSigner())],
    ['of another room', () => check({ room: randomBytes(16) })],
    ['of another room of its host', () => check(anotherRoom())],
    ['whose nonce does not make its room id', () => check({ nonce: randomBytes(16) })],
    ['of another host', () => check({ host: newSigner().publicKey })],
    ['that is expired by any clock', () => check({ expires: NOW - CLOCK_SKEW_MS / SECOND })],
    ['with the revision it replaces', () => check({ rev: 3 }, 3)],
    ['with an older revision', () => check({ rev: 2 }, 3)],
  ])('%s is refused', (_, refused) => {
    expect(refused()).toEqual({ code: 'bad-entry' });
  });

  it('that is no listing at all is refused', () => {
    const context = { room: randomBytes(16), host: signer.publicKey, nowSec: NOW, lastRev: undefined };
    expect(checkEntry({ body: randomBytes(40), sig: randomBytes(64) }, context)).toEqual({
      code: 'bad-entry',
    });
  });
});

describe('the directory', () => {
  it('shows a watcher what is there, then what comes, changes and goes', async () => {
    const relay = await relayRig();
    const tea = await openRoom(relay, { listing: { title: 'tea' } });
    await openRoom(relay);
    const { client } = await signIn(relay);
    const full = await client.request({ t: 'watch' }, 'listing');
    expect([full.full, titles(full.entries), full.gone]).toEqual([true, ['tea'], []]);

    const milk = await openRoom(relay, { listing: { title: 'milk' } });
    expect(titles((await client.expect('listing')).entries)).toEqual(['milk']);

    const entry = signedEntry(milk.signer, milk.nonce, { title: 'cream', rev: 2 });
    await milk.client.request({ t: 'update', handle: milk.handle, fence: milk.fence, entry }, 'ok');
    expect(
      await milk.client.ask({ t: 'update', handle: milk.handle, fence: milk.fence, entry }),
    ).toMatchObject({
      code: 'bad-entry',
    });
    const changed = await client.expect('listing');
    expect([changed.full, titles(changed.entries)]).toEqual([false, ['cream']]);

    await tea.client.close();
    const gone = await client.expect('listing');
    expect([gone.entries, gone.gone.map((id) => Buffer.from(id).equals(tea.room))]).toEqual([[], [true]]);
  });

  it('counts the members of a room', async () => {
    const relay = await relayRig();
    const tea = await openRoom(relay, { listing: {} });
    const { client } = await signIn(relay);
    await client.request({ t: 'watch' }, 'listing');
    const ada = await join(relay, tea);
    expect((await client.expect('listing')).entries).toMatchObject([{ members: 1 }]);
    await ada.client.close();
    expect((await client.expect('listing')).entries).toMatchObject([{ members: 0 }]);
  });

  it('refuses to open a room with a bad entry', async () => {
    const relay = await relayRig();
    await expect(openRoom(relay, { listing: { room: randomBytes(16) } })).rejects.toThrow('bad-entry');
  });

  it('drops an entry whose time is over', async () => {
    const clock = new FakeClock();
    const relay = await relayRig({ clock, limits: { leaseMs: 1e9, pingMs: 1e9 } });
    await openRoom(relay, { listing: { expires: Math.floor(clock.wall() / 1_000) + 60 } });
    const { client } = await signIn(relay);
    expect((await client.request({ t: 'watch' }, 'listing')).entries).toHaveLength(1);
    clock.advance(61_000);
    expect((await client.expect('listing')).gone).toHaveLength(1);
  });

  it('keeps an entry when the wall clock jumps by a day', async () => {
    const clock = new FakeClock();
    const relay = await relayRig({ clock, limits: { leaseMs: 1e9, pingMs: 1e9 } });
    await openRoom(relay, { listing: { expires: Math.floor(clock.wall() / SECOND) + 60 } });
    const { client } = await signIn(relay);
    clock.jumpWall(DAY);
    clock.advance(59_000);
    await client.request({ t: 'ping' }, 'pong');
    expect((await client.request({ t: 'watch' }, 'listing')).entries).toHaveLength(1);
    clock.advance(2_000);
    expect((await client.expect('listing')).gone).toHaveLength(1);
  });

  it('sends a long list, and many changes at once, in chunks that each fit a control frame', async () => {
    const rooms = 200;
    const limits = { roomsPerIdentity: rooms, roomsPerNetwork: rooms, hostFrameBurst: 10 * rooms };
    const relay = await relayRig({ limits });
    const early = await signIn(relay);
    await early.client.request({ t: 'watch' }, 'listing');
    const host = await signIn(relay, 'host');
    const opened = Array.from({ length: rooms }, (_, i) => {
      const nonce = randomBytes(16);
      const entry = signedEntry(host.signer, nonce, { title: `room ${i}`, topic: 'x'.repeat(250) });
      const { room } = decodeListing(entry.body);
      return host.client.request({ t: 'open-room', room, nonce, maxMembers: 0, entry }, 'room-opened');
    });
    await Promise.all(opened);
    const late = await signIn(relay);
    const first = await late.client.request({ t: 'watch' }, 'listing');
    expect(first.entries.length).toBeLessThan(rooms);
    for (const [{ client }, seen] of [
      [early, []],
      [late, titles(first.entries)],
    ] as const) {
      const all = new Set<string>(seen);
      while (all.size < rooms) {
        const more = await client.expect('listing');
        expect(more.full).toBe(false);
        for (const title of titles(more.entries)) all.add(title);
      }
      expect(Math.max(...client.bytes.map((each) => each.length))).toBeLessThanOrEqual(MAX_CONTROL_BYTES);
    }
  });

  it('joins changes that come together into at most five batches a second', async () => {
    const relay = await relayRig();
    const host = await openRoom(relay, { listing: {} });
    const { client } = await signIn(relay);
    await client.request({ t: 'watch' }, 'listing');
    const update = (rev: number) => {
      const entry = signedEntry(host.signer, host.nonce, { rev });
      return host.client.request({ t: 'update', handle: host.handle, fence: host.fence, entry }, 'ok');
    };
    const start = performance.now();
    const updates = Array.from({ length: 100 }, (_, i) => update(2 + i));
    let batches = 0;
    for (let rev = 0; rev < 101; batches++) {
      const { entries } = await client.expect('listing');
      expect(entries).toHaveLength(1);
      rev = entries.map(({ body }) => decodeListing(body).rev)[0] ?? 0;
    }
    await Promise.all(updates);
    expect(batches).toBeLessThanOrEqual(1 + Math.ceil((performance.now() - start) / CHANGE_MS));
  });

  it('is silent to whoever stopped watching', async () => {
    const relay = await relayRig();
    const [ada, bob] = [await signIn(relay), await signIn(relay)];
    for (const { client } of [ada, bob]) await client.request({ t: 'watch' }, 'listing');
    await ada.client.request({ t: 'unwatch' }, 'ok');
    await openRoom(relay, { listing: {} });
    await bob.client.expect('listing');
    await ada.client.settled();
    expect(ada.client.left()).toEqual([]);
  });
});
