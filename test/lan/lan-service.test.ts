import type { Packet } from 'dns-packet';
import { describe, expect, it } from 'vitest';
import type { FoundRelay } from '../../src/lan/heard-relays.ts';
import { LanService } from '../../src/lan/lan-service.ts';
import type { Multicast } from '../../src/lan/multicast.ts';
import { ManualClock } from '../link/manual-clock.ts';

/** A network in memory: what one sends, all hear. */
class Network {
  readonly packets: Packet[] = [];
  readonly #ends: {
    address: string;
    listeners: Set<(packet: Packet, source: string) => void>;
    joined: Set<(moved: boolean) => void>;
  }[] = [];
  #n = 0;

  join(): Multicast {
    const address = `10.0.0.${++this.#n}`;
    const end = {
      address,
      listeners: new Set<(packet: Packet, source: string) => void>(),
      joined: new Set<(moved: boolean) => void>(),
    };
    this.#ends.push(end);
    return {
      send: (make) => {
        const packet = make([end.address]);
        this.packets.push(packet);
        for (const { listeners } of this.#ends) for (const hear of listeners) hear(packet, end.address);
      },
      onPacket: (listener) => {
        end.listeners.add(listener);
        return () => end.listeners.delete(listener);
      },
      onJoined: (listener) => {
        end.joined.add(listener);
        return () => end.joined.delete(listener);
      },
      get state() {
        return { addresses: [end.address], troubles: [] };
      },
      close: async () => undefined,
    };
  }

  /** The `nth` who joined has another address from now on. */
  move(nth: number, address: string): void {
    const end = this.#ends[nth];
    if (!end) throw new Error('nobody is there');
    end.address = address;
    for (const hear of end.joined) hear(true);
  }
}

const relay = { instance: 'ct-abcdefghijklmnop', port: 1878 };

function rig() {
  const network = new Network();
  const clock = new ManualClock();
  const host = new LanService(network.join(), clock);
  const guest = new LanService(network.join(), clock);
  let seen: readonly FoundRelay[] = [];
  guest.watch((relays) => (seen = relays));
  return { network, clock, host, guest, seen: () => seen.map(({ url }) => url) };
}

describe('relays on a network', () => {
  it('are found at once, whoever came first', async () => {
    const { clock, host, seen, network } = rig();
    host.announce(relay);
    clock.advance(1);
    expect(seen()).toEqual(['ws://10.0.0.1:1878']);
    // Behind the first announcements, and before the next.
    clock.advance(10_000);
    const late = new LanService(network.join(), clock);
    let found: readonly FoundRelay[] = [];
    late.watch((relays) => (found = relays));
    clock.advance(1);
    expect(found).toHaveLength(1);
    let known: readonly FoundRelay[] = [];
    late.watch((relays) => (known = relays));
    expect(known).toEqual(found);
  });

  it('are announced as soon as they are there', () => {
    const { clock, host, seen } = rig();
    clock.advance(10_000);
    host.announce(relay);
    clock.advance(1);
    expect(seen()).toHaveLength(1);
  });

  it('vanish with their goodbye', async () => {
    const { clock, host, seen } = rig();
    const withdraw = host.announce(relay);
    clock.advance(1);
    withdraw();
    expect(seen()).toEqual([]);
  });

  it('stay while they announce themselves and vanish within 45 s of a crash', async () => {
    const { clock, host, seen } = rig();
    host.announce(relay);
    clock.advance(300_000);
    expect(seen()).toHaveLength(1);
    await host.close();
    clock.advance(45_000);
    expect(seen()).toEqual([]);
  });

  it('answer a flood of questions with at most one packet a second', async () => {
    const { clock, host, guest, network } = rig();
    host.announce(relay);
    clock.advance(4_000);
    const before = network.packets.filter(({ type }) => type === 'response').length;
    const flooder = network.join();
    for (let i = 0; i < 1_000; i++)
      flooder.send(() => ({ type: 'query', questions: [{ name: '_chat-tui._tcp.local', type: 'PTR' }] }));
    expect(network.packets.filter(({ type }) => type === 'response').length - before).toBeLessThanOrEqual(1);
    await guest.close();
  });

  it('are followed to another address at once, under another name', async () => {
    const { clock, host, seen, network } = rig();
    host.announce(relay, (was) => ({ ...was, instance: 'ct-ponmlkjihgfedcba' }));
    clock.advance(10_000);
    network.move(0, '10.0.0.99');
    clock.advance(1);
    expect(seen()).toContain('ws://10.0.0.99:1878');
    clock.advance(45_000);
    expect(seen()).toEqual(['ws://10.0.0.99:1878']);
  });

  it('are heard by themselves where multicast works', async () => {
    const { clock, host } = rig();
    const heard = host.hearsItself(1_000);
    clock.advance(1_000);
    expect(await heard).toBe(true);
  });

  it('are not heard by themselves where only others are', async () => {
    const network = new Network();
    const clock = new ManualClock();
    const mute = new LanService({ ...network.join(), send: () => undefined }, clock);
    const heard = mute.hearsItself(1_000);
    const other = new LanService(network.join(), clock);
    clock.advance(1_000);
    expect(await heard).toBe(false);
    for (const service of [mute, other]) await service.close();
    expect(clock.pending).toBe(0);
  });

  it('are asked for rarely: somebody who only listens sends a few packets at first and one a minute', async () => {
    const network = new Network();
    const clock = new ManualClock();
    const lone = new LanService(network.join(), clock);
    clock.advance(600_000);
    expect(network.packets.length).toBeLessThanOrEqual(3 + 10);
    await lone.close();
  });
});
