import * as v from 'valibot';
import type { BanKind } from '../bans/bans.ts';
import type { RelayStatus } from '../status.ts';

/** Longest line of a request. */
export const MAX_REQUEST_BYTES = 4_096;
/** What an operator gives as a reason, for the list of bans and the log. */
export const MAX_REASON = 200;

const target = v.pipe(v.string(), v.minLength(1), v.maxLength(100));
const forMs = v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)));
const reason = v.optional(v.pipe(v.string(), v.maxLength(MAX_REASON)));

/** One line of JSON each; every one is answered by one line. */
export const operatorRequestSchema = v.variant('command', [
  v.strictObject({
    command: v.picklist(['status', 'rooms', 'bans', 'drain', 'reload', 'backup', 'backup-done']),
  }),
  v.strictObject({ command: v.literal('close'), target, forMs, reason }),
  v.strictObject({ command: v.literal('ban'), target, forMs, reason }),
  v.strictObject({ command: v.literal('unban'), target }),
]);

export type OperatorRequest = v.InferOutput<typeof operatorRequestSchema>;

/** What a relay knows of a room: not what it is about, unless its host lists it. */
export interface RoomRow {
  readonly room: string;
  readonly members: number;
  /** They dial, and the host has not let them in. */
  readonly waiting: number;
  /** Of a listed room; as its host wrote it. */
  readonly title?: string | undefined;
  /** The host's identity key. */
  readonly host: string;
  /** The host's connection in the log, and what the log calls its network. */
  readonly connection: number;
  readonly network: string;
}

export interface BanRow {
  readonly kind: BanKind;
  readonly what: string;
  /** Ms since 1970. */
  readonly at: number;
  readonly until?: number | undefined;
  readonly reason: string;
}

export type OperatorAnswer =
  /** One sentence: why it was not done. */
  | { readonly ok: false; readonly text: string }
  | { readonly ok: true; readonly text: string }
  | { readonly ok: true; readonly status: RelayStatus }
  | { readonly ok: true; readonly rooms: readonly RoomRow[] }
  | { readonly ok: true; readonly bans: readonly BanRow[] }
  /** The file stands still until `backup-done`, or until the connection ends. */
  | { readonly ok: true; readonly copy: string };
