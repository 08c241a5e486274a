import * as v from 'valibot';
import { encodeCbor } from '../cbor.ts';
import { MAX_SEQ } from '../limits.ts';
import { bytesOf, uint } from '../schema.ts';

/** The state of a log after `seq`, which its host signs under `tc1/head`. `hash` is h_seq of the chain. */
export interface Head {
  readonly room: Uint8Array;
  readonly log: Uint8Array;
  readonly seq: number;
  readonly hash: Uint8Array;
  readonly kepoch: number;
}

/** The exact bytes a host signs. */
export function headBytes(head: Head): Uint8Array {
  return encodeCbor([head.room, head.log, head.seq, head.hash, head.kepoch]);
}

/** A head on the wire, where room and log are known: `[seq, hash, kepoch, sig]`. */
export const headSchema = v.strictTuple([uint(MAX_SEQ), bytesOf(32), uint(0xffff_ffff), bytesOf(64)]);
export type WireHead = v.InferOutput<typeof headSchema>;
