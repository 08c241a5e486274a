import type { Rejection } from '../../shared/errors.ts';
import type { IdentityKey, RoomId } from '../../shared/ids.ts';
import { MINUTE } from '../../shared/limits.ts';
import type { Clock } from '../clock.ts';
import { formatPrefix, parsePrefix, prefixOf, shortened } from './network-prefix.ts';

/** Bans at a time; an operator with more needs a firewall. */
export const MAX_BANS = 10_000;
/** Who is banned asks again after this long at the latest: bans are lifted. */
const ASK_AGAIN_MS = 2 * MINUTE;

export type BanKind = 'key' | 'network' | 'room';

/** `what` is an identity key, a network as `formatPrefix` writes it, or a room id. Times are ms since 1970. */
export interface Ban {
  readonly kind: BanKind;
  readonly what: string;
  readonly at: number;
  /** Absent: for good. */
  readonly until?: number | undefined;
  readonly reason: string;
}

/** Keeps bans. Promises resolve when the change survives a crash, and reject where it cannot be kept. */
export interface BanStore {
  all(): readonly Ban[];
  put(ban: Ban): Promise<void>;
  remove(ban: Pick<Ban, 'kind' | 'what'>): Promise<void>;
}

/** For a relay that keeps nothing. */
export const noBanStore: BanStore = {
  all: () => [],
  put: () => Promise.resolve(),
  remove: () => Promise.resolve(),
};

/** Whom and what the operator keeps out. */
export class Bans {
  readonly #store: BanStore;
  readonly #clock: Clock;
  readonly #kept = new Map<string, Ban>();
  /** Lengths of the banned networks, by family: each is one look-up. */
  readonly #lengths: Readonly<Record<4 | 6, Set<number>>> = { 4: new Set(), 6: new Set() };

  constructor(store: BanStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    for (const ban of store.all()) this.#hold(ban);
  }

  ofKey(key: IdentityKey): Rejection | undefined {
    return this.#refusal(this.#live('key', key), 'relay-banned');
  }

  ofRoom(room: RoomId): Rejection | undefined {
    return this.#refusal(this.#live('room', room), 'room-barred');
  }

  /** `network` as `networkOf` writes it. */
  ofNetwork(network: string): Rejection | undefined {
    const whole = prefixOf(network);
    if (!whole) return undefined;
    for (const length of this.#lengths[whole.family]) {
      const ban = this.#live('network', formatPrefix(shortened(whole, length)));
      if (ban) return this.#refusal(ban, 'relay-banned');
    }
    return undefined;
  }

  /** False when there are too many. Replaces a ban of the same. Rejects where it cannot be kept; it holds all the same. */
  async add(ban: Ban): Promise<boolean> {
    this.dropExpired();
    if (this.#kept.size >= MAX_BANS && !this.#kept.has(keyOf(ban))) return false;
    this.#hold(ban);
    await this.#store.put(ban);
    return true;
  }

  /** False when there is none. */
  async lift(ban: Pick<Ban, 'kind' | 'what'>): Promise<boolean> {
    if (!this.#kept.delete(keyOf(ban))) return false;
    await this.#store.remove(ban);
    return true;
  }

  /** The oldest first. */
  list(): readonly Ban[] {
    return [...this.#kept.values()].filter((ban) => !this.#isOver(ban));
  }

  get size(): number {
    return this.#kept.size;
  }

  /** Those that are over at `now`, in ms since 1970. */
  dropExpired(now = this.#clock.wall()): void {
    for (const [key, ban] of this.#kept) {
      if (!this.#isOver(ban, now)) continue;
      this.#kept.delete(key);
      // What a full disk does not let go of is dropped at the next start.
      this.#store.remove(ban).catch(() => undefined);
    }
  }

  #hold(ban: Ban): void {
    this.#kept.delete(keyOf(ban));
    this.#kept.set(keyOf(ban), ban);
    const prefix = ban.kind === 'network' ? parsePrefix(ban.what) : undefined;
    if (prefix) this.#lengths[prefix.family].add(prefix.length);
  }

  #live(kind: BanKind, what: string): Ban | undefined {
    const ban = this.#kept.get(keyOf({ kind, what }));
    return ban && !this.#isOver(ban) ? ban : undefined;
  }

  #isOver({ until }: Ban, now = this.#clock.wall()): boolean {
    return until !== undefined && until <= now;
  }

  #refusal(ban: Ban | undefined, code: 'relay-banned' | 'room-barred'): Rejection | undefined {
    if (!ban) return undefined;
    const left = (ban.until ?? Number.POSITIVE_INFINITY) - this.#clock.wall();
    return { code, retryMs: Math.max(1, Math.min(left, ASK_AGAIN_MS)) };
  }
}

function keyOf({ kind, what }: Pick<Ban, 'kind' | 'what'>): string {
  return `${kind} ${what}`;
}
