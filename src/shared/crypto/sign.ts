import { primitives } from '#primitives';
import { toBase32 } from '../base32.ts';
import { concatBytes, utf8 } from '../bytes.ts';
import { ROOM_ID_BYTES } from '../ids.ts';
import { MARK_BYTES } from '../limits.ts';

/** What a signature is for; one made for one purpose is worthless for every other. */
export const labels = {
  ev: 'tc1/ev',
  head: 'tc1/head',
  login: 'tc1/login',
  hello: 'tc1/hello',
  list: 'tc1/list',
  deviceKey: 'tc1/dk',
  prekey: 'tc1/spk',
  whisper: 'tc1/dm-sig',
  name: 'tc1/name',
  passwordProof: 'tc1/proof',
} as const;

export type Label = (typeof labels)[keyof typeof labels];

/** Ed25519 over `label ‖ 0x00 ‖ bytes`; `bytes` are what is sent, never a re-encoding. */
export function sign(label: Label, seed: Uint8Array, bytes: Uint8Array): Uint8Array {
  return primitives.ed25519Sign(seed, labelled(label, bytes));
}

/** Strict; false for keys and signatures of any shape, never throws. */
export function verify(
  label: Label,
  publicKey: Uint8Array,
  bytes: Uint8Array,
  signature: Uint8Array,
): boolean {
  return primitives.ed25519Verify(publicKey, labelled(label, bytes), signature);
}

/** Somebody who can sign; the seed stays inside. */
export interface Signer {
  readonly publicKey: Uint8Array;
  sign(label: Label, bytes: Uint8Array): Uint8Array;
}

/** `seed` is 32 bytes and is copied. */
export function signerFrom(seed: Uint8Array): Signer {
  const signBytes = primitives.ed25519Signer(seed);
  return {
    publicKey: primitives.ed25519PublicKey(seed),
    sign: (label, bytes) => signBytes(labelled(label, bytes)),
  };
}

/** SHA-256(`tc1/room` ‖ host key ‖ nonce16)[0..16]: the id proves whose room it is. */
export function makeRoomId(hostKey: Uint8Array, nonce: Uint8Array): Uint8Array {
  return primitives.sha256(utf8('tc1/room'), hostKey, nonce).slice(0, 16);
}

/** Four base32 characters that tell apart people of one name: the first of SHA-256(`tc1/tag` ‖ key). */
export function keyTag(publicKey: Uint8Array): string {
  return toBase32(primitives.sha256(utf8('tc1/tag'), publicKey).subarray(0, 3)).slice(0, 4);
}

/** Stands for somebody who is expected in a room: 8 bytes that tell no stranger who it is. */
export function memberMark(room: Uint8Array, identity: Uint8Array): Uint8Array {
  return primitives.sha256(utf8('tc1/mark'), room, identity).slice(0, MARK_BYTES);
}

/** Stands for a room where its id must not be told: who does not know the room learns nothing by it. */
export function blindRoom(room: Uint8Array): Uint8Array {
  return primitives.sha256(utf8('tc1/blind'), room).slice(0, ROOM_ID_BYTES);
}

/** Cryptographically strong. */
export function randomBytes(length: number): Uint8Array {
  return primitives.randomBytes(length);
}

function labelled(label: Label, bytes: Uint8Array): Uint8Array {
  // The zero byte keeps a label from being the beginning of another.
  return concatBytes(utf8(label), new Uint8Array(1), bytes);
}
