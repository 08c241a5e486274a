import * as v from 'valibot';
import { decodeCbor, encodeCbor } from '../cbor.ts';
import { IDENTITY_BYTES, ROOM_ID_BYTES } from '../ids.ts';
import { MAX_TITLE_BYTES, MAX_TOPIC_BYTES } from '../limits.ts';
import { bytesOf, parseWith, textOf, uint } from '../schema.ts';

/**
 * What a host signs under `tc1/list` to have its room listed. The text is the host's own and not sanitised.
 * `rev` rises with every change; `expires` is in seconds since 1970.
 */
export const listingSchema = v.strictObject({
  room: bytesOf(ROOM_ID_BYTES),
  host: bytesOf(IDENTITY_BYTES),
  nonce: bytesOf(16),
  title: textOf(MAX_TITLE_BYTES),
  topic: textOf(MAX_TOPIC_BYTES),
  /** A join code is needed. */
  code: v.boolean(),
  rev: uint(),
  expires: uint(),
});

export type ListingBody = v.InferOutput<typeof listingSchema>;

export function encodeListing(body: ListingBody): Uint8Array {
  return encodeCbor(body);
}

/** Throws `ProtocolError`; the signature and the room id are checked by whoever holds the crypto. */
export function decodeListing(bytes: Uint8Array): ListingBody {
  return parseWith(listingSchema, decodeCbor(bytes), 'listing');
}
