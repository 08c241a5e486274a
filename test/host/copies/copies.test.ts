import { copyFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CopyWatch, type NearbyRelays } from '../../../src/host/copies/copies.ts';
import type { RunningHost } from '../../../src/host/hosting.ts';
import { systemClock } from '../../../src/link/clock.ts';
import type { Dialler } from '../../../src/link/transport.ts';
import { wsDialler } from '../../../src/link/ws-transport.ts';
import { randomBytes, signerFrom, type Signer } from '../../../src/shared/crypto/sign.ts';
import { idBytes } from '../../../src/shared/ids.ts';
import { Neighbourhood } from '../../support/neighbourhood.ts';
import { hastyClock } from '../../support/hasty-clock.ts';
import { hostOptions } from '../host-options.ts';
import { hostFor, relayFor, tempFile } from '../room-rig.ts';

/** Relays that everybody on this network hears of once the test says so. */
class Network extends Neighbourhood implements NearbyRelays {
  heard(): Promise<void> {
    return Promise.resolve();
  }
}

function open(url: string, signer: Signer, dataFile: string, relays: NearbyRelays): Promise<RunningHost> {
  const copies = new CopyWatch({ relays, dialler: wsDialler, clock: hastyClock(20), random: Math.random });
  return hostFor(hostOptions(url, signer, { dataFile, copies }));
}

/** The next change after which `fits` holds. */
function until(hosts: readonly RunningHost[], fits: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (fits()) resolve();
    };
    for (const host of hosts) host.on(look);
    look();
  });
}

async function movedRoom() {
  const [one, two] = [await relayFor(), await relayFor()];
  const signer = signerFrom(randomBytes(32));
  const [file, copy] = [tempFile(), tempFile()];
  const first = await hostFor(hostOptions(one.url, signer, { dataFile: file }));
  await first.close();
  copyFileSync(file, copy);
  return { one, two, signer, file, copy };
}

describe('a room whose file was copied to another machine', () => {
  it('is not opened there while the first one serves it on the same network, and is when that ends', async () => {
    const { one, two, signer, file, copy } = await movedRoom();
    const network = new Network();
    network.show(one.url, two.url);
    const old = await open(one.url, signer, file, network);
    expect(old.state).toBe('online');
    const moved = await open(two.url, signer, copy, network);
    expect(moved.state).toBe('taken');
    expect(moved.room).toBe(old.room);
    await old.close();
    await until([moved], () => moved.state === 'online');
  });

  it('is closed by both and served by one once two that were opened apart hear of each other', async () => {
    const { one, two, signer, file, copy } = await movedRoom();
    const network = new Network();
    const hosts = [
      await open(one.url, signer, file, network),
      await open(two.url, signer, copy, network),
    ] as const;
    const states = (): string[] => hosts.map(({ state }) => state).sort();
    expect(states()).toEqual(['online', 'online']);
    network.show(one.url, two.url);
    await until(hosts, () => !states().includes('online') || states().includes('taken'));
    await until(hosts, () => states().join() === 'online,taken');
  });

  it('is looked for without telling relays that do not have it which room that is', async () => {
    const { one, two, signer, file, copy } = await movedRoom();
    const said: Uint8Array[] = [];
    const network = new Network();
    network.show(one.url, two.url);
    const old = await open(one.url, signer, file, network);
    const dialler: Dialler = (url, events) => {
      const transport = wsDialler(url, events);
      return {
        send: (bytes) => {
          said.push(bytes.slice());
          transport.send(bytes);
        },
        close: (code, reason) => transport.close(code, reason),
        pause: () => transport.pause(),
        resume: () => transport.resume(),
        get buffered() {
          return transport.buffered;
        },
      };
    };
    const copies = new CopyWatch({ relays: network, dialler, clock: systemClock, random: Math.random });
    const moved = await hostFor(hostOptions(two.url, signer, { dataFile: copy, copies }));
    expect(moved.state).toBe('taken');
    const everything = Buffer.concat(said);
    expect(everything.includes('dial')).toBe(true);
    expect(everything.includes(Buffer.from(idBytes(old.room)))).toBe(false);
    expect(everything.includes(Buffer.from(signer.publicKey))).toBe(false);
  });

  it('is found behind any number of relays that another machine announces', async () => {
    const { one, two, signer, file, copy } = await movedRoom();
    const network = new Network();
    const liars = Array.from({ length: 100 }, (_, index) => `ws://127.0.0.66:${index + 1}`);
    network.show(...liars, one.url, two.url);
    await open(one.url, signer, file, network);
    expect((await open(two.url, signer, copy, network)).state).toBe('taken');
  });

  it('is served where nobody else serves it, though its own relay is heard of too', async () => {
    const { one, two, signer, file } = await movedRoom();
    const network = new Network();
    network.show(one.url, two.url);
    const host = await open(one.url, signer, file, network);
    expect(host.state).toBe('online');
  });
});
