import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Neighbourhood } from '../support/neighbourhood.ts';
import { hastyClock } from '../support/hasty-clock.ts';
import { RoomRig, type Watched } from '../support/room-rig.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

describe('a relay found on the network', () => {
  let rig: RoomRig;
  let cable: TcpProxy;
  let address: string;
  let ada: Watched;
  const near = new Neighbourhood();

  beforeEach(async () => {
    rig = await RoomRig.start();
    cable = await TcpProxy.start(() => rig.relay.port);
    // By name: what is found on this machine by its folder is known to be gone when it is.
    address = cable.url.replace('127.0.0.1', 'localhost');
    near.show(address);
    ada = await rig.person('ada', { relays: [], finder: near, clock: hastyClock(20) });
    await online(address);
  });
  afterEach(async () => {
    near.show();
    await rig.close();
    await cable.close();
  });

  const states = (): string[] => ada.client.relays().map(({ url, state }) => `${url} ${state}`);
  const online = (url: string): Promise<true> =>
    ada.until(() => (states().includes(`${url} online`) ? true : undefined));
  const gone = (): Promise<true> => ada.until(() => (states().length === 0 ? true : undefined));

  it('that is announced no more is kept for as long as it answers', async () => {
    near.show();
    await ada.client.ping(address);
    expect(states()).toEqual([`${address} online`]);
    await rig.relay.close();
    expect(await gone()).toBe(true);
  });

  it('that is announced no more and does not answer is let go', async () => {
    cable.cut();
    near.show();
    expect(await gone()).toBe(true);
  });

  it('that is announced under another address is reached there once the old one leads nowhere', async () => {
    const other = await TcpProxy.start(() => rig.relay.port);
    cable.cut();
    const moved = other.url.replace('127.0.0.1', 'localhost');
    near.show(moved);
    expect(await online(moved)).toBe(true);
    near.show();
    await other.close();
  });
});
