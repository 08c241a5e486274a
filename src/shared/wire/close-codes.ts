/** WebSocket close codes a relay uses (RFC 6455 §7.4; 4000 and up are ours). */
export const closeCodes = {
  /** The relay is draining: come back after a jittered delay. */
  goingAway: 1001,
  protocolError: 1002,
  unsupportedData: 1003,
  tooBig: 1009,
  internal: 1011,
  loginTimeout: 4001,
  loginFailed: 4002,
  signedInElsewhere: 4003,
  tooFast: 4004,
  slowConsumer: 4005,
  tooManyConnections: 4006,
  /** The operator keeps this key, network or room out. */
  refused: 4007,
} as const;

export type CloseCode = (typeof closeCodes)[keyof typeof closeCodes];
