import type { NetworkInterfaceInfo } from 'node:os';

/** Interfaces of containers, virtual machines, bridges and tunnels: nobody sits there who looks for a room. */
const elsewhere =
  /^(docker|br-|veth|virbr|vmnet|vmenet|vboxnet|lxc|lxd|podman|cni|flannel|cali|kube|tun|tap|wg|utun|ipsec|tailscale|ts\d|zt|nordlynx|proton|mullvad|ppp|gif|stf|awdl|llw|anpi|bridge\d)|^v?ethernet \(|virtual|vmware|hyper-v|wsl|openvpn|wireguard/i;
/** Cables and radios, by the names systems give them: their address is the one to tell others. */
const physical = /^(eth|en|em|wl|wi-?fi|ethernet$|lan)/i;

/** An interface to meet others on. */
export interface LanInterface {
  readonly name: string;
  readonly v4: string | undefined;
  /** What of `v4` is the network's. */
  readonly mask?: string | undefined;
  /** Link-local and without its scope. */
  readonly v6: string | undefined;
  /** What the scope is written as where that is not the name. */
  readonly zone?: string | undefined;
  /** An IPv6 address that others can be told. */
  readonly wide?: string | undefined;
}

type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/**
 * The interfaces to use, cables and radios first. `chosen` is `CHAT_TUI_LAN_INTERFACES`: names separated by commas, empty
 * for none; where it is not set, all but loopback, containers, bridges and tunnels.
 */
export function lanInterfaces(
  chosen: string | undefined,
  interfaces: Interfaces,
  platform: NodeJS.Platform = process.platform,
): readonly LanInterface[] {
  const names = chosen?.split(',').map((name) => name.trim());
  const used = Object.entries(interfaces).flatMap(([name, addresses = []]) => {
    if (names ? !names.includes(name) : elsewhere.test(name)) return [];
    const usable = addresses.filter(({ internal }) => names !== undefined || !internal);
    const own = usable.find(({ family }) => family === 'IPv4');
    const v4 = own?.address;
    const local = usable.find(({ family, address }) => family === 'IPv6' && /^fe[89ab]/i.test(address));
    const v6 = local?.address;
    // Windows knows interfaces by number.
    const zone = platform === 'win32' && local?.family === 'IPv6' ? { zone: String(local.scopeid) } : {};
    const wide = usable.find(
      ({ family, address }) => family === 'IPv6' && /^[23f][0-9a-d]/i.test(address),
    )?.address;
    return v4 === undefined && v6 === undefined
      ? []
      : [{ name, v4, mask: own?.netmask, v6: v6?.replace(/%.*$/, ''), ...zone, wide }];
  });
  const rank = ({ name }: LanInterface): number => (names === undefined && !physical.test(name) ? 1 : 0);
  return used.toSorted((a, b) => rank(a) - rank(b));
}

/**
 * Whether somebody at `source` is on one of these networks, and not behind a router: the port hears the whole world
 * (RFC 6762 §11).
 */
export function isOnLink(source: string, interfaces: readonly LanInterface[]): boolean {
  if (source.includes(':')) return /^fe[89ab]/i.test(source);
  const from = octets(source);
  if (from[0] === 169 && from[1] === 254) return true;
  return interfaces.some(({ v4, mask }) => {
    if (v4 === undefined || mask === undefined) return false;
    const [ours, of] = [octets(v4), octets(mask)];
    return from.every((octet, at) => (octet & (of[at] ?? 255)) === ((ours[at] ?? 0) & (of[at] ?? 255)));
  });
}

function octets(v4: string): number[] {
  return v4.split('.').map(Number);
}

/** Names that were chosen, and that nothing here has with an address. */
export function notThere(chosen: string | undefined, interfaces: Interfaces): readonly string[] {
  const there = new Set(lanInterfaces(chosen, interfaces).map(({ name }) => name));
  const names = (chosen ?? '').split(',').map((name) => name.trim());
  return names.filter((name) => name !== '' && !there.has(name));
}

/** Names of those with an address that are left out because of what they are called. */
export function leftOut(chosen: string | undefined, interfaces: Interfaces): readonly string[] {
  const used = new Set(lanInterfaces(chosen, interfaces).map(({ name }) => name));
  return Object.entries(interfaces).flatMap(([name, addresses = []]) =>
    !used.has(name) && addresses.some(({ internal }) => !internal) ? [name] : [],
  );
}
