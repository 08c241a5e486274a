import { ProtocolError } from '../errors.ts';

const LENGTH_BYTES = 2;
const STEP = 4_096;
const castSizes = [256, 1_024, 4_096, 16_384] as const;
/** For whispers, of which the longest must fit a mailbox's limit. */
export const whisperSizes = [256, 1_024, 4_096] as const;

/** Longest padded message, so that a cast with its headers fits one frame. */
export const MAX_PADDED_BYTES = 15 * STEP;
export const MAX_PADDABLE_BYTES = MAX_PADDED_BYTES - LENGTH_BYTES;

/**
 * `u16 length ‖ plaintext ‖ zeros`, so that only one of a few sizes shows: those of `sizes`, then multiples of 4096.
 * Throws `RangeError` above `MAX_PADDABLE_BYTES`.
 */
export function pad(plaintext: Uint8Array, sizes: readonly number[] = castSizes): Uint8Array {
  if (plaintext.length > MAX_PADDABLE_BYTES) throw new RangeError('too long to pad');
  const padded = new Uint8Array(paddedLength(plaintext.length, sizes));
  new DataView(padded.buffer).setUint16(0, plaintext.length);
  padded.set(plaintext, LENGTH_BYTES);
  return padded;
}

/** Throws `ProtocolError` unless `padded` is exactly what `pad` makes with the same `sizes`. */
export function unpad(padded: Uint8Array, sizes: readonly number[] = castSizes): Uint8Array {
  if (padded.length < LENGTH_BYTES) throw new ProtocolError('padding cut off');
  const length = new DataView(padded.buffer, padded.byteOffset, padded.length).getUint16(0);
  const end = LENGTH_BYTES + length;
  if (length > MAX_PADDABLE_BYTES || padded.length !== paddedLength(length, sizes))
    throw new ProtocolError('padding of a wrong length');
  if (padded.subarray(end).some((byte) => byte !== 0)) throw new ProtocolError('padding not zero');
  return Uint8Array.from(padded.subarray(LENGTH_BYTES, end));
}

/** Of what `pad` makes. */
export function paddedLength(length: number, sizes: readonly number[] = castSizes): number {
  const total = LENGTH_BYTES + length;
  return sizes.find((size) => total <= size) ?? Math.ceil(total / STEP) * STEP;
}
