import type { WireHead } from '../../shared/room/head.ts';
import type { AuthenticEvent } from './log-follower.ts';

/** Casts that wait for those before them. */
const MAX_HELD = 512;
/** Different casts for one number: a true head can be put over another event, and only the chain tells which is meant. */
const MAX_RIVALS = 4;

export interface HeldCast {
  readonly event: AuthenticEvent;
  readonly head: WireHead;
}

/** Casts whose turn has not come, by number. What finds no room is fetched later. */
export class HeldCasts {
  readonly #held = new Map<number, HeldCast[]>();

  add(seq: number, cast: HeldCast): void {
    const rivals = this.#held.get(seq) ?? [];
    if (this.#held.size >= MAX_HELD || rivals.length >= MAX_RIVALS) return;
    this.#held.set(seq, [...rivals, cast]);
  }

  take(seq: number): readonly HeldCast[] {
    const rivals = this.#held.get(seq) ?? [];
    this.#held.delete(seq);
    return rivals;
  }

  /** The lowest number, once those up to `end` are dropped. */
  firstAfter(end: number): number | undefined {
    let first: number | undefined;
    for (const seq of this.#held.keys()) {
      if (seq <= end) this.#held.delete(seq);
      else first = Math.min(first ?? seq, seq);
    }
    return first;
  }

  clear(): void {
    this.#held.clear();
  }
}
