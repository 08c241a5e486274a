import { primitives } from '#primitives';
import { fromBase32, toBase32 } from '../base32.ts';
import { parseIdentityKey, parseRoomId, type IdentityKey, type RoomId } from '../ids.ts';

const CODE_BYTES = 16;
const defaultPorts = { tc: 1_878, tcs: 443 } as const;

/** Where a room is, and whose it is. `host` is as in a URL: lower case, IPv6 in brackets; `port` is absent for the default. */
export interface Invite {
  readonly tls: boolean;
  readonly host: string;
  readonly port?: number;
  readonly room: RoomId;
  readonly key: IdentityKey;
  /** Join code, 16 bytes. */
  readonly code?: Uint8Array;
}

/** `tc://relay[:port]/room_id#IK_host[.code]`, `tcs://` for TLS. Throws `RangeError` for a host that no URL can have. */
export function formatInvite(invite: Invite): string {
  const scheme = invite.tls ? 'tcs' : 'tc';
  const host = urlHost(invite.host);
  if (host === undefined) throw new RangeError('not a host name');
  const port = invite.port === undefined || invite.port === defaultPorts[scheme] ? '' : `:${invite.port}`;
  const code = invite.code ? `.${formatCode(invite.code)}` : '';
  return `${scheme}://${host}${port}/${invite.room}#${invite.key}${code}`;
}

const inviteForm =
  /^(tcs?):\/\/([0-9a-z._-]+|\[[0-9a-f:.]+\])(?::([1-9]\d{0,4}))?\/([a-z2-7]+)#([a-z2-7]+)(?:\.([a-z2-7]+))?$/i;

/** Undefined for anything but an invite; case is forgiven, since QR codes are shorter in capitals. */
export function parseInvite(text: string): Invite | undefined {
  const [, scheme, hostText, portText, roomText, keyText, codeText] = inviteForm.exec(text) ?? [];
  if (!scheme || !hostText || !roomText || !keyText) return undefined;
  const tls = scheme.toLowerCase() === 'tcs';
  const host = urlHost(hostText);
  const room = parseRoomId(roomText);
  const key = parseIdentityKey(keyText);
  const code = codeText === undefined ? undefined : fromBase32(codeText, CODE_BYTES);
  const port = portText === undefined ? undefined : Number(portText);
  if (host === undefined || !room || !key || (codeText !== undefined && !code)) return undefined;
  if (port !== undefined && port > 65_535) return undefined;
  return {
    tls,
    host,
    ...(port !== undefined && port !== defaultPorts[tls ? 'tcs' : 'tc'] && { port }),
    room,
    key,
    ...(code && { code }),
  };
}

/** `ws://host:port` or `wss://host:port`, the port always named. */
export function inviteRelayUrl(invite: Invite): string {
  const port = invite.port ?? defaultPorts[invite.tls ? 'tcs' : 'tc'];
  return `${invite.tls ? 'wss' : 'ws'}://${invite.host}:${port}`;
}

/** A join code of 128 bits. */
export function generateCode(): Uint8Array {
  return primitives.randomBytes(CODE_BYTES);
}

/** 26 base32 characters. */
export function formatCode(code: Uint8Array): string {
  if (code.length !== CODE_BYTES) throw new RangeError('join code of a wrong length');
  return toBase32(code);
}

/** Forgives case, spaces and dashes, as people copy codes by hand. */
export function parseCode(text: string): Uint8Array | undefined {
  return fromBase32(text.replace(/[\s-]/g, ''), CODE_BYTES);
}

/** The one spelling of a host; undefined when a URL would read another one into it (`1.2` is 1.0.0.2) or none. */
function urlHost(text: string): string | undefined {
  const host = URL.parse(`ws://${text}/`)?.hostname;
  if (host === undefined || host === '') return undefined;
  return text.startsWith('[') || host === text.toLowerCase() ? host : undefined;
}
