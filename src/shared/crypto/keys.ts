import { primitives } from '#primitives';
import { compareBytes, concatBytes, toHex, utf8 } from '../bytes.ts';

const SUITE = 0x01;
const VERSION = 0x01;

/** The handshake's psk: HKDF(join code, salt = room id, info = `tc1/join`), or 32 zero bytes for an open room. */
export function joinPsk(code: Uint8Array | undefined, room: Uint8Array): Uint8Array {
  return code ? primitives.hkdfSha256(code, room, utf8('tc1/join'), 32) : new Uint8Array(32);
}

/** What both ends of a handshake must agree on beforehand: suite, version, room, relay, and the circuit's `conv`. */
export function handshakePrologue(binding: {
  readonly room: Uint8Array;
  readonly relay: Uint8Array;
  readonly conv: Uint8Array;
}): Uint8Array {
  const { room, relay, conv } = binding;
  return concatBytes(utf8('tc1/hs'), Uint8Array.of(SUITE, VERSION), room, relay, conv);
}

/**
 * What two people read to each other to be sure of their keys, the same on both sides: the first 60 decimal digits of
 * SHA-512(`tc1/safety` ‖ the keys in byte order) read as a fraction between 0 and 1, in 12 groups of 5.
 */
export function safetyNumber(a: Uint8Array, b: Uint8Array): string {
  const [first, second] = compareBytes(a, b) <= 0 ? [a, b] : [b, a];
  const digest = primitives.sha512(utf8('tc1/safety'), first, second);
  const digits = ((BigInt(`0x${toHex(digest)}`) * 10n ** 60n) >> 512n).toString().padStart(60, '0');
  return (digits.match(/.{5}/g) ?? []).join(' ');
}
