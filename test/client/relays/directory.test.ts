import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Directory, MAX_NEARBY_ROOMS } from '../../../src/client/relays/directory.ts';
import { labels, makeRoomId, randomBytes, type Signer } from '../../../src/shared/crypto/sign.ts';
import { roomId } from '../../../src/shared/ids.ts';
import { CLOCK_SKEW_MS, MINUTE, SECOND } from '../../../src/shared/limits.ts';
import type { ListedEntry } from '../../../src/shared/wire/control.ts';
import { encodeListing, type ListingBody } from '../../../src/shared/wire/listing.ts';
import { ManualClock } from '../../link/manual-clock.ts';
import { person } from '../../support/peers/paper-host.ts';

const relay = { url: 'ws://relay:1878', via: 'relay' } as const;
const lan = { url: 'ws://127.0.0.1:5', via: 'lan' } as const;

let clock: ManualClock;
let directory: Directory;
let changes: number;
beforeEach(() => {
  clock = new ManualClock();
  changes = 0;
  directory = new Directory(clock, () => changes++);
});
afterEach(() => directory.close());

function body(host: Signer, title: string, change: Partial<ListingBody> = {}): ListingBody {
  const nonce = randomBytes(16);
  return {
    room: makeRoomId(host.publicKey, nonce),
    host: host.publicKey,
    nonce,
    title,
    topic: '',
    code: false,
    rev: 1,
    expires: (clock.wall() + 10 * MINUTE) / 1_000,
    ...change,
  };
}
function entry(host: Signer, listing: ListingBody, members = 1): ListedEntry {
  const bytes = encodeListing(listing);
  return { body: bytes, sig: host.sign(labels.list, bytes), members };
}
function list(
  from: { url: string; via: 'relay' | 'lan' },
  entries: ListedEntry[],
  full = true,
  gone: Uint8Array[] = [],
) {
  return directory.listing(from, { t: 'listing', full, entries, gone });
}
const titles = () => directory.rooms().map(({ title }) => title);

describe('the directory', () => {
  it('lists what hosts signed, with the key tag, and forgets what is gone', () => {
    const host = person();
    const [tea, coffee] = [body(host, 'tea', { topic: 'green' }), body(host, 'coffee', { code: true })];
    list(relay, [entry(host, tea, 3), entry(host, coffee)]);
    expect(titles()).toEqual(['coffee', 'tea']);
    expect(directory.rooms()[1]).toMatchObject({
      id: roomId(tea.room),
      topic: 'green',
      members: 3,
      code: false,
    });
    expect(directory.rooms()[0]).toMatchObject({ code: true, via: 'relay', relay: relay.url });
    list(relay, [], false, [tea.room]);
    expect(titles()).toEqual(['coffee']);
    list(relay, []);
    expect(titles()).toEqual([]);
    expect(changes).toBe(3);
  });

  it.each([
    ['signed by somebody else', (host: Signer) => entry(person(), body(host, 'tea'))],
    [
      'under an id that is not the host’s',
      (host: Signer) => entry(host, body(host, 'tea', { room: randomBytes(16) })),
    ],
    ['that is stale', (host: Signer) => entry(host, body(host, 'tea', { expires: 1 }))],
    ['whose title is nothing', (host: Signer) => entry(host, body(host, '\u200b'))],
    ['whose title could be title and tag', (host: Signer) => entry(host, body(host, 'tea~k7q2'))],
    [
      'that is no listing',
      (host: Signer) => ({
        body: Uint8Array.of(1),
        sig: host.sign(labels.list, Uint8Array.of(1)),
        members: 1,
      }),
    ],
  ])('leaves out an entry %s, and lists the others', (_, bad) => {
    const host = person();
    list(relay, [bad(host), entry(host, body(host, 'good'))]);
    expect(titles()).toEqual(['good']);
  });

  it('makes titles and topics safe', () => {
    const host = person();
    list(relay, [entry(host, body(host, 'te\u001b[31ma', { topic: 'x\u001b]0;y\u0007\nz' }))]);
    expect(directory.rooms()).toMatchObject([{ title: 'tea', topic: 'x z' }]);
  });

  it('takes no older entry for a newer one', () => {
    const host = person();
    const now = body(host, 'now', { rev: 7 });
    list(relay, [entry(host, now)]);
    expect(list(relay, [entry(host, { ...now, title: 'before', rev: 6 })], false)).toEqual([]);
    expect(titles()).toEqual(['now']);
    list(relay, [entry(host, { ...now, title: 'after', rev: 8 })], false);
    expect(titles()).toEqual(['after']);
  });

  it('shows what the newest entry says, also where an older one is listed again, or elsewhere', () => {
    const host = person();
    const now = body(host, 'now', { rev: 7, topic: 'new', code: true });
    const before = entry(host, { ...now, title: 'before', topic: 'old', code: false, rev: 6 });
    const shown = { title: 'now', topic: 'new', code: true };
    list(relay, [entry(host, now)]);
    list(lan, [before]);
    expect(directory.rooms()).toMatchObject([{ ...shown, via: 'lan', relay: lan.url }]);
    for (const { url } of [lan, relay]) directory.forget(url);
    list(relay, [before]);
    expect(directory.rooms()).toMatchObject([{ ...shown, via: 'relay', relay: relay.url }]);
    list(relay, [], true);
    expect(titles()).toEqual([]);
    list(relay, [entry(host, { ...now, title: 'after', rev: 8 })]);
    expect(titles()).toEqual(['after']);
  });

  it('shows a room that several relays list once, by the nearest', () => {
    const host = person();
    const tea = body(host, 'tea');
    list(relay, [entry(host, tea)]);
    list(lan, [entry(host, tea)]);
    expect(directory.rooms()).toMatchObject([{ via: 'lan', relay: lan.url }]);
    directory.forget(lan.url);
    expect(directory.rooms()).toMatchObject([{ via: 'relay' }]);
  });

  it('lets entries expire, with some patience for clocks', () => {
    const host = person();
    list(relay, [entry(host, body(host, 'tea'))]);
    clock.advance(9 * MINUTE + CLOCK_SKEW_MS);
    expect(titles()).toEqual(['tea']);
    clock.advance(2 * MINUTE);
    expect(titles()).toEqual([]);
  });

  it('believes no relay more rooms than it can hold', () => {
    const host = person();
    directory.close();
    directory = new Directory(clock, () => undefined, 2);
    const [one, two, three] = ['one', 'two', 'three'].map((title) => body(host, title));
    if (!one || !two || !three) throw new Error('three rooms');
    list(
      relay,
      [one, two, three].map((each) => entry(host, each)),
    );
    expect(titles()).toEqual(['one', 'two']);
    list(relay, [entry(host, { ...one, title: 'still one', rev: 2 }), entry(host, three)], false);
    expect(titles()).toEqual(['still one', 'two']);
  });

  it('believes a relay of the network fewer', () => {
    const host = person();
    const crowd = Array.from({ length: MAX_NEARBY_ROOMS + 3 }, (_, n) =>
      entry(host, body(host, `room ${n}`)),
    );
    for (const some of [crowd.slice(0, 9), crowd.slice(9)]) list(lan, some, false);
    expect(titles()).toHaveLength(MAX_NEARBY_ROOMS);
  });

  it('tells of changes at once, and more rarely the longer that takes', () => {
    let ms = 0;
    directory.close();
    directory = new Directory(clock, () => {
      changes++;
      clock.advance(ms);
    });
    const told = (titles: readonly string[]): number => {
      const before = changes;
      for (const title of titles) list(relay, [entry(person(), body(person(), title))], false);
      return changes - before;
    };
    expect(told(['a', 'b', 'c'])).toBe(3);
    ms = 20;
    expect(told(['d', 'e', 'f'])).toBe(1);
    const before = changes;
    clock.advance(SECOND);
    expect(changes - before).toBe(1);
    clock.advance(SECOND);
    expect(changes - before).toBe(1);
    directory.close();
    directory.forget(relay.url);
    expect(clock.pending).toBe(0);
  });
});
