import { createSocket } from 'node:dgram';
import type { Packet } from 'dns-packet';
import type multicastDns from 'multicast-dns';
import type { MulticastDNS } from 'multicast-dns';
import { Listeners } from '../shared/listeners.ts';
import { isOnLink, type LanInterface } from './lan-interfaces.ts';

/** How often interfaces are looked at: cables are pulled and networks joined while we run. */
const REFRESH_MS = 5_000;
const GROUP_V6 = 'ff02::fb';

/** Sends to and hears from everybody on the networks this machine is in. */
export interface Multicast {
  /** One packet an interface and family, made with the address it goes out with. */
  send(make: (addresses: readonly string[]) => Packet): void;
  /** A link-local IPv6 `source` has its scope behind `%`. */
  onPacket(listener: (packet: Packet, source: string) => void): () => void;
  /** A network was joined; `moved`: an address we had before is gone. */
  onJoined(listener: (moved: boolean) => void): () => void;
  /** Addresses we send from, and what is wrong where we cannot. */
  readonly state: { readonly addresses: readonly string[]; readonly troubles: readonly string[] };
  close(): Promise<void>;
}

interface Way {
  readonly socket: MulticastDNS;
  /** Without scope. */
  readonly address: string;
  trouble: string | undefined;
}

/** Multicast DNS, IPv4 and IPv6, on every interface that `interfaces` gives, looked at again and again. */
export async function openMulticast(interfaces: () => readonly LanInterface[]): Promise<Multicast> {
  const { default: open } = await import('multicast-dns');
  return new LanSockets(open, interfaces);
}

/** A socket for each address on the networks of now. */
export class LanSockets implements Multicast {
  readonly #open: typeof multicastDns;
  readonly #interfaces: () => readonly LanInterface[];
  readonly #ways = new Map<string, Way>();
  readonly #failed = new Map<string, string>();
  readonly #packets = new Listeners<readonly [packet: Packet, source: string]>();
  readonly #joined = new Listeners<boolean>();
  readonly #timer: NodeJS.Timeout;
  #used: readonly LanInterface[] = [];
  #moved = false;

  constructor(open: typeof multicastDns, interfaces: () => readonly LanInterface[]) {
    this.#open = open;
    this.#interfaces = interfaces;
    this.#refresh();
    this.#timer = setInterval(() => this.#refresh(), REFRESH_MS).unref();
  }

  send(make: (addresses: readonly string[]) => Packet): void {
    for (const { socket, address } of this.#ways.values()) {
      const packet = make([address]);
      if (packet.type === 'query') socket.query({ questions: packet.questions ?? [] });
      else socket.respond({ answers: packet.answers ?? [] });
    }
  }

  onPacket(listener: (packet: Packet, source: string) => void): () => void {
    return this.#packets.add((heard) => listener(...heard));
  }

  onJoined(listener: (moved: boolean) => void): () => void {
    return this.#joined.add(listener);
  }

  get state(): Multicast['state'] {
    const all = [...this.#ways.values()];
    return {
      addresses: all.filter(({ trouble }) => trouble === undefined).map(({ address }) => address),
      troubles: [...this.#failed.values(), ...all.flatMap(({ trouble }) => trouble ?? [])],
    };
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([...this.#ways.keys()].map((key) => this.#leave(key)));
  }

  #refresh(): void {
    this.#used = this.#interfaces();
    const wanted = new Map<
      string,
      { readonly name: string; readonly zone: string; readonly address: string }
    >(
      this.#used.flatMap(({ name, v4, v6, zone = name }) =>
        [v4, v6].flatMap((address) =>
          address === undefined ? [] : [[`${name} ${address}`, { name, zone, address }] as const],
        ),
      ),
    );
    for (const key of this.#ways.keys()) {
      if (wanted.has(key)) continue;
      this.#moved = true;
      void this.#leave(key);
    }
    for (const key of this.#failed.keys()) if (!wanted.has(key)) this.#failed.delete(key);
    for (const [key, { name, zone, address }] of wanted)
      if (!this.#ways.has(key)) this.#join(key, name, optionsOf(zone, address), address);
  }

  #join(key: string, name: string, options: Options, address: string): void {
    const socket = this.#open(options);
    const way: Way = { socket, address, trouble: undefined };
    this.#ways.set(key, way);
    this.#failed.delete(key);
    const hear = (packet: Packet, { address: source }: { address: string }): void => {
      if (isOnLink(source, this.#used)) this.#packets.tell([packet, source]);
    };
    const wrong = (error: unknown): string =>
      `${name} (${address}): ${error instanceof Error ? error.message : 'cannot be used'}`;
    socket.on('query', hear);
    socket.on('response', hear);
    // No permission for the port, an interface that went: without this network the rest still works.
    socket.on('error', (error: unknown) => {
      // Of one that was closed already: another may be in its place.
      if (this.#ways.get(key) !== way) return;
      this.#failed.set(key, wrong(error));
      void this.#leave(key);
    });
    // What cannot be read is somebody else's; what cannot be joined or sent is ours to tell.
    socket.on('warning', (error: unknown) => {
      if (error instanceof Error && 'syscall' in error) way.trouble = wrong(error);
    });
    socket.on('ready', () => {
      this.#joined.tell(this.#moved);
      this.#moved = false;
    });
  }

  #leave(key: string): Promise<void> {
    const way = this.#ways.get(key);
    this.#ways.delete(key);
    return new Promise((resolve) => (way ? way.socket.destroy(() => resolve()) : resolve()));
  }
}

type Options = Parameters<typeof multicastDns>[0];

function optionsOf(zone: string, address: string): Options {
  // Bound to the wildcard address: a socket bound to a unicast one hears no multicast on Linux.
  if (!address.includes(':')) return { interface: address, bind: '0.0.0.0', loopback: true };
  return {
    type: 'udp6',
    ip: GROUP_V6,
    interface: `::%${zone}`,
    bind: '::',
    loopback: true,
    socket: createSocket({ type: 'udp6', reuseAddr: true, ipv6Only: true }),
  };
}
