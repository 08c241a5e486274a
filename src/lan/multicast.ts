import { networkInterfaces } from 'node:os';
import type { Packet } from 'dns-packet';
import type { MulticastDNS } from 'multicast-dns';

/** How often interfaces are looked at: cables are pulled and networks joined while we run. */
const REFRESH_MS = 5_000;
/** Interfaces of containers, bridges and tunnels: nobody sits there who looks for a room. */
const elsewhere = /^(docker|br-|veth|virbr|vmnet|vboxnet|cni|flannel|tun|tap|wg|utun|tailscale|zt|ppp)/i;

/** Sends to and hears from everybody on the networks this machine is in. */
export interface Multicast {
  /** One packet an interface, made with that interface's addresses. */
  send(make: (addresses: readonly string[]) => Packet): void;
  onPacket(listener: (packet: Packet, source: string) => void): () => void;
  /** A network was joined since the last call of the listener. */
  onJoined(listener: () => void): () => void;
  close(): Promise<void>;
}

/**
 * The IPv4 addresses to use, one an interface. `chosen` is `CHAT_TUI_LAN_INTERFACES`: names separated by commas, empty
 * for none; where it is not set, all but loopback, containers, bridges and tunnels.
 */
export function lanAddresses(
  chosen: string | undefined,
  interfaces: ReturnType<typeof networkInterfaces> = networkInterfaces(),
): readonly string[] {
  const names = chosen?.split(',').map((name) => name.trim());
  return Object.entries(interfaces).flatMap(([name, addresses = []]) => {
    const wanted = names ? names.includes(name) : !elsewhere.test(name);
    const usable = addresses.filter(
      ({ family, internal }) => family === 'IPv4' && (names !== undefined || !internal),
    );
    return wanted ? usable.slice(0, 1).map(({ address }) => address) : [];
  });
}

/** Multicast DNS on every address `addresses` gives, looked at again and again. */
export async function openMulticast(addresses: () => readonly string[]): Promise<Multicast> {
  const { default: multicastDns } = await import('multicast-dns');
  const sockets = new Map<string, MulticastDNS>();
  const packetListeners = new Set<(packet: Packet, source: string) => void>();
  const joinedListeners = new Set<() => void>();

  const close = (address: string): Promise<void> => {
    const socket = sockets.get(address);
    sockets.delete(address);
    return new Promise((resolve) => (socket ? socket.destroy(() => resolve()) : resolve()));
  };
  const open = (address: string): void => {
    // Bound to the wildcard address: a socket bound to a unicast one hears no multicast on Linux.
    const socket = multicastDns({ interface: address, bind: '0.0.0.0', loopback: true });
    sockets.set(address, socket);
    const hear = (packet: Packet, { address: source }: { address: string }): void => {
      for (const listener of packetListeners) listener(packet, source);
    };
    socket.on('query', hear);
    socket.on('response', hear);
    // No permission for the port, an interface that went: without this network the rest still works.
    socket.on('error', () => void close(address));
    socket.on('warning', () => undefined);
    socket.on('ready', () => {
      for (const listener of joinedListeners) listener();
    });
  };
  const refresh = (): void => {
    const now = addresses();
    for (const address of sockets.keys()) if (!now.includes(address)) void close(address);
    for (const address of now) if (!sockets.has(address)) open(address);
  };
  refresh();
  const timer = setInterval(refresh, REFRESH_MS);
  timer.unref();

  return {
    send(make) {
      for (const [address, socket] of sockets) {
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
    async close() {
      clearInterval(timer);
      await Promise.all([...sockets.keys()].map(close));
    },
  };
}
