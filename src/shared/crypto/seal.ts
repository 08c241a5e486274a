import { primitives } from '#primitives';
import { concatBytes, readU32, readU64, u32be, u64be, utf8 } from '../bytes.ts';
import { ifWellFormed, ProtocolError } from '../errors.ts';
import { pad, unpad } from './pad.ts';
import { AEAD_TAG_BYTES } from './primitives.ts';

const NONCE_AT = 12;
const NONCE_BYTES = 24;
const HEADER_BYTES = NONCE_AT + NONCE_BYTES;

/** `seq` is 0 for a hint, which is never part of the log. */
export interface CastHeader {
  readonly kepoch: number;
  readonly seq: number;
}

interface Log {
  readonly room: Uint8Array;
  readonly log: Uint8Array;
}

/** `u32 kepoch ‖ u64 seq ‖ nonce24 ‖ XChaCha20-Poly1305(key, pad(plaintext))`; room and log are bound, not sent. */
export function sealCast(key: Uint8Array, header: Log & CastHeader, plaintext: Uint8Array): Uint8Array {
  const nonce = primitives.randomBytes(NONCE_BYTES);
  const sealed = primitives.xchachaSeal(key, nonce, castAad(header, header), pad(plaintext));
  return concatBytes(u32be(header.kepoch), u64be(header.seq), nonce, sealed);
}

/** Says which key is wanted; nothing in it is proven before `openCast`. Throws `ProtocolError`. */
export function castHeader(payload: Uint8Array): CastHeader {
  if (payload.length < HEADER_BYTES + AEAD_TAG_BYTES) throw new ProtocolError('cast too short');
  try {
    return { kepoch: readU32(payload, 0), seq: readU64(payload, 4) };
  } catch {
    throw new ProtocolError('cast with an impossible seq');
  }
}

/** Undefined when it was not sealed with this key for this room and log, or is no cast at all. */
export function openCast(key: Uint8Array, where: Log, payload: Uint8Array): Uint8Array | undefined {
  return ifWellFormed(() => {
    const aad = castAad(where, castHeader(payload));
    const nonce = payload.subarray(NONCE_AT, HEADER_BYTES);
    const padded = primitives.xchachaOpen(key, nonce, aad, payload.subarray(HEADER_BYTES));
    return padded && unpad(padded);
  });
}

function castAad({ room, log }: Log, { kepoch, seq }: CastHeader): Uint8Array {
  return concatBytes(utf8('tc1/cast'), room, log, u32be(kepoch), u64be(seq));
}
