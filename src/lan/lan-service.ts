import {
  announcement,
  ANNOUNCE_EVERY_MS,
  ANNOUNCE_TTL_S,
  asksForUs,
  heardIn,
  question,
  type Announced,
} from './dns-sd.ts';
import { HeardRelays, type FoundRelay } from './heard-relays.ts';
import type { Multicast } from './multicast.ts';
import { Listeners } from '../shared/listeners.ts';

/** Repeats of the first question and announcement: the first packet of a network is easily lost (RFC 6762 §5.2). */
const FIRST_MS = [0, 1_000, 3_000] as const;
/** Asked now and then, for hosts whose announcements do not get through. */
const ASK_EVERY_MS = 60_000;
/** Answers to questions, at most one in this time: a flood of questions must not become a flood of answers. */
const ANSWER_MS = 1_000;
const EXPIRE_MS = 1_000;

export interface LanClock {
  /** Monotonic ms. */
  now(): number;
  after(ms: number, task: () => void): () => void;
}

/** Announces the relay of this process to the network, and hears those of others. */
export class LanService {
  readonly #multicast: Multicast;
  readonly #clock: LanClock;
  readonly #heard = new HeardRelays();
  readonly #listeners = new Listeners<readonly FoundRelay[]>();
  readonly #timers = new Set<() => void>();
  readonly #stop: (() => void)[];
  #own: Announced | undefined;
  #renamed: (was: Announced) => Announced = (was) => was;
  #answeredAt = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(multicast: Multicast, clock: LanClock) {
    this.#multicast = multicast;
    this.#clock = clock;
    this.#stop = [
      multicast.onPacket((packet, source) => {
        if (asksForUs(packet)) this.#answer();
        let changed = false;
        for (const heard of heardIn(packet, source))
          changed = this.#heard.take(heard, source, clock.now()) || changed;
        if (changed) this.#tell();
      }),
      multicast.onJoined((moved) => {
        if (moved) this.#rename();
        this.#introduce();
      }),
    ];
    this.#introduce();
    this.#every(ASK_EVERY_MS, () => this.#ask());
    this.#every(ANNOUNCE_EVERY_MS, () => this.#announce());
    this.#every(EXPIRE_MS, () => {
      if (this.#heard.expire(clock.now())) this.#tell();
    });
  }

  /**
   * Announces until the returned function is called, which says goodbye. `renamed` gives what it is called after an address
   * was lost: under the old name others would hold on to that.
   */
  announce(relay: Announced, renamed: (was: Announced) => Announced = (was) => was): () => void {
    this.#own = relay;
    this.#renamed = renamed;
    for (const ms of FIRST_MS) this.#after(ms, () => this.#announce());
    return () => {
      const own = this.#own;
      if (own?.port !== relay.port) return;
      this.#own = undefined;
      this.#multicast.send((addresses) => announcement(own, addresses, 0));
    };
  }

  /** Calls back with the whole list at once and whenever it changes, until the returned function is called. */
  watch(listener: (relays: readonly FoundRelay[]) => void): () => void {
    const stop = this.#listeners.add(listener);
    listener(this.#heard.list());
    return stop;
  }

  /** Whether what we send comes back to us, as it does where multicast works at all; asked at once. */
  async hearsItself(waitMs: number): Promise<boolean> {
    const { addresses } = this.#multicast.state;
    return await new Promise((resolve) => {
      const done = (heard: boolean): void => {
        stop();
        cancel();
        resolve(heard);
      };
      const stop = this.#multicast.onPacket((packet, source) => {
        if (asksForUs(packet) && addresses.includes(source.replace(/%.*$/, ''))) done(true);
      });
      const cancel = this.#clock.after(waitMs, () => done(false));
      this.#ask();
    });
  }

  /** Relays of others that announce themselves now. */
  get relays(): readonly FoundRelay[] {
    return this.#heard.list().filter(({ instance }) => instance !== this.#own?.instance);
  }

  get state(): Multicast['state'] {
    return this.#multicast.state;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const cancel of this.#timers) cancel();
    for (const stop of this.#stop) stop();
    await this.#multicast.close();
  }

  #introduce(): void {
    for (const ms of FIRST_MS) {
      this.#after(ms, () => {
        this.#ask();
        this.#announce();
      });
    }
  }

  #rename(): void {
    const own = this.#own;
    if (!own) return;
    this.#multicast.send((addresses) => announcement(own, addresses, 0));
    this.#own = this.#renamed(own);
  }

  #ask(): void {
    this.#multicast.send(question);
  }

  #announce(): void {
    const own = this.#own;
    if (own) this.#multicast.send((addresses) => announcement(own, addresses, ANNOUNCE_TTL_S));
  }

  #answer(): void {
    const now = this.#clock.now();
    if (!this.#own || now - this.#answeredAt < ANSWER_MS) return;
    this.#answeredAt = now;
    this.#announce();
  }

  #tell(): void {
    this.#listeners.tell(this.#heard.list());
  }

  #every(ms: number, task: () => void): void {
    this.#after(ms, () => {
      task();
      this.#every(ms, task);
    });
  }

  #after(ms: number, task: () => void): void {
    if (this.#closed) return;
    const cancel = this.#clock.after(ms, () => {
      this.#timers.delete(cancel);
      task();
    });
    this.#timers.add(cancel);
  }
}
