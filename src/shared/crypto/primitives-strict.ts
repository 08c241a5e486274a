import { compareBytes, equalBytes, fromHex } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';

/** p = 2^255 - 19, big endian. */
const fieldPrime = fromHex(`7f${'ff'.repeat(30)}ed`);
/** L = 2^252 + 27742317777372353535851937790883648493, big endian. */
const groupOrder = fromHex('1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed');

/** The y coordinates of the eight points of small order, little endian. */
const smallOrders = [
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  `ec${'ff'.repeat(30)}7f`,
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
].map(fromHex);

/**
 * Whether a verifier need look at the signature at all: right lengths, S < L, and key and R canonical and not of small
 * order. Libraries differ in each of these, and a signature must be valid everywhere or nowhere.
 */
export function wellFormedSignature(publicKey: Uint8Array, signature: Uint8Array): boolean {
  return (
    publicKey.length === 32 &&
    signature.length === 64 &&
    acceptablePoint(publicKey) &&
    acceptablePoint(signature.subarray(0, 32)) &&
    compareBytes(reversed(signature.subarray(32)), groupOrder) < 0
  );
}

function acceptablePoint(encoded: Uint8Array): boolean {
  const y = Uint8Array.from(encoded);
  // The top bit is the sign of x; the points of small order are refused with either.
  y[31] = (y[31] ?? 0) & 0x7f;
  if (smallOrders.some((small) => equalBytes(small, y))) return false;
  return compareBytes(reversed(y), fieldPrime) < 0;
}

/** A copy, whatever the caller's bytes are: Buffer's `slice` is none. */
function reversed(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes).reverse();
}

/** Throws `ProtocolError` for the all-zero result that every point of low order gives (RFC 7748 §6.1). */
export function refuseZero(shared: Uint8Array): Uint8Array {
  if (equalBytes(shared, new Uint8Array(32))) throw new ProtocolError('X25519 key of low order');
  return shared;
}

/** Lets only keys and nonces of the right length through; a wrong one is a mistake of ours, not of a peer. */
export function ofLength(length: number, bytes: Uint8Array): Uint8Array {
  if (bytes.length !== length) throw new RangeError(`want ${length} bytes, not ${bytes.length}`);
  return bytes;
}
