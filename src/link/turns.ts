import type { Clock } from './clock.ts';
import type { Dialler, Transport } from './transport.ts';

/** Turns are counted anew after this time. */
export const TURNS_MS = 500;
/** Share of it that all who are busy may take together: the rest is for the screen and for what is typed. */
export const TURNS_SHARE = 0.8;
/** Whoever takes less than this of it is not busy, and never stopped. */
export const IDLE_MS = 5;

interface Turn {
  transport: Transport | undefined;
  spentMs: number;
  wasBusy: boolean;
  paused: boolean;
}

/**
 * Shares the processor among connections: whoever sends more than can be handled is read more slowly, and no other
 * connection notices.
 */
export class Turns {
  readonly #clock: Pick<Clock, 'now' | 'after'>;
  readonly #turns = new Set<Turn>();
  #until = Number.NEGATIVE_INFINITY;
  #cancelNext: (() => void) | undefined;

  constructor(clock: Pick<Clock, 'now' | 'after'>) {
    this.#clock = clock;
  }

  /** The same dialler, whose connections take turns. */
  among(dialler: Dialler): Dialler {
    return (url, events) => {
      const turn: Turn = { transport: undefined, spentMs: 0, wasBusy: false, paused: false };
      this.#turns.add(turn);
      turn.transport = dialler(url, {
        open: () => events.open(),
        message: (bytes) => {
          const begun = this.#clock.now();
          try {
            events.message(bytes);
          } finally {
            this.#took(turn, this.#clock.now() - begun);
          }
        },
        closed: (code, clean) => {
          this.#turns.delete(turn);
          if (this.#turns.size === 0) this.#stop();
          events.closed(code, clean);
        },
      });
      return turn.transport;
    };
  }

  #took(turn: Turn, ms: number): void {
    const now = this.#clock.now();
    if (now >= this.#until) this.#begin(now);
    turn.spentMs += ms;
    if (turn.paused || turn.spentMs < IDLE_MS || turn.spentMs < this.#share()) return;
    turn.paused = true;
    turn.transport?.pause();
    this.#cancelNext ??= this.#clock.after(this.#until - now, () => this.#begin(this.#clock.now()));
  }

  #share(): number {
    let busy = 0;
    for (const { spentMs, wasBusy } of this.#turns) if (wasBusy || spentMs >= IDLE_MS) busy += 1;
    return (TURNS_SHARE * TURNS_MS) / Math.max(1, busy);
  }

  #begin(now: number): void {
    this.#stop();
    this.#until = now + TURNS_MS;
    for (const turn of this.#turns) {
      turn.wasBusy = turn.spentMs >= IDLE_MS;
      turn.spentMs = 0;
      if (!turn.paused) continue;
      turn.paused = false;
      turn.transport?.resume();
    }
  }

  #stop(): void {
    this.#cancelNext?.();
    this.#cancelNext = undefined;
  }
}
