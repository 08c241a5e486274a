import * as v from 'valibot';
import { decodeCbor, encodeCbor } from '../cbor.ts';
import { IDENTITY_BYTES, MESSAGE_ID_BYTES } from '../ids.ts';
import { MAX_NICK_BYTES, MAX_TEXT_BYTES, MAX_TIME_MS } from '../limits.ts';
import { bytesOf, parseWith, textOf, uint } from '../schema.ts';

/** What a whisper says, before it is signed and sealed. Text and nick are as the sender wrote them. */
export const whisperSchema = v.strictObject({
  from: bytesOf(IDENTITY_BYTES),
  to: bytesOf(IDENTITY_BYTES),
  id: bytesOf(MESSAGE_ID_BYTES),
  /** The sender's clock, ms since 1970. */
  time: uint(MAX_TIME_MS),
  /** The sender's previous whisper to this recipient, so that a missing one is noticed. */
  prev: v.optional(bytesOf(MESSAGE_ID_BYTES)),
  nick: textOf(MAX_NICK_BYTES),
  text: textOf(MAX_TEXT_BYTES),
});
export type WhisperBody = v.InferOutput<typeof whisperSchema>;

export function encodeWhisper(body: WhisperBody): Uint8Array {
  return encodeCbor(body);
}
/** Throws `ProtocolError`. */
export function decodeWhisper(bytes: Uint8Array): WhisperBody {
  return parseWith(whisperSchema, decodeCbor(bytes), 'whisper');
}
