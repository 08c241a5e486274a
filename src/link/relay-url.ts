import { DEFAULT_RELAY_PORT, DEFAULT_TLS_PORT } from '../shared/ports.ts';
import { RELAY_PATH } from '../shared/wire/version.ts';

/** Where a relay is. `host` is lower case, an IPv6 address in brackets, a link-local one with the interface behind `%`. */
export interface RelayAddress {
  readonly tls: boolean;
  readonly host: string;
  readonly port: number;
}

const pattern =
  /^(?:(?<scheme>wss?|tcs?):\/\/)?(?<host>\[[0-9a-f:.]+(?:%[a-z0-9._-]+)?\]|[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?\.?)(?::(?<port>\d{1,5}))?(?<path>\/.*)?$/i;

/**
 * Reads what a person types: `host`, `host:port`, `ws://`, `wss://`, `tc://` or `tcs://` with nothing behind but the
 * relay's path. Without a port it is 443 with TLS and 1878 without. Without a scheme TLS is taken for a public host
 * unless a port other than 443 is named: relays on a machine, a home network or a bare port have no certificate.
 */
export function parseRelayAddress(text: string): RelayAddress | undefined {
  const groups = pattern.exec(text.trim())?.groups;
  const host = groups?.['host']?.replace(/^[^%]+/, (address) => address.toLowerCase());
  if (!groups || !host || !isHost(host)) return undefined;
  const path = groups['path'];
  if (path !== undefined && path !== '/' && path !== RELAY_PATH) return undefined;
  const port = groups['port'] === undefined ? undefined : Number(groups['port']);
  if (port !== undefined && (port === 0 || port > 65_535)) return undefined;
  const scheme = groups['scheme']?.toLowerCase();
  const tls =
    scheme === undefined
      ? port === DEFAULT_TLS_PORT || (port === undefined && !isLocalHost(host))
      : scheme === 'wss' || scheme === 'tcs';
  return { tls, host, port: port ?? (tls ? DEFAULT_TLS_PORT : DEFAULT_RELAY_PORT) };
}

/** One spelling per relay, with the port and without a path: what is stored, compared and shown. */
export function formatRelayUrl({ tls, host, port }: RelayAddress): string {
  return `${tls ? 'wss' : 'ws'}://${host}:${String(port)}`;
}

/** The URL a WebSocket is opened to. */
export function socketUrl(address: RelayAddress): string {
  return formatRelayUrl({ ...address, host: withoutScope(address.host) }) + RELAY_PATH;
}

/** A link-local address with the interface that leads there, which URLs have no place for. */
export function hasScope(host: string): boolean {
  return host.includes('%');
}

function withoutScope(host: string): string {
  return host.replace(/%[^\]]+\]$/, ']');
}

/**
 * URLs of relays, the first of every address before the second of any, and of those the ones in use: where there are places
 * for some only, no machine takes those of others.
 */
export function inTurns(urls: Iterable<string>, isUsed: (url: string) => boolean): readonly string[] {
  const turns = new Map<string, number>();
  const turned = [...urls]
    .sort((a, b) => Number(isUsed(b)) - Number(isUsed(a)))
    .map((url) => {
      const host = parseRelayAddress(url)?.host ?? url;
      const turn = host === '127.0.0.1' ? 0 : (turns.get(host) ?? 0);
      turns.set(host, turn + 1);
      return { url, turn };
    });
  return turned.sort((a, b) => a.turn - b.turn).map(({ url }) => url);
}

/** Loopback, private and link-local addresses, names without a dot, and names under `.local` and the like. */
function isLocalHost(host: string): boolean {
  if (host.startsWith('[')) return /^\[(?:::1\]|f[cd]|fe[89ab]|::ffff:(?:127|10|192\.168)\.)/i.test(host);
  const v4 = /^(\d+)\.(\d+)\.\d+\.\d+$/.exec(host);
  if (v4) {
    const [a, b] = [Number(v4[1]), Number(v4[2])];
    const shared = a === 100 && b >= 64 && b < 128;
    return (
      a === 127 ||
      a === 10 ||
      (a === 192 && b === 168) ||
      (a === 172 && b >= 16 && b < 32) ||
      shared ||
      (a === 169 && b === 254)
    );
  }
  return !host.includes('.') || /\.(?:local|localhost|lan|home|internal|home\.arpa)\.?$/.test(host);
}

function isHost(told: string): boolean {
  const host = withoutScope(told);
  if (host !== told && !/^\[fe[89ab]/.test(host)) return false;
  if (!URL.canParse(`ws://${host}`)) return false;
  // The URL parser turns `127.1` and `0x7f.1` into addresses: only what it leaves alone says what it means.
  return new URL(`ws://${host}`).hostname === host || (host.startsWith('[') && host.length > 3);
}
