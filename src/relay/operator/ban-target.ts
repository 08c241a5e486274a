import { parseIdentityKey, parseRoomId } from '../../shared/ids.ts';
import type { Ban } from '../bans/bans.ts';
import { formatPrefix, parsePrefix } from '../bans/network-prefix.ts';

export type Target = Pick<Ban, 'kind' | 'what'>;

/** What the log calls somebody; only a relay that runs knows whom. */
export type LoggedName = { readonly connection: number } | { readonly alias: string };

/** Whom or what an operator names; undefined when it can be nobody and nothing. */
export function banTarget(text: string): Target | LoggedName | undefined {
  const key = parseIdentityKey(text);
  if (key) return { kind: 'key', what: key };
  const room = parseRoomId(text);
  if (room) return { kind: 'room', what: room };
  const prefix = isMasked(text) ? parsePrefix(text) : undefined;
  if (prefix) return { kind: 'network', what: formatPrefix(prefix) };
  if (/^#\d{1,15}$/.test(text)) return { connection: Number(text.slice(1)) };
  return text.startsWith('net-') ? { alias: text } : undefined;
}

/** Whether what stands behind a `/` can be: a slip must not ban one address instead of a block. */
function isMasked(text: string): boolean {
  const [address = '', bits = '0'] = text.split('/');
  return Number(bits) <= (address.includes(':') ? 128 : 32);
}

/** Whether it may be the beginning of a room id. */
export function beginsRoomId(text: string): boolean {
  return /^[a-z2-7]{4,26}$/.test(text);
}

/** Why `what` is neither. */
export function notBannable(what = 'that'): string {
  return `${what} is no identity key, no room id, no address like 192.0.2.7 or 2001:db8::/32 (at most a /8, or a /16 of IPv6), and no #NUMBER or net-… of the log`;
}
