import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { randomBytes } from '../shared/crypto/sign.ts';
import { toBase32 } from '../shared/base32.ts';
import { DAY } from '../shared/limits.ts';
import type { Clock } from './clock.ts';

const ALIAS_BYTES = 5;

/**
 * What logs call a network: the same all day (UTC), another the next, made with a key that is in memory only and is
 * forgotten at the end of the day. Nobody, the operator included, can find an address from a log of yesterday.
 */
export class NetworkAliases {
  readonly #clock: Clock;
  #day = Number.NaN;
  #key: KeyObject | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  of(network: string): string {
    this.prune();
    if (!this.#key) {
      this.#day = this.#today();
      // Bytes instead of a key object cost four times as much at each login.
      this.#key = createSecretKey(randomBytes(32));
    }
    const digest = createHmac('sha256', this.#key).update(network).digest();
    return `net-${toBase32(digest.subarray(0, ALIAS_BYTES))}`;
  }

  /** Forgets the key of a day that is over: nobody may come in for a long time who would have it replaced. */
  prune(): void {
    if (this.#today() !== this.#day) this.#key = undefined;
  }

  #today(): number {
    return Math.floor(this.#clock.wall() / DAY);
  }
}
