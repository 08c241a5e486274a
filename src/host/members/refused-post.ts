import * as v from 'valibot';
import { utf8 } from '../../shared/bytes.ts';
import { decodeCbor } from '../../shared/cbor.ts';
import type { Rejection } from '../../shared/errors.ts';
import { LOG_ID_BYTES, MESSAGE_ID_BYTES, ROOM_ID_BYTES } from '../../shared/ids.ts';
import { MAX_TEXT_BYTES } from '../../shared/limits.ts';
import { bytesOf, uint } from '../../shared/schema.ts';

const looseEvent = v.strictTuple([
  bytesOf(ROOM_ID_BYTES),
  bytesOf(LOG_ID_BYTES),
  bytesOf(MESSAGE_ID_BYTES),
  uint(),
  v.string(),
  uint(),
  v.looseObject({ text: v.optional(v.string()) }),
]);

/** What to answer to an event that does not decode but has an id; undefined when there is nothing to answer to. */
export function refusedPost(bytes: Uint8Array): { id: Uint8Array; rejection: Rejection } | undefined {
  const parsed = v.safeParse(looseEvent, decodeCbor(bytes));
  if (!parsed.success) return undefined;
  const [, , id, , , , { text }] = parsed.output;
  const tooLong = text !== undefined && utf8(text).length > MAX_TEXT_BYTES;
  return { id, rejection: tooLong ? { code: 'too-long', limit: MAX_TEXT_BYTES } : { code: 'bad-event' } };
}
