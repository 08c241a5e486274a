import { primitives } from '#primitives';
import { u64be, utf8 } from '../bytes.ts';

const label = utf8('tc1/chain');

/** h_0 = SHA-256(`tc1/chain` ‖ room ‖ log). */
export function chainStart(room: Uint8Array, log: Uint8Array): Uint8Array {
  return primitives.sha256(label, room, log);
}

/** h_seq = SHA-256(`tc1/chain` ‖ h_{seq-1} ‖ u64 seq ‖ SHA-256(signed event as encoded)). */
export function chainNext(prev: Uint8Array, seq: number, encodedSignedEvent: Uint8Array): Uint8Array {
  return primitives.sha256(label, prev, u64be(seq), primitives.sha256(encodedSignedEvent));
}
