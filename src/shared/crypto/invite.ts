import { primitives } from '#primitives';
import { fromBase32, toBase32 } from '../base32.ts';
import { utf8 } from '../bytes.ts';
import { parseIdentityKey, parseRoomId, type IdentityKey, type RoomId } from '../ids.ts';
import { DEFAULT_RELAY_PORT, DEFAULT_TLS_PORT } from '../ports.ts';

const CODE_BYTES = 16;
/** Characters of a room id, a key, a code and the check in base32. */
const ROOM_LETTERS = 26;
const KEY_LETTERS = 52;
const CODE_LETTERS = 26;
const CHECK_LETTERS = 4;
const defaultPorts = { tc: DEFAULT_RELAY_PORT, tcs: DEFAULT_TLS_PORT } as const;

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

/**
 * `tc://relay[:port]/room_id#IK_host[.code]~check`, `tcs://` for TLS. Throws `RangeError` for a host that no URL can
 * have.
 */
export function formatInvite(invite: Invite): string {
  const link = uncheckedLink(invite);
  return `${link}~${checkOf(link)}`;
}

function uncheckedLink(invite: Invite): string {
  const scheme = invite.tls ? 'tcs' : 'tc';
  const host = urlHost(invite.host);
  if (host === undefined) throw new RangeError('not a host name');
  const port = invite.port === undefined || invite.port === defaultPorts[scheme] ? '' : `:${invite.port}`;
  const code = invite.code ? `.${formatCode(invite.code)}` : '';
  return `${scheme}://${host}${port}/${invite.room}#${invite.key}${code}`;
}

const inviteForm =
  /^(tcs?):\/\/([0-9a-z._-]+|\[[0-9a-f:.]+\])(?::([1-9]\d{0,4}))?\/([a-z2-7]+)#([a-z2-7]+)(?:\.([a-z2-7]+))?(?:~([a-z2-7]+))?$/i;

/**
 * Undefined for anything but an invite; case is forgiven, since QR codes are shorter in capitals. The check may be
 * missing, but not be another's.
 */
export function parseInvite(text: string): Invite | undefined {
  const [, scheme, hostText, portText, roomText, keyText, codeText, check] = inviteForm.exec(text) ?? [];
  if (!scheme || !hostText || !roomText || !keyText) return undefined;
  const tls = scheme.toLowerCase() === 'tcs';
  const host = urlHost(hostText);
  const room = parseRoomId(roomText);
  const key = parseIdentityKey(keyText);
  const code = codeText === undefined ? undefined : fromBase32(codeText, CODE_BYTES);
  const port = portText === undefined ? undefined : Number(portText);
  if (host === undefined || !room || !key || (codeText !== undefined && !code)) return undefined;
  if (port !== undefined && port > 65_535) return undefined;
  const invite = {
    tls,
    host,
    ...(port !== undefined && port !== defaultPorts[tls ? 'tcs' : 'tc'] && { port }),
    room,
    key,
    ...(code && { code }),
  };
  const right = check === undefined || check.toLowerCase() === checkOf(uncheckedLink(invite));
  return right ? invite : undefined;
}

/** Whether somebody meant this to be an invite, of whatever version. */
export function looksLikeInvite(text: string): boolean {
  return /^tcs?\d*:/i.test(text);
}

/**
 * What is wrong with something that looks like an invite and is none: made by another version, cut off, or changed on its
 * way.
 */
export function inviteFlaw(text: string): 'version' | 'cut' | 'damaged' {
  if (/^tcs?\d+:/i.test(text)) return 'version';
  const [, room = '', key = '', code, check] = beginning.exec(text) ?? ['', undefined, '-'];
  const whole = room.length >= ROOM_LETTERS && key.length >= KEY_LETTERS;
  const codeWhole = code === undefined || code.length >= CODE_LETTERS;
  const checkWhole = check === undefined || check.length >= CHECK_LETTERS;
  const isBeginning = key !== '-' && (check === undefined || (whole && codeWhole));
  return isBeginning && !(whole && codeWhole && checkWhole) ? 'cut' : 'damaged';
}

/** Any beginning of an invite, with room, key, code and check as far as they go. */
const beginning =
  /^tcs?:(?:\/(?:\/(?:[0-9a-z._:[\]-]*(?:\/([a-z2-7]*)(?:#([a-z2-7]*)(?:\.([a-z2-7]*))?(?:~([a-z2-7]*))?)?)?)?)?)?$/i;

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

/** 20 bits that tell a slip of the finger: the first of SHA-256(`tc1/invite` ‖ the link before it). */
function checkOf(link: string): string {
  const digest = primitives.sha256(utf8('tc1/invite'), utf8(link));
  return toBase32(digest.subarray(0, 3)).slice(0, CHECK_LETTERS);
}

/** The one spelling of a host; undefined when a URL would read another one into it (`1.2` is 1.0.0.2) or none. */
function urlHost(text: string): string | undefined {
  const host = URL.parse(`ws://${text}/`)?.hostname;
  if (host === undefined || host === '') return undefined;
  return text.startsWith('[') || host === text.toLowerCase() ? host : undefined;
}
