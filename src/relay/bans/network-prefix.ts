import { isIPv4 } from 'node:net';
import { networkOf } from '../network.ts';

/** Narrower ones leave too much of the world outside. */
const SHORTEST = { 4: 8, 6: 16 } as const;
/** Bits that a network of the limits has: an IPv4 address, or the /64 of an IPv6 one. */
const BITS = { 4: 32, 6: 64 } as const;

/** The first `length` bits of IPv4 addresses, or of the /64s of IPv6 ones. */
export interface NetworkPrefix {
  readonly family: 4 | 6;
  readonly length: number;
  readonly bits: bigint;
}

/** An address or a CIDR block; an IPv6 address stands for its /64. Undefined for anything else, and for half the Internet. */
export function parsePrefix(text: string): NetworkPrefix | undefined {
  const [address = '', given, ...rest] = text.split('/');
  const whole = prefixOf(networkOf(address));
  if (!whole || rest.length > 0 || (given !== undefined && !/^\d{1,3}$/.test(given))) return undefined;
  const { family } = whole;
  const length = Math.min(given === undefined ? BITS[family] : Number(given), BITS[family]);
  return length < SHORTEST[family] ? undefined : shortened(whole, length);
}

/** Of a key that `networkOf` made. */
export function prefixOf(network: string): NetworkPrefix | undefined {
  const family = isIPv4(network) ? 4 : 6;
  const parts = network
    .split(family === 4 ? '.' : ':')
    .map((part) => Number.parseInt(part, family === 4 ? 10 : 16));
  const width = family === 4 ? 8n : 16n;
  if (parts.length !== 4) return undefined;
  return {
    family,
    length: BITS[family],
    bits: parts.reduce((bits, part) => (bits << width) | BigInt(part), 0n),
  };
}

export function shortened({ family, length, bits }: NetworkPrefix, to: number): NetworkPrefix {
  return { family, length: to, bits: bits >> BigInt(length - to) };
}

/** As `parsePrefix` reads it. */
export function formatPrefix({ family, length, bits }: NetworkPrefix): string {
  const width = family === 4 ? 8n : 16n;
  const whole = bits << BigInt(BITS[family] - length);
  const parts = [3n, 2n, 1n, 0n].map((place) => (whole >> (place * width)) & ((1n << width) - 1n));
  if (family === 6) return `${parts.map((part) => part.toString(16)).join(':')}::/${length}`;
  return length === BITS[4] ? parts.join('.') : `${parts.join('.')}/${length}`;
}
