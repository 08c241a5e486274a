import { createHmac } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { KeyedBuckets, type Rate } from '../rate-limit.ts';
import type { Allowances } from './allowances.ts';

const MARK_BYTES = 16;

export interface LastingBucketsParts {
  readonly rate: Rate;
  /** Keys remembered; the least recently used is forgotten first. */
  readonly maxKeys: number;
  /** What is kept under. */
  readonly kind: string;
  readonly allowances: Allowances;
  /** Keys name networks and people: what is written down of them is a mark made with this. */
  readonly secret: Uint8Array;
  readonly clock: Clock;
}

/** Buckets whose levels outlast a restart: nobody gets a new allowance by having a relay restarted. */
export class LastingBuckets {
  readonly #parts: LastingBucketsParts;
  readonly #buckets: KeyedBuckets;

  constructor(parts: LastingBucketsParts) {
    const { rate, maxKeys, kind, allowances, clock } = parts;
    this.#parts = parts;
    this.#buckets = new KeyedBuckets(rate, maxKeys, (mark) => allowances.remove(kind, mark));
    for (const { mark, level, at } of allowances.all(kind)) {
      // A wall clock that was set back fills nothing; how far it was set ahead nobody can tell.
      const since = Math.max(0, clock.wall() - at);
      this.#buckets.restore(mark, level + (since * rate.perSecond) / 1_000, clock.monotonic());
    }
    this.prune();
  }

  /** Resolves with 0, or the ms after which trying again can help, once what was taken is durable. */
  async tryTake(key: string): Promise<number> {
    const mark = this.#mark(key);
    const wait = this.#buckets.tryTake(mark, this.#parts.clock.monotonic());
    if (wait === 0) await this.#keep(mark);
    return wait;
  }

  /** Undoes a `tryTake` that was granted. */
  async giveBack(key: string): Promise<void> {
    const mark = this.#mark(key);
    this.#buckets.giveBack(mark);
    await this.#keep(mark);
  }

  changeRate(rate: Rate): void {
    this.#buckets.changeRate(rate, this.#parts.clock.monotonic());
  }

  /** Drops what is full again and so says nothing. */
  prune(): void {
    this.#buckets.prune(this.#parts.clock.monotonic());
  }

  async #keep(mark: string): Promise<void> {
    const { allowances, kind, clock } = this.#parts;
    const level = this.#buckets.level(mark, clock.monotonic());
    if (level !== undefined) await allowances.put(kind, { mark, level, at: clock.wall() });
  }

  #mark(key: string): string {
    const { kind, secret } = this.#parts;
    const digest = createHmac('sha256', secret).update(`tc1/allowance\0${kind}\0${key}`).digest();
    return digest.toString('base64url', 0, MARK_BYTES);
  }
}
