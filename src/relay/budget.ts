import type { LoginPurpose } from '../shared/wire/login.ts';
import type { RelayLimits } from './limits.ts';
import type { Rate } from './rate-limit.ts';

/** Seconds of its sustained byte rate that a connection may send at once. */
const BYTE_BURST_SECONDS = 2;

/** What a connection may send once it is logged in. */
export interface Budget {
  readonly frames: Rate;
  readonly bytes: Rate;
}

export function budgetsOf(limits: RelayLimits): Readonly<Record<LoginPurpose, Budget>> {
  const budget = (framesPerSecond: number, frameBurst: number, bytesPerSecond: number): Budget => ({
    frames: { perSecond: framesPerSecond, burst: frameBurst },
    bytes: { perSecond: bytesPerSecond, burst: bytesPerSecond * BYTE_BURST_SECONDS },
  });
  return {
    member: budget(limits.memberFramesPerSecond, limits.memberFrameBurst, limits.memberBytesPerSecond),
    host: budget(limits.hostFramesPerSecond, limits.hostFrameBurst, limits.hostBytesPerSecond),
  };
}
