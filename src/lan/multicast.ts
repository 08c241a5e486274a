import { createSocket } from 'node:dgram';
import type { Packet } from 'dns-packet';
import type { MulticastDNS } from 'multicast-dns';
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
  const { default: multicastDns } = await import('multicast-dns');
  const ways = new Map<string, Way>();
  const failed = new Map<string, string>();
  const packetListeners = new Set<(packet: Packet, source: string) => void>();
  const joinedListeners = new Set<(moved: boolean) => void>();
  let moved = false;
  let used: readonly LanInterface[] = [];

  const close = (key: string): Promise<void> => {
    const way = ways.get(key);
    ways.delete(key);
    return new Promise((resolve) => (way ? way.socket.destroy(() => resolve()) : resolve()));
  };
  const open = (key: string, name: string, address: string): void => {
    const socket = address.includes(':')
      ? multicastDns({
          type: 'udp6',
          ip: GROUP_V6,
          interface: `::%${name}`,
          bind: '::',
          loopback: true,
          socket: createSocket({ type: 'udp6', reuseAddr: true, ipv6Only: true }),
        })
      : // Bound to the wildcard address: a socket bound to a unicast one hears no multicast on Linux.
        multicastDns({ interface: address, bind: '0.0.0.0', loopback: true });
    const way: Way = { socket, address, trouble: undefined };
    ways.set(key, way);
    failed.delete(key);
    const hear = (packet: Packet, { address: source }: { address: string }): void => {
      if (!isOnLink(source, used)) return;
      for (const listener of packetListeners) listener(packet, source);
    };
    const wrong = (error: unknown): string =>
      `${name} (${address}): ${error instanceof Error ? error.message : 'cannot be used'}`;
    socket.on('query', hear);
    socket.on('response', hear);
    // No permission for the port, an interface that went: without this network the rest still works.
    socket.on('error', (error: unknown) => {
      failed.set(key, wrong(error));
      void close(key);
    });
    // What cannot be read is somebody else's; what cannot be joined or sent is ours to tell.
    socket.on('warning', (error: unknown) => {
      if (error instanceof Error && 'syscall' in error) way.trouble = wrong(error);
    });
    socket.on('ready', () => {
      for (const listener of joinedListeners) listener(moved);
      moved = false;
    });
  };
  const refresh = (): void => {
    used = interfaces();
    const wanted = new Map<string, { readonly name: string; readonly address: string }>(
      used.flatMap(({ name, v4, v6 }) =>
        [v4, v6].flatMap((address) =>
          address === undefined ? [] : [[`${name} ${address}`, { name, address }] as const],
        ),
      ),
    );
    for (const key of ways.keys()) {
      if (wanted.has(key)) continue;
      moved = true;
      void close(key);
    }
    for (const key of failed.keys()) if (!wanted.has(key)) failed.delete(key);
    for (const [key, { name, address }] of wanted) if (!ways.has(key)) open(key, name, address);
  };
  refresh();
  const timer = setInterval(refresh, REFRESH_MS);
  timer.unref();

  return {
    send(make) {
      for (const { socket, address } of ways.values()) {
        const packet = make([address]);
        if (packet.type === 'query') socket.query({ questions: packet.questions ?? [] });
        else socket.respond({ answers: packet.answers ?? [] });
      }
    },
    onPacket(listener) {
      packetListeners.add(listener);
      return () => packetListeners.delete(listener);
    },
    onJoined(listener) {
      joinedListeners.add(listener);
      return () => joinedListeners.delete(listener);
    },
    get state() {
      const all = [...ways.values()];
      return {
        addresses: all.filter(({ trouble }) => trouble === undefined).map(({ address }) => address),
        troubles: [...failed.values(), ...all.flatMap(({ trouble }) => trouble ?? [])],
      };
    },
    async close() {
      clearInterval(timer);
      await Promise.all([...ways.keys()].map(close));
    },
  };
}
