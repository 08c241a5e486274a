import { DAY, HARD_MAX_MEMBERS, HOUR, KIB, MAX_FRAME_BYTES, MIB, MINUTE, SECOND } from '../shared/limits.ts';
import { defaultLimits, type RelayLimits } from './limits.ts';

type Range = readonly [least: number, most: number];

const count: Range = [1, 1_000_000];
const rate: Range = [1, 100_000];
const bytesPerSecond: Range = [KIB, 1_024 * MIB];
const someTime: Range = [100, DAY];
const days: Range = [HOUR, 3_650 * DAY];

/** Between which values a limit works: less stops clients from working, more stops the relay, or no client takes it. */
const ranges: Readonly<Record<keyof RelayLimits, Range>> = {
  httpMs: [SECOND, 60 * SECOND],
  httpCheckMs: [100, 60 * SECOND],
  httpHeaderBytes: [KIB, 64 * KIB],
  httpHeaders: [10, 1_000],
  // A client takes no larger frame, and a room's largest has to fit.
  frameBytes: [32 * KIB, MAX_FRAME_BYTES],
  fragments: [1, 1_000],
  pendingPongs: [1, 100],
  closeMs: [100, 30 * SECOND],
  loginMs: [SECOND, MINUTE],
  loginFrames: [1, 100],
  loginBytes: [KIB, 64 * KIB],
  loginsPerNetwork: count,
  connections: count,
  connectionsPerNetwork: count,
  newConnectionsPerNetwork: count,
  newConnectionsMs: someTime,
  memberFramesPerSecond: rate,
  memberFrameBurst: rate,
  memberBytesPerSecond: bytesPerSecond,
  hostFramesPerSecond: rate,
  hostFrameBurst: rate,
  hostBytesPerSecond: bytesPerSecond,
  pauseMs: someTime,
  pausedInARowMs: someTime,
  roomsPerIdentity: [0, 10_000],
  roomsPerNetwork: [0, 1_000_000],
  membersPerRoom: [1, HARD_MAX_MEMBERS],
  roomsPerConnection: [1, 1_000],
  // A host renews every 20 s.
  leaseMs: [30 * SECOND, HOUR],
  joinsPerRoom: count,
  joinsPerRoomMs: someTime,
  returnsPerRoom: count,
  returnsPerRoomMs: someTime,
  joinsPerIdentity: count,
  joinsPerIdentityMs: someTime,
  unfinishedPerRoom: [1, 10_000],
  queueBytes: [64 * KIB, 64 * MIB],
  queueFrames: [16, 100_000],
  queueMs: [SECOND, MINUTE],
  mailboxMessages: [0, 100_000],
  mailboxBytes: [0, 1_024 * MIB],
  mailMs: days,
  mailsPerNetwork: count,
  receiptsPerSender: [1, 100_000],
  prekeyMs: days,
  contactsPerOwner: [0, 100_000],
  contactMs: days,
  blocksPerOwner: [0, 100_000],
  names: [0, 10_000_000],
  nameHoldMs: [0, 3_650 * DAY],
  registrationsPerNetwork: [1, 1_000_000],
  searchesPerNetwork: [1, 1_000_000],
  loginFailures: [1, 1_000_000],
  diskFull: [0.01, 1],
  // A client gives up after 40 s of silence.
  pingMs: [SECOND, 30 * SECOND],
  pongMs: [SECOND, 60 * SECOND],
};

/** What a limit is called in files and options, by its name here: `rooms-per-identity`. */
export function limitName(name: keyof RelayLimits): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

export const limitNames: ReadonlyMap<string, keyof RelayLimits> = new Map(
  (Object.keys(defaultLimits) as (keyof RelayLimits)[]).map((name) => [limitName(name), name]),
);

/** What is wrong with the value, or undefined: `wants …`. */
export function limitProblem(name: keyof RelayLimits, value: number): string | undefined {
  const [least, most] = ranges[name];
  const whole = name === 'diskFull' || Number.isInteger(value);
  if (whole && value >= least && value <= most) return undefined;
  return `wants a ${name === 'diskFull' ? '' : 'whole '}number from ${least} to ${most}`;
}
