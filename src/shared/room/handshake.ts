import * as v from 'valibot';
import { decodeCbor, encodeCbor } from '../cbor.ts';
import { LOG_ID_BYTES } from '../ids.ts';
import { MAX_NICK_BYTES } from '../limits.ts';
import { bytesOf, parseWith, textOf, uint } from '../schema.ts';
import { deviceCertificateSchema } from './certificates.ts';

export const ROOM_VERSION = 1;

/** Where a member's own copy of the log ends. */
export const resumeSchema = v.strictObject({ log: bytesOf(LOG_ID_BYTES), seq: uint(), hash: bytesOf(32) });
export type Resume = v.InferOutput<typeof resumeSchema>;

/** Payload of handshake message 2, host → member. */
const hostHelloSchema = v.strictObject({
  v: uint(255),
  cert: deviceCertificateSchema,
  /** With the certificate's identity it makes the room id. */
  nonce: bytesOf(16),
});
export type HostHello = v.InferOutput<typeof hostHelloSchema>;

/** Payload of handshake message 3, member → host. */
export const memberHelloSchema = v.strictObject({
  v: uint(255),
  cert: deviceCertificateSchema,
  nick: textOf(MAX_NICK_BYTES),
  /** Optional abilities of the client; unknown ones are ignored. */
  caps: v.pipe(v.array(textOf(32)), v.maxLength(16)),
  resume: v.optional(resumeSchema),
});
export type MemberHello = v.InferOutput<typeof memberHelloSchema>;

export function encodeHostHello(hello: HostHello): Uint8Array {
  return encodeCbor(hello);
}
export function decodeHostHello(bytes: Uint8Array): HostHello {
  return parseWith(hostHelloSchema, decodeCbor(bytes), 'host hello');
}
export function encodeMemberHello(hello: MemberHello): Uint8Array {
  return encodeCbor(hello);
}
export function decodeMemberHello(bytes: Uint8Array): MemberHello {
  return parseWith(memberHelloSchema, decodeCbor(bytes), 'member hello');
}
