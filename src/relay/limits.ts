import {
  DAY,
  DEFAULT_MAX_MEMBERS,
  KIB,
  LEASE_MS,
  MAIL_MS,
  MAX_FRAME_BYTES,
  MAX_MAILBOX_BYTES,
  MAX_MAILBOX_MESSAGES,
  MAX_ROOMS_PER_CONNECTION,
  MIB,
  MINUTE,
  PING_MS,
  PONG_MS,
  PREKEY_KEEP_MS,
  SECOND,
} from '../shared/limits.ts';

/** What an operator may set; the table of limits in `docs/protocol.md` has one row for each group. */
export interface RelayLimits {
  readonly httpMs: number;
  readonly httpCheckMs: number;
  readonly httpHeaderBytes: number;
  readonly httpHeaders: number;

  readonly frameBytes: number;
  readonly fragments: number;
  readonly pendingPongs: number;
  readonly closeMs: number;

  readonly loginMs: number;
  readonly loginFrames: number;
  readonly loginBytes: number;
  /** Connections of one network that have not logged in yet. */
  readonly loginsPerNetwork: number;

  readonly connections: number;
  /** A network is one IPv4 address or one IPv6 /64. */
  readonly connectionsPerNetwork: number;
  readonly newConnectionsPerNetwork: number;
  readonly newConnectionsMs: number;

  readonly memberFramesPerSecond: number;
  readonly memberFrameBurst: number;
  readonly memberBytesPerSecond: number;
  readonly hostFramesPerSecond: number;
  readonly hostFrameBurst: number;
  readonly hostBytesPerSecond: number;
  /** A sender whose overdraft would take longer than this to pay back is closed instead of paused. */
  readonly pauseMs: number;
  /** Pauses that add up to this without a calm moment close the connection. */
  readonly pausedInARowMs: number;

  readonly roomsPerIdentity: number;
  readonly roomsPerNetwork: number;
  readonly membersPerRoom: number;
  readonly roomsPerConnection: number;
  readonly leaseMs: number;

  readonly joinsPerRoom: number;
  readonly joinsPerRoomMs: number;
  /** Members who come back count apart; as many handshakes of theirs may be unfinished. */
  readonly returnsPerRoom: number;
  readonly returnsPerRoomMs: number;
  /** Dials of one identity to one room. */
  readonly joinsPerIdentity: number;
  readonly joinsPerIdentityMs: number;
  readonly unfinishedPerRoom: number;

  readonly queueBytes: number;
  readonly queueFrames: number;
  readonly queueMs: number;

  readonly mailboxMessages: number;
  readonly mailboxBytes: number;
  readonly mailMs: number;
  /** Whispers that one network may leave here in an hour. */
  readonly mailsPerNetwork: number;
  readonly receiptsPerSender: number;
  readonly prekeyMs: number;
  /** People an owner has written to, remembered for the half of the mailbox that is kept for them. */
  readonly contactsPerOwner: number;
  readonly contactMs: number;
  /** People whose mail an owner does not want. */
  readonly blocksPerOwner: number;
  /** Names of accounts, those still held for their former owner included. */
  readonly names: number;
  /** How long a name that was given up is nobody else's. */
  readonly nameHoldMs: number;
  /** New names of one network in a day. */
  readonly registrationsPerNetwork: number;
  /** Searches for names of one network in a minute. */
  readonly searchesPerNetwork: number;
  /** Wrong passwords in a minute, counted by account and network. */
  readonly loginFailures: number;
  /** Share of the disk in use from which on nothing is stored. */
  readonly diskFull: number;

  readonly pingMs: number;
  readonly pongMs: number;
}

/** What the listener, its sockets and leases are made with: a change takes effect with the next start only. */
export const limitsOfStart: readonly (keyof RelayLimits)[] = [
  'httpMs',
  'httpCheckMs',
  'httpHeaderBytes',
  'httpHeaders',
  'frameBytes',
  'fragments',
  'pendingPongs',
  'closeMs',
  'leaseMs',
];

export const defaultLimits: RelayLimits = {
  httpMs: 5 * SECOND,
  httpCheckMs: 1 * SECOND,
  httpHeaderBytes: 8 * KIB,
  httpHeaders: 50,

  frameBytes: MAX_FRAME_BYTES,
  fragments: 16,
  pendingPongs: 4,
  closeMs: 2 * SECOND,

  loginMs: 10 * SECOND,
  loginFrames: 4,
  loginBytes: 4 * KIB,
  loginsPerNetwork: 8,

  connections: 10_000,
  connectionsPerNetwork: 20,
  newConnectionsPerNetwork: 60,
  newConnectionsMs: 10 * MINUTE,

  memberFramesPerSecond: 20,
  memberFrameBurst: 40,
  memberBytesPerSecond: 64 * KIB,
  hostFramesPerSecond: 200,
  hostFrameBurst: 400,
  hostBytesPerSecond: 1 * MIB,
  pauseMs: 10 * SECOND,
  pausedInARowMs: 60 * SECOND,

  roomsPerIdentity: 3,
  roomsPerNetwork: 6,
  membersPerRoom: DEFAULT_MAX_MEMBERS,
  roomsPerConnection: MAX_ROOMS_PER_CONNECTION,
  leaseMs: LEASE_MS,

  joinsPerRoom: 10,
  joinsPerRoomMs: 10 * SECOND,
  returnsPerRoom: DEFAULT_MAX_MEMBERS,
  returnsPerRoomMs: 10 * SECOND,
  joinsPerIdentity: 5,
  joinsPerIdentityMs: MINUTE,
  unfinishedPerRoom: 8,

  queueBytes: 256 * KIB,
  queueFrames: 512,
  queueMs: 10 * SECOND,

  mailboxMessages: MAX_MAILBOX_MESSAGES,
  mailboxBytes: MAX_MAILBOX_BYTES,
  mailMs: MAIL_MS,
  mailsPerNetwork: 2_000,
  receiptsPerSender: 512,
  prekeyMs: PREKEY_KEEP_MS,
  contactsPerOwner: 512,
  contactMs: 90 * DAY,
  blocksPerOwner: 512,
  names: 100_000,
  nameHoldMs: 90 * DAY,
  registrationsPerNetwork: 3,
  searchesPerNetwork: 20,
  loginFailures: 3,
  diskFull: 0.9,

  pingMs: PING_MS,
  pongMs: PONG_MS,
};
