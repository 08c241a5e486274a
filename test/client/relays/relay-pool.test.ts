import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MAX_RELAYS } from '../../../src/client/relays/relay-pool.ts';
import type { RelayFinder } from '../../../src/client/api.ts';
import { nowhere, type Dialler } from '../../../src/link/transport.ts';
import { wsDialler } from '../../../src/link/ws-transport.ts';
import { RoomRig } from '../../support/room-rig.ts';

let rig: RoomRig;
beforeEach(async () => {
  rig = await RoomRig.start();
});
afterEach(() => rig.close());

it('what a relay lists stays when it is reached again before the connection of before is gone', async () => {
  await rig.host('tea');
  const gone = Promise.withResolvers<void>();
  let isFirst = true;
  const dialler: Dialler = (url, events) => {
    const held = isFirst;
    isFirst = false;
    if (!held) return wsDialler(url, events);
    return wsDialler(url, {
      ...events,
      closed: (...how) => void gone.promise.then(() => events.closed(...how)),
    });
  };
  const ada = await rig.person('ada', { dialler });
  const titles = (): string[] => ada.client.listed().map(({ title }) => title);
  await ada.until(() => titles()[0], 'the room');
  const left = ada.client.disconnect(rig.relay.url);
  await ada.client.connect(rig.relay.url);
  await ada.until(() => titles()[0], 'the room again');
  gone.resolve();
  await left;
  expect(titles()).toEqual(['tea']);
});

// docs/threat-model.md "Somebody on your local network"
describe('a network on which more relays announce themselves than there are places for', () => {
  const port = 'ws://10.0.0.66:';
  const liars = Array.from({ length: 2 * MAX_RELAYS }, (_, index) => `${port}${index + 1}`);
  const nobody: Dialler = (url, events) => {
    if (!url.startsWith('ws://10.')) return wsDialler(url, events);
    return { ...nowhere, close: (code) => queueMicrotask(() => events.closed(code, true)) };
  };

  it('keeps nobody from the relay that an invite names', async () => {
    const host = await rig.host('tea');
    const finder: RelayFinder = {
      watch: (found) => {
        found(liars);
        return () => undefined;
      },
    };
    const ada = await rig.person('ada', { relays: [], dialler: nobody, finder });
    expect(ada.client.relays()).toHaveLength(MAX_RELAYS);
    expect((await ada.joins(host.invite)).info.title).toBe('tea');
  });

  it('has a place for the first of each address, whoever announced how many before', async () => {
    let tell: (urls: readonly string[]) => void = () => undefined;
    const finder: RelayFinder = {
      watch: (found) => {
        tell = found;
        return () => undefined;
      },
    };
    const ada = await rig.person('ada', { relays: [], dialler: nobody, finder });
    const urls = (): string[] => ada.client.relays().map(({ url }) => url);
    tell(liars);
    const honest = ['ws://10.0.0.1:1', 'ws://[fe80::1%eth0]:1'];
    tell([...liars, ...honest]);
    expect(urls()).toHaveLength(MAX_RELAYS);
    expect(urls()).toEqual(expect.arrayContaining(honest));
    // Whoever has a place keeps it.
    const crowd = Array.from({ length: MAX_RELAYS }, (_, index) => `ws://10.0.1.${index + 1}:1`);
    tell([...crowd, ...liars, ...honest]);
    expect(urls()).toHaveLength(MAX_RELAYS);
    expect(urls()).toEqual(expect.arrayContaining(honest));
  });
});
