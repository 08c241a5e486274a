import { expect, it } from 'vitest';
import type { KnownPerson } from '../../../src/client/archive/archive.ts';
import { WhisperRoutes } from '../../../src/client/whispers/whisper-routes.ts';
import { personNamed } from '../../support/memory-room.ts';

const bob = personNamed('bob');
const [home, other, near] = [
  { url: 'wss://home.test:443', via: 'relay', online: true },
  { url: 'wss://other.test:443', via: 'relay', online: true },
  { url: 'ws://10.0.0.66:1', via: 'lan', online: true },
] as const;

function routes(last: string | undefined, relays: readonly { url: string; via: string; online: boolean }[]) {
  const known: KnownPerson = {
    ...bob,
    firstSeen: 0,
    whispered: true,
    ...(last === undefined ? {} : { relay: last }),
  };
  const way = new WhisperRoutes({
    relays: {
      online: () => relays.filter(({ online }) => online) as never,
      get: (url) => relays.find((relay) => relay.url === url) as never,
    },
    rooms: { all: () => [] },
    people: { get: () => known },
  });
  return way.to(bob.key).map(({ url }) => url);
}

it('whispers to somebody met at a relay of ours go where they were last, then to the others that were chosen', () => {
  expect(routes(other.url, [near, home, other])).toEqual([other.url, home.url]);
});

it('and wait for those, rather than go to whoever announces a relay on the network', () => {
  expect(routes(home.url, [{ ...home, online: false }, near])).toEqual([]);
});

it('whispers to somebody met on a network go to any relay there, whose addresses come and go', () => {
  expect(routes('ws://10.0.0.1:5', [home, near])).toEqual([home.url, near.url]);
  expect(routes(undefined, [home, near])).toEqual([home.url, near.url]);
});
