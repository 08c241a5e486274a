import type { ClientEvent, RoomSessionEvent } from '../../client/session-events.ts';
import { Listeners } from '../../shared/listeners.ts';
import type { Action, UiAction } from './action.ts';
import { reduce } from './reduce.ts';
import type { State } from './state.ts';

/** At most 20 frames a second are painted for events, however many come: a frame costs 10 ms and more, and keys come first. */
export const FRAME_MS = 50;
/** Share of a core that the program may take; above it events are painted less often, but never less than this. */
const MAX_SHARE = 0.2;
const MEASURE_MS = 500;
export const MAX_FRAME_MS = 150;
/** Events that wait for the next frame; a longer burst is reduced at once and painted with that frame. */
export const MAX_QUEUED = 1_000;

export interface StoreClock {
  now(): number;
  /** Runs `task` once after `ms`; returns what cancels it. */
  after(ms: number, task: () => void): () => void;
}

export const processClock: StoreClock = {
  now: () => Date.now(),
  after(ms, task) {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
};

/**
 * The state of the screen. Events are collected and told to listeners once per frame; what the person does is told
 * at once, together with everything that came before it.
 */
export class Store {
  #state: State;
  readonly #clock: StoreClock;
  readonly #listeners = new Listeners();
  #queue: Action[] = [];
  #painted = Number.NEGATIVE_INFINITY;
  #frameMs = FRAME_MS;
  readonly #cpuMs: () => number;
  #measured = { at: Number.NEGATIVE_INFINITY, cpu: 0 };
  #cancel: (() => void) | undefined;

  /** `cpuMs` is the processor time used so far; without it the pace stays what it is. */
  constructor(state: State, clock: StoreClock = processClock, cpuMs: () => number = () => 0) {
    this.#state = state;
    this.#clock = clock;
    this.#cpuMs = cpuMs;
  }

  /** What listeners were last told. */
  readonly get = (): State => this.#state;

  readonly subscribe = this.#listeners.add;

  /** Something happened elsewhere: shown with the next frame. */
  push(event: ClientEvent | RoomSessionEvent): void {
    this.#queue.push({ type: 'event', event, at: this.#clock.now() });
    if (this.#queue.length >= MAX_QUEUED) this.#reduceQueue();
    if (this.#cancel) return;
    // The wall clock may jump: never wait longer than a frame.
    const wait = Math.min(this.#frameMs, Math.max(0, this.#painted + this.#frameMs - this.#clock.now()));
    this.#cancel = this.#clock.after(wait, () => this.#paint());
  }

  /** Something the screen did: shown now. */
  dispatch(action: UiAction): void {
    this.#queue.push(action);
    this.#paint();
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#listeners.clear();
  }

  #paint(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#painted = this.#clock.now();
    this.#setPace();
    this.#reduceQueue();
    this.#listeners.tell();
  }

  #setPace(): void {
    const [at, cpu] = [this.#painted, this.#cpuMs()];
    const passed = at - this.#measured.at;
    if (passed >= 0 && passed < MEASURE_MS) return;
    const share = (cpu - this.#measured.cpu) / passed;
    this.#measured = { at, cpu };
    this.#frameMs = Math.max(FRAME_MS, Math.min(MAX_FRAME_MS, this.#frameMs * (share / MAX_SHARE)));
  }

  #reduceQueue(): void {
    const queue = this.#queue;
    this.#queue = [];
    this.#state = queue.reduce(reduce, this.#state);
  }
}
