/** Everything a relay or a host can answer instead of doing what was asked; the client has one sentence for each. */
export const refusalCodes = [
  'already-hosting',
  'bad-entry',
  'bad-event',
  'banned',
  'draining',
  'fenced',
  'host-away',
  'host-closed',
  'internal',
  'join-limit',
  'left',
  'login-failed',
  'login-limit',
  'login-timeout',
  'mailbox-full',
  'no-circuit',
  'no-such-room',
  'not-allowed',
  'not-delivered',
  'protocol',
  'room-busy',
  'room-full',
  'room-limit',
  'signed-in-elsewhere',
  'slow-consumer',
  'slow-down',
  'storage-full',
  'taken',
  'too-fast',
  'too-large',
  'too-long',
  'too-many-connections',
  'too-many-lines',
  'too-many-tries',
  'unsupported-version',
  'wrong-code',
] as const;

export type RefusalCode = (typeof refusalCodes)[number];

/** A refusal by design: returned, never thrown. `retryMs` says when trying again can help, `limit` what was exceeded. */
export interface Rejection {
  readonly code: RefusalCode;
  readonly retryMs?: number;
  readonly limit?: number;
}

/** A peer broke the rules of the protocol; caught once at its connection and turned into a close code. */
export class ProtocolError extends Error {
  readonly code: RefusalCode;
  constructor(message: string, code: RefusalCode = 'protocol') {
    super(message);
    this.name = 'ProtocolError';
    this.code = code;
  }
}

/** Makes a missing case of a union a compile error. */
export function assertNever(value: never): never {
  throw new Error(`unexpected case: ${JSON.stringify(value)}`);
}
