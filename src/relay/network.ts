import type { IncomingMessage } from 'node:http';
import { isIP, isIPv4, isIPv6 } from 'node:net';

/** What limits are counted by: one IPv4 address, or the /64 of an IPv6 address, as a key. */
export function networkOf(address: string | undefined): string {
  if (!address) return 'unknown';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped) return mapped;
  if (isIPv4(address)) return address;
  const [bare = ''] = address.split('%');
  if (!isIPv6(bare)) return 'unknown';
  const [head = '', tail] = bare.toLowerCase().split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - front.length - back.length;
  const groups = [...front, ...Array.from({ length: zeros }, () => '0'), ...back];
  // Everybody on a link shares its only prefix: there the address is what tells networks apart.
  const prefix = /^fe[89ab]/.test(groups[0] ?? '') ? 8 : 4;
  return groups
    .slice(0, prefix)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}

/** Of this machine or of a private network, where proxies of ours are. */
export function isNear(peer = ''): boolean {
  return /^(::ffff:)?(127|10|192\.168|172\.(1[6-9]|2\d|3[01]))\.|^::1$|^f[cd]/i.test(peer);
}

/**
 * Who calls: the peer of the socket, or behind `proxies` of ours the address that the outermost of them saw. Each proxy
 * appends its own peer to `X-Forwarded-For`; what stands before those entries anybody may have written.
 */
export function callerAddress(
  peer: string | undefined,
  { headers }: Pick<IncomingMessage, 'headers'>,
  proxies: number,
): string | undefined {
  if (proxies === 0) return peer;
  const raw = headers['x-forwarded-for'];
  const chain = (Array.isArray(raw) ? raw.join(',') : (raw ?? '')).split(',').map((part) => part.trim());
  const seen = chain.at(-proxies);
  return seen !== undefined && isIP(seen) !== 0 ? seen : peer;
}
