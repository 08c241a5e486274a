import type { Clock } from '../../link/clock.ts';
import { castHeader, openCast } from '../../shared/crypto/seal.ts';
import { ifWellFormed } from '../../shared/errors.ts';
import { OLD_KEY_MS } from '../../shared/limits.ts';
import { putNewest } from '../../shared/put-newest.ts';

export type OpenedCast =
  | { readonly type: 'opened'; readonly kepoch: number; readonly seq: number; readonly plaintext: Uint8Array }
  /** Sealed under a key that has not come yet. */
  | { readonly type: 'early'; readonly seq: number }
  /** Sealed under a key that is gone. */
  | { readonly type: 'late' }
  | { readonly type: 'unreadable' };

/** Keys held at a time; a host that changes them faster than people can leave does not mean to be heard. */
export const MAX_EPOCH_KEYS = 64;

interface EpochKey {
  readonly key: Uint8Array;
  /** The last seq that may be sealed under it, once that is known. */
  until: number;
  expires: number;
}

/** The keys that open a room's casts: the newest, and those before it for a moment. */
export class EpochKeys {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #where: { readonly room: Uint8Array; readonly log: Uint8Array };
  readonly #keys = new Map<number, EpochKey>();
  #newest: number;

  constructor(
    clock: Pick<Clock, 'now'>,
    where: { room: Uint8Array; log: Uint8Array },
    kepoch: number,
    key: Uint8Array,
  ) {
    this.#clock = clock;
    this.#where = where;
    this.#newest = kepoch;
    this.#keys.set(kepoch, { key, until: Infinity, expires: Infinity });
  }

  /** `first` is the first seq under the new key. False for a key that is no newer than the newest. */
  rekey(kepoch: number, key: Uint8Array, first: number): boolean {
    if (kepoch <= this.#newest) return false;
    const expires = this.#clock.now() + OLD_KEY_MS;
    for (const old of this.#keys.values()) {
      old.until = Math.min(old.until, first - 1);
      old.expires = Math.min(old.expires, expires);
    }
    this.#newest = kepoch;
    putNewest(this.#keys, kepoch, { key, until: Infinity, expires: Infinity }, MAX_EPOCH_KEYS);
    return true;
  }

  /** Everything up to `seq` has arrived: keys that sealed nothing behind it are dropped, and those out of time. */
  passed(seq: number): void {
    const now = this.#clock.now();
    for (const [kepoch, { until, expires }] of this.#keys)
      if (until <= seq || expires <= now) this.#keys.delete(kepoch);
  }

  open(payload: Uint8Array): OpenedCast {
    const header = ifWellFormed(() => castHeader(payload));
    if (!header) return { type: 'unreadable' };
    const { kepoch, seq } = header;
    if (kepoch > this.#newest) return { type: 'early', seq };
    const epoch = this.#keys.get(kepoch);
    if (!epoch || epoch.expires <= this.#clock.now()) return { type: 'late' };
    const plaintext = openCast(epoch.key, this.#where, payload);
    return plaintext ? { type: 'opened', kepoch, seq, plaintext } : { type: 'unreadable' };
  }
}
