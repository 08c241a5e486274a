/** Everything a relay or a host can answer instead of doing what was asked; the client has one sentence for each. */
export const refusalCodes = [
  'already-hosting',
  'bad-entry',
  'bad-event',
  'bad-name',
  'banned',
  'draining',
  'fenced',
  'has-name',
  'host-away',
  'host-closed',
  'internal',
  'invite-expired',
  'invite-limit',
  'invite-revoked',
  'invite-used',
  'invites-filtered',
  'join-limit',
  'kicked',
  'left',
  'links-filtered',
  'login-failed',
  'login-limit',
  'login-timeout',
  'mail-waiting',
  'list-full',
  'mailbox-full',
  'muted',
  'no-change',
  'name-lookalike',
  'name-taken',
  'no-circuit',
  'no-code',
  'no-such-line',
  'no-such-member',
  'no-such-name',
  'no-such-room',
  'not-allowed',
  'not-delivered',
  'outranked',
  'protocol',
  'registration-limit',
  'relay-banned',
  'relay-private',
  'room-barred',
  'room-busy',
  'room-full',
  'room-limit',
  'search-limit',
  'signed-in-elsewhere',
  'slow-consumer',
  'slow-down',
  'storage-full',
  'taken',
  'target-owner',
  'target-self',
  'too-fast',
  'too-large',
  'too-long',
  'too-many-changes',
  'too-many-connections',
  'too-many-lines',
  'too-many-rooms',
  'too-many-tries',
  'unsupported-version',
  'wrong-code',
  'wrong-password',
] as const;

export type RefusalCode = (typeof refusalCodes)[number];

const codes: ReadonlySet<string> = new Set(refusalCodes);

/** Whether it is a word of a relay or a host, rather than what was seen from here. */
export function isRefusalCode(code: string): code is RefusalCode {
  return codes.has(code);
}

/** A refusal by design: returned, never thrown. `retryMs` says when trying again can help, `limit` what was exceeded. */
export interface Rejection {
  readonly code: RefusalCode;
  readonly retryMs?: number;
  readonly limit?: number;
  /** What a person gave as the reason. */
  readonly reason?: string;
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

/** What `read` makes of bytes of others; undefined where they break the rules of the protocol. */
export function ifWellFormed<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

/** Makes a missing case of a union a compile error. */
export function assertNever(value: never): never {
  throw new Error(`unexpected case: ${JSON.stringify(value)}`);
}
