import { equalBytes } from '../../shared/bytes.ts';
import { chainNext } from '../../shared/crypto/chain.ts';
import type { HostMessageOf } from '../../shared/room/messages.ts';
import type { Falsehood, LogEnd, LogFollower, PlacedEvent } from './log-follower.ts';

/** The pages of one answer, put together and checked; believed only when their end is a known or signed one. */
export class PageRun {
  readonly #follower: LogFollower;
  readonly #events: PlacedEvent[] = [];
  readonly #max: number;
  #begun: number | undefined;
  #from: number | undefined;
  #prev: Uint8Array | undefined;
  #end: LogEnd | undefined;

  /** At most the newest `max` events are kept. */
  constructor(follower: LogFollower, max: number) {
    this.#follower = follower;
    this.#max = max;
  }

  get events(): readonly PlacedEvent[] {
    return this.#events;
  }

  /** First seq and h_{first-1}, once a page came. */
  get start(): { readonly first: number; readonly firstHash: Uint8Array } | undefined {
    return this.#from === undefined || !this.#prev ? undefined : { first: this.#from, firstHash: this.#prev };
  }

  /** First seq that came, whether it was kept or not. */
  get begun(): number | undefined {
    return this.#begun;
  }

  get end(): LogEnd | undefined {
    return this.#end;
  }

  endsAt(end: LogEnd): boolean {
    return this.#end?.seq === end.seq && equalBytes(this.#end.hash, end.hash);
  }

  startsBehind(end: LogEnd): boolean {
    return this.#from === end.seq + 1 && this.#prev !== undefined && equalBytes(this.#prev, end.hash);
  }

  add(page: HostMessageOf<'page'>): Falsehood | undefined {
    let end = this.#end ?? { seq: page.from - 1, hash: page.prev };
    if (page.events.length === 0) return undefined;
    if (page.from !== end.seq + 1 || !equalBytes(page.prev, end.hash)) return 'broken chain';
    for (const [author, event, sig] of page.events) {
      const authentic = this.#follower.authentic({ author, event, sig });
      if (typeof authentic === 'string') return authentic;
      const seq = end.seq + 1;
      end = { seq, hash: chainNext(end.hash, seq, authentic.encoded) };
      this.#events.push({ ...authentic, ...end });
    }
    this.#begun ??= page.from;
    this.#from ??= page.from;
    this.#prev ??= page.prev;
    this.#end = end;
    const surplus = this.#events.splice(0, Math.max(0, this.#events.length - this.#max)).at(-1);
    if (surplus) {
      this.#from = surplus.seq + 1;
      this.#prev = surplus.hash;
    }
    if (!page.head) return undefined;
    if (!this.#follower.isSignedHead(page.head)) return 'bad signature of the host';
    return this.endsAt({ seq: page.head[0], hash: page.head[1] }) ? undefined : 'broken chain';
  }
}
