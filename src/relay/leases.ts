import type { Rejection } from '../shared/errors.ts';
import type { RoomId } from '../shared/ids.ts';

export interface Lease {
  readonly room: RoomId;
  /** Rises with every lease ever given, also across restarts: of two hosts the one with the higher number is right. */
  readonly fence: number;
  /** Monotonic milliseconds. */
  expiresAt: number;
}

/** Who holds which room. One live lease a room; times are monotonic milliseconds. */
export class Leases {
  readonly #held = new Map<RoomId, Lease>();
  readonly #leaseMs: number;
  readonly #nextFence: () => number;

  constructor(leaseMs: number, nextFence: () => number) {
    this.#leaseMs = leaseMs;
    this.#nextFence = nextFence;
  }

  take(room: RoomId, now: number): Lease | Rejection {
    const current = this.#held.get(room);
    if (current && current.expiresAt > now)
      return { code: 'taken', retryMs: Math.ceil(current.expiresAt - now) };
    const lease = { room, fence: this.#nextFence(), expiresAt: now + this.#leaseMs };
    this.#held.set(room, lease);
    return lease;
  }

  renew(room: RoomId, fence: number, now: number): Lease | Rejection {
    const lease = this.#held.get(room);
    if (!lease || lease.fence !== fence || lease.expiresAt <= now) return { code: 'fenced' };
    lease.expiresAt = now + this.#leaseMs;
    return lease;
  }

  /** An older fence releases nothing. */
  release(room: RoomId, fence: number): void {
    if (this.#held.get(room)?.fence === fence) this.#held.delete(room);
  }

  expired(now: number): Lease[] {
    return [...this.#held.values()].filter((lease) => lease.expiresAt <= now);
  }
}
