import type { Clock } from '../../link/clock.ts';
import { GAP_WAIT_MS, SECOND, SILENCE_MS } from '../../shared/limits.ts';

/** How often a member asks its host how long the log is, and what each member of a large room adds to that. */
export const TIP_MS = 30 * SECOND;
const TIP_MS_A_MEMBER = 200;
/** The same while an own post has no answer. */
export const TIP_HURRY_MS = 5 * SECOND;
/** A hole is noticed, waited for and fetched within this time without our help. */
const LOOK_MS = 2 * GAP_WAIT_MS;
/** A host that answers none of our questions for this long is not there. */
export const TIP_SILENCE_MS = SILENCE_MS + 5 * SECOND;
/** Both where another line to the room is there: it is worth looking sooner. */
const OTHER_TIP_MS = 5 * SECOND;
const OTHER_SILENCE_MS = 8 * SECOND;

export interface TipCheckParts {
  readonly clock: Clock;
  readonly random: () => number;
  readonly members: () => number;
  /** An own post was sent and is not answered. */
  readonly waiting: () => boolean;
  /** The last seq that was taken; infinite while earlier lines are on their way. */
  readonly end: () => number;
  /** Another line to the host is there. */
  readonly hasOther: () => boolean;
  /** Asks the host, which answers with the seq of its last event. */
  readonly ask: () => void;
  /** Something was lost on the way: only a new handshake tells what. */
  readonly broken: () => void;
}

/**
 * Notices what no later message reveals: that the last casts, posts or answers of a talk never arrived. Answers keep
 * their order with casts, so an honest relay never lets the host's number be ahead of ours.
 */
export class TipCheck {
  readonly #parts: TipCheckParts;
  #cancel: (() => void) | undefined;
  #cancelLook: (() => void) | undefined;
  #hurried = false;
  #askedAt: number | undefined;

  constructor(parts: TipCheckParts) {
    this.#parts = parts;
  }

  start(): void {
    this.stop();
    this.#arm(this.#pace() * (0.5 + this.#parts.random() / 2));
    if (this.#parts.waiting()) this.hurry();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancelLook?.();
    this.#cancel = undefined;
    this.#cancelLook = undefined;
    this.#hurried = false;
    this.#askedAt = undefined;
  }

  /** A post is on its way. */
  hurry(): void {
    if (this.#hurried || !this.#cancel) return;
    this.#hurried = true;
    this.#arm(TIP_HURRY_MS);
  }

  /** The host's last event is `seq`. */
  told(seq: number): void {
    this.#askedAt = undefined;
    const { clock, end, broken } = this.#parts;
    if (!this.#cancel || seq <= end()) return;
    this.#cancelLook ??= clock.after(LOOK_MS, () => {
      this.#cancelLook = undefined;
      if (end() < seq) broken();
    });
  }

  #arm(ms: number): void {
    this.#cancel?.();
    this.#cancel = this.#parts.clock.after(ms, () => this.#tick());
  }

  #tick(): void {
    const { clock, waiting, ask, broken } = this.#parts;
    const now = clock.now();
    if (this.#askedAt !== undefined && now - this.#askedAt >= this.#patience()) return broken();
    const idle = this.#hurried && !waiting();
    this.#hurried = waiting();
    this.#arm(this.#hurried ? TIP_HURRY_MS : this.#pace());
    if (idle) return;
    this.#askedAt ??= now;
    ask();
  }

  #patience(): number {
    return this.#parts.hasOther() ? OTHER_SILENCE_MS : TIP_SILENCE_MS;
  }

  #pace(): number {
    const least = this.#parts.hasOther() ? OTHER_TIP_MS : TIP_MS;
    return Math.max(least, this.#parts.members() * TIP_MS_A_MEMBER);
  }
}
