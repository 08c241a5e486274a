import { fromBase32, toBase32 } from './base32.ts';

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** An Ed25519 identity key (`IK`), 32 bytes as 52 base32 characters. */
export type IdentityKey = Branded<'IdentityKey'>;
/** SHA-256(`tc1/room` ‖ IK_host ‖ nonce16)[0..16] as 26 base32 characters. */
export type RoomId = Branded<'RoomId'>;
/** One history stream of a room, 8 random bytes as 13 base32 characters. */
export type LogId = Branded<'LogId'>;
/** A message's id chosen by its author, 16 random bytes as 26 base32 characters. */
export type MessageId = Branded<'MessageId'>;
/** A relay's Ed25519 identity key, 32 bytes as 52 base32 characters. */
export type RelayId = Branded<'RelayId'>;

export const IDENTITY_BYTES = 32;
export const ROOM_ID_BYTES = 16;
export const LOG_ID_BYTES = 8;
export const MESSAGE_ID_BYTES = 16;

export function identityKey(bytes: Uint8Array): IdentityKey {
  return branded(bytes, IDENTITY_BYTES) as IdentityKey;
}
export function roomId(bytes: Uint8Array): RoomId {
  return branded(bytes, ROOM_ID_BYTES) as RoomId;
}
export function logId(bytes: Uint8Array): LogId {
  return branded(bytes, LOG_ID_BYTES) as LogId;
}
export function messageId(bytes: Uint8Array): MessageId {
  return branded(bytes, MESSAGE_ID_BYTES) as MessageId;
}
export function relayId(bytes: Uint8Array): RelayId {
  return branded(bytes, IDENTITY_BYTES) as RelayId;
}

/** Undefined when `text` is not a well-formed id of `length` bytes. */
export function parseIdentityKey(text: string): IdentityKey | undefined {
  return fromBase32(text, IDENTITY_BYTES) ? (text.toLowerCase() as IdentityKey) : undefined;
}
export function parseRoomId(text: string): RoomId | undefined {
  return fromBase32(text, ROOM_ID_BYTES) ? (text.toLowerCase() as RoomId) : undefined;
}

export function parseLogId(text: string): LogId | undefined {
  return fromBase32(text, LOG_ID_BYTES) ? (text.toLowerCase() as LogId) : undefined;
}

const lengths = [IDENTITY_BYTES, ROOM_ID_BYTES, LOG_ID_BYTES] as const;

/** The bytes behind any id of this file. */
export function idBytes(id: IdentityKey | RoomId | LogId | MessageId | RelayId): Uint8Array {
  for (const length of lengths) {
    const bytes = fromBase32(id, length);
    if (bytes) return bytes;
  }
  throw new RangeError('not an id');
}

function branded(bytes: Uint8Array, length: number): string {
  if (bytes.length !== length) throw new RangeError(`id of ${bytes.length} bytes, want ${length}`);
  return toBase32(bytes);
}
