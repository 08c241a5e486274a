import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Bans, MAX_BANS, noBanStore, type Ban } from '../../src/relay/bans/bans.ts';
import { formatPrefix, parsePrefix } from '../../src/relay/bans/network-prefix.ts';
import { openDataDir } from '../../src/relay/data-dir.ts';
import { defaultLimits } from '../../src/relay/limits.ts';
import { networkOf } from '../../src/relay/network.ts';
import { identityKey, roomId } from '../../src/shared/ids.ts';
import { DAY, MINUTE } from '../../src/shared/limits.ts';
import { FakeClock } from '../support/relay-rig.ts';

const ada = identityKey(new Uint8Array(32).fill(1));
const tea = roomId(new Uint8Array(16).fill(2));
const network = (what: string): Ban => ({ kind: 'network', what, at: 0, reason: '' });

describe('a network of a ban', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['192.0.2.7/32', '192.0.2.7'],
    ['192.0.2.7/24', '192.0.2.0/24'],
    ['2001:db8:0:1:2:3:4:5', '2001:db8:0:1::/64'],
    ['2001:db8::/32', '2001:db8:0:0::/32'],
    ['2001:db8::1/128', '2001:db8:0:0::/64'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
  ])('%s is %s', (text, shown) => {
    const prefix = parsePrefix(text);
    expect(prefix && formatPrefix(prefix)).toBe(shown);
  });

  it.each([
    '',
    '0.0.0.0/0',
    '10.0.0.0/7',
    '::/0',
    '192.0.2.7/x',
    '192.0.2.7/24/8',
    'example.org',
    '1.2.3',
    'fe80::1',
  ])('%j is none', (text) => expect(parsePrefix(text)).toBeUndefined());

  it('is read as it is written', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.tuple(fc.ipV4(), fc.integer({ min: 8, max: 32 })),
          fc.tuple(fc.ipV6(), fc.integer({ min: 16, max: 64 })),
        ),
        ([address, length]) => {
          const prefix = parsePrefix(`${address}/${length}`);
          expect(prefix && parsePrefix(formatPrefix(prefix))).toEqual(prefix);
        },
      ),
    );
  });
});

describe('bans', () => {
  it('keep out an address, all addresses of a block, and nobody beside them', async () => {
    const bans = new Bans(noBanStore, new FakeClock());
    await bans.add(network('192.0.2.0/24'));
    await bans.add(network('2001:db8:0:1::/64'));
    await bans.add(network('198.51.100.9'));
    for (const address of ['192.0.2.200', '2001:db8:0:1:ffff::1', '198.51.100.9', '::ffff:192.0.2.1'])
      expect(bans.ofNetwork(networkOf(address))).toMatchObject({ code: 'relay-banned' });
    for (const address of ['192.0.3.1', '2001:db8:0:2::1', '198.51.100.10', undefined])
      expect(bans.ofNetwork(networkOf(address))).toBeUndefined();
  });

  it('end by themselves, and say when to ask again: in two minutes at most', async () => {
    const clock = new FakeClock();
    const removed: unknown[] = [];
    const remove = ({ what }: Pick<Ban, 'what'>) => Promise.resolve(void removed.push(what));
    const bans = new Bans({ ...noBanStore, remove }, clock);
    await bans.add({ kind: 'key', what: ada, at: clock.wall(), until: clock.wall() + DAY, reason: 'spam' });
    expect(bans.ofKey(ada)).toEqual({ code: 'relay-banned', retryMs: 2 * MINUTE });
    clock.advance(DAY - 1_000);
    expect(bans.ofKey(ada)).toEqual({ code: 'relay-banned', retryMs: 1_000 });
    clock.advance(1_000);
    expect(bans.ofKey(ada)).toBeUndefined();
    expect(bans.list()).toEqual([]);
    bans.dropExpired();
    expect(removed).toEqual([ada]);
  });

  it('are no more than can be looked after', async () => {
    const clock = new FakeClock();
    const until = clock.wall() + DAY;
    const address = (n: number) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`;
    const all = () => Array.from({ length: MAX_BANS }, (_, n) => ({ ...network(address(n)), until }));
    const bans = new Bans({ ...noBanStore, all }, clock);
    expect(await bans.add(network('192.0.2.1'))).toBe(false);
    expect(await bans.add(network('10.0.0.1'))).toBe(true);
    await bans.lift(network('10.0.0.1'));
    expect(await bans.add(network('192.0.2.1'))).toBe(true);
    expect(await bans.add(network('192.0.2.2'))).toBe(false);
    clock.advance(DAY);
    expect(await bans.add(network('192.0.2.2'))).toBe(true);
  });

  it('outlast a restart, and so does the lifting of one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'relay-bans-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const open = async (use: (bans: Bans) => Promise<unknown>) => {
      const store = await openDataDir(folder, defaultLimits);
      await use(new Bans(store.bans, new FakeClock()));
      store.close();
    };
    await open(async (bans) => {
      await bans.add({ kind: 'key', what: ada, at: 1, reason: 'spam' });
      await bans.add({ kind: 'room', what: tea, at: 2, reason: '' });
      await bans.add(network('192.0.2.0/24'));
      await bans.lift({ kind: 'room', what: tea });
    });
    await open((bans) => {
      expect(bans.ofKey(ada)).toMatchObject({ code: 'relay-banned' });
      expect(bans.ofRoom(tea)).toBeUndefined();
      expect(bans.ofNetwork('192.0.2.9')).toMatchObject({ code: 'relay-banned' });
      expect(bans.list().map(({ reason }) => reason)).toEqual(['', 'spam']);
      return Promise.resolve();
    });
  });
});

describe('bans on a full disk', () => {
  const full = () => Promise.reject(new Error('disk full'));

  it('hold all the same, and whoever made one is told', async () => {
    const bans = new Bans({ all: () => [], put: full, remove: full }, new FakeClock());
    await expect(bans.add(network('192.0.2.1'))).rejects.toThrow('disk full');
    expect(bans.ofNetwork('192.0.2.1')).toMatchObject({ code: 'relay-banned' });
  });

  it('end when they are over, whether that can be written down or not', async () => {
    const clock = new FakeClock();
    const bans = new Bans({ all: () => [], put: () => Promise.resolve(), remove: full }, clock);
    await bans.add({ ...network('192.0.2.1'), until: clock.wall() + 1 });
    clock.advance(1);
    bans.dropExpired();
    expect([bans.size, bans.ofNetwork('192.0.2.1')]).toEqual([0, undefined]);
  });
});
