import { expect, it } from 'vitest';
import { WaysIn } from '../../../src/client/calls/ways-in.ts';
import { relayId } from '../../../src/shared/ids.ts';

const key = (fill: number) => new Uint8Array(32).fill(fill);
const line = (url: string, via: 'relay' | 'lan', fill: number) => ({
  url,
  via,
  info: { id: relayId(key(fill)) },
});
const [relay, lan, other] = [line('a', 'relay', 1), line('b', 'lan', 2), line('c', 'relay', 3)];

it('into a room lead the lines that list it, those that led there before, and that of its host', () => {
  const online = [relay, lan, other];
  const listing = [other];
  const ways = new WaysIn({ listedBy: () => listing, online: () => online });
  expect(ways.all()).toEqual([other]);
  ways.entered(relay, undefined);
  expect(ways.all()).toEqual([other, relay]);
  ways.entered(relay, key(2));
  expect(ways.all()).toEqual([other, relay, lan]);
  listing.pop();
  expect(ways.all()).toEqual([relay, lan]);
});

it('a line that is gone leads nowhere, and leads there again when it is back', () => {
  let online = [relay, lan];
  const ways = new WaysIn({ listedBy: () => [], online: () => online });
  ways.entered(lan, undefined);
  online = [relay];
  expect(ways.all()).toEqual([]);
  online = [line('b', 'lan', 9)];
  expect(ways.all()).toEqual(online);
});
