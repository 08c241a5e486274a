export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** `count` things in `ms`, all of them at once if need be. */
export function rateOf(count: number, ms: number): Rate {
  return { perSecond: (count * 1_000) / ms, burst: count };
}

/** Fills at `rate.perSecond` up to `rate.burst`. Times are monotonic milliseconds. */
export class TokenBucket {
  #rate: Rate;
  #level: number;
  #at: number;

  constructor(rate: Rate, now: number, level = rate.burst) {
    this.#rate = rate;
    this.#level = Math.min(level, rate.burst);
    this.#at = now;
  }

  /** Another rate from now on; what is there stays, as far as it fits. */
  changeRate(rate: Rate, now: number): void {
    this.#refill(now);
    this.#rate = rate;
  }

  /** Takes `cost` in any case, into debt if it must; returns the milliseconds until the debt is paid. */
  spend(cost: number, now: number): number {
    this.#refill(now);
    this.#level -= cost;
    return this.#debtMs();
  }

  /** Takes `cost` only when it is there; returns 0, or the milliseconds until it will be. */
  tryTake(cost: number, now: number): number {
    this.#refill(now);
    if (this.#level >= cost) {
      this.#level -= cost;
      return 0;
    }
    return Math.ceil(((cost - this.#level) * 1_000) / this.#rate.perSecond);
  }

  /** Undoes a `tryTake`. */
  giveBack(cost: number): void {
    this.#level += cost;
  }

  isFull(now: number): boolean {
    return this.left(now) >= this.#rate.burst;
  }

  left(now: number): number {
    this.#refill(now);
    return this.#level;
  }

  #debtMs(): number {
    return this.#level >= 0 ? 0 : Math.ceil((-this.#level * 1_000) / this.#rate.perSecond);
  }

  #refill(now: number): void {
    const level = this.#level + ((now - this.#at) * this.#rate.perSecond) / 1_000;
    this.#level = level < this.#rate.burst ? level : this.#rate.burst;
    this.#at = now;
  }
}

/** One bucket a key; remembers at most `maxKeys`, the least recently used is forgotten first. */
export class KeyedBuckets {
  readonly #buckets = new Map<string, TokenBucket>();
  #rate: Rate;
  readonly #maxKeys: number;
  readonly #dropped: (key: string) => void;

  /** `dropped` is told what is not remembered any more. */
  constructor(rate: Rate, maxKeys: number, dropped: (key: string) => void = () => undefined) {
    this.#rate = rate;
    this.#maxKeys = maxKeys;
    this.#dropped = dropped;
  }

  get size(): number {
    return this.#buckets.size;
  }

  changeRate(rate: Rate, now: number): void {
    this.#rate = rate;
    for (const bucket of this.#buckets.values()) bucket.changeRate(rate, now);
  }

  /** Returns 0, or the milliseconds after which trying again can help. */
  tryTake(key: string, now: number): number {
    const bucket = this.#buckets.get(key) ?? new TokenBucket(this.#rate, now);
    this.#remember(key, bucket);
    return bucket.tryTake(1, now);
  }

  /** A bucket as it was left. */
  restore(key: string, level: number, now: number): void {
    this.#remember(key, new TokenBucket(this.#rate, now, level));
  }

  level(key: string, now: number): number | undefined {
    return this.#buckets.get(key)?.left(now);
  }

  /** Undoes a `tryTake` that was granted. */
  giveBack(key: string): void {
    this.#buckets.get(key)?.giveBack(1);
  }

  /** Drops what is full again and so says nothing. */
  prune(now: number): void {
    for (const [key, bucket] of this.#buckets) if (bucket.isFull(now)) this.#drop(key);
  }

  #remember(key: string, bucket: TokenBucket): void {
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    const oldest = this.#buckets.keys().next();
    if (this.#buckets.size > this.#maxKeys && !oldest.done) this.#drop(oldest.value);
  }

  #drop(key: string): void {
    this.#buckets.delete(key);
    this.#dropped(key);
  }
}

/** How often each key is held right now. */
export class Tally {
  readonly #counts = new Map<string, number>();

  of(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  add(key: string): void {
    this.#counts.set(key, this.of(key) + 1);
  }

  remove(key: string): void {
    const left = this.of(key) - 1;
    if (left > 0) this.#counts.set(key, left);
    else this.#counts.delete(key);
  }
}
