import type { Clock } from '../../link/clock.ts';
import { inTurns } from '../../link/relay-url.ts';
import type { Dialler } from '../../link/transport.ts';
import { Turns } from '../../link/turns.ts';
import { randomBytes, signerFrom } from '../../shared/crypto/sign.ts';
import { identityKey, type IdentityKey } from '../../shared/ids.ts';
import { SECOND } from '../../shared/limits.ts';
import { CopyCaller, type RoomCalled } from './copy-call.ts';

/** Relays asked at most; on a network with more the rest is not. */
const MAX_CALLED = 16;
/** How often all are asked again, spread over twice that; a relay lets nobody dial a room more than 5 times a minute. */
const AGAIN_MS = 30 * SECOND;
const TAKEN_AGAIN_MS = 13 * SECOND;

/** Relays of this machine and network, our own among them. */
export interface NearbyRelays {
  watch(found: (urls: readonly string[]) => void): () => void;
  /** Resolves when those that are there have had time to be heard. */
  heard(): Promise<void>;
}

export interface CopyWatchOptions {
  readonly relays: NearbyRelays;
  readonly dialler: Dialler;
  readonly clock: Clock;
  readonly random: () => number;
}

/**
 * Finds out whether another process serves a room of ours at a relay nearby: somebody copied the profile to another
 * machine. It calls the room there under a key made for that, and hangs up once whoever answers has proved to be us.
 */
export class CopyWatch {
  readonly #options: CopyWatchOptions;
  /** Whoever announces relays must not keep the room from being served. */
  readonly #dialler: Dialler;
  readonly #signer = signerFrom(randomBytes(32));
  readonly #callers = new Map<string, CopyCaller>();
  readonly #watches = new Set<Watch>();
  #stopFinding: (() => void) | undefined;

  constructor(options: CopyWatchOptions) {
    this.#options = options;
    this.#dialler = new Turns(options.clock).among(options.dialler);
  }

  /** Who calls: a host that is called by this key has found itself. */
  get caller(): IdentityKey {
    return identityKey(this.#signer.publicKey);
  }

  /** Tells whether the room is served elsewhere, when all have been asked once and whenever that changes. */
  watch(called: RoomCalled, tell: (served: boolean) => void): () => void {
    const { relays, clock, random } = this.#options;
    const watch = new Watch({ called, tell, clock, random, callers: () => this.#callers });
    this.#watches.add(watch);
    this.#stopFinding ??= relays.watch((urls) => this.#found(urls));
    void relays.heard().then(() => watch.ask());
    return () => {
      watch.close();
      this.#watches.delete(watch);
      if (this.#watches.size > 0) return;
      this.#stopFinding?.();
      this.#stopFinding = undefined;
      this.#found([]);
    };
  }

  #found(urls: readonly string[]): void {
    const wanted = new Set(inTurns(urls, (url) => this.#callers.has(url)).slice(0, MAX_CALLED));
    const { clock } = this.#options;
    for (const [url, caller] of this.#callers) {
      if (wanted.has(url)) continue;
      this.#callers.delete(url);
      void caller.close();
    }
    for (const url of wanted) {
      if (this.#callers.has(url)) continue;
      const lost = (): void => this.#askAgain();
      this.#callers.set(
        url,
        new CopyCaller(url, { signer: this.#signer, dialler: this.#dialler, clock, lost }),
      );
    }
    this.#askAgain();
  }

  #askAgain(): void {
    for (const watch of this.#watches) watch.askAgain();
  }
}

interface WatchParts {
  readonly called: RoomCalled;
  readonly tell: (served: boolean) => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly callers: () => ReadonlyMap<string, CopyCaller>;
}

/** One room that is asked for. */
class Watch {
  readonly #parts: WatchParts;
  /** The last word of each relay; one that cannot tell now has not changed its mind. */
  #words = new Map<CopyCaller, boolean>();
  #told: boolean | undefined;
  #asking = false;
  #stale = false;
  #ended = false;
  #cancel = (): void => undefined;

  constructor(parts: WatchParts) {
    this.#parts = parts;
  }

  /** Something has changed since the first time. */
  askAgain(): void {
    if (this.#told !== undefined) void this.ask();
    else this.#stale = true;
  }

  async ask(): Promise<void> {
    if (this.#ended) return;
    if (this.#asking) {
      this.#stale = true;
      return;
    }
    this.#asking = true;
    this.#stale = false;
    this.#cancel();
    const { called, tell, clock, random, callers } = this.#parts;
    const words = await Promise.all(
      [...callers().values()].map(
        async (caller) =>
          [caller, (await caller.isServed(called)) ?? this.#words.get(caller) ?? false] as const,
      ),
    );
    this.#asking = false;
    if (this.#ended) return;
    this.#words = new Map(words);
    const served = words.some(([, word]) => word);
    // What changed while it was asked is looked at first.
    if (this.#stale) return await this.ask();
    const again = (served ? TAKEN_AGAIN_MS : AGAIN_MS) * (1 + random());
    this.#cancel = clock.after(again, () => void this.ask());
    if (this.#told === served) return;
    this.#told = served;
    tell(served);
  }

  close(): void {
    this.#ended = true;
    this.#cancel();
  }
}
