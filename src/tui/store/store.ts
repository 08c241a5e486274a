import type { ClientEvent, RoomSessionEvent } from '../../client/session-events.ts';
import type { Action, UiAction } from './action.ts';
import { reduce } from './reduce.ts';
import type { State } from './state.ts';

/** At most 20 frames a second are painted for events, however many come: a frame costs 10 ms and more, and keys come first. */
export const FRAME_MS = 50;
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
  readonly #listeners = new Set<() => void>();
  #queue: Action[] = [];
  #painted = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | undefined;

  constructor(state: State, clock: StoreClock = processClock) {
    this.#state = state;
    this.#clock = clock;
  }

  /** What listeners were last told. */
  readonly get = (): State => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Something happened elsewhere: shown with the next frame. */
  push(event: ClientEvent | RoomSessionEvent): void {
    this.#queue.push({ type: 'event', event, at: this.#clock.now() });
    if (this.#queue.length >= MAX_QUEUED) this.#reduceQueue();
    if (this.#cancel) return;
    // The wall clock may jump: never wait longer than a frame.
    const wait = Math.min(FRAME_MS, Math.max(0, this.#painted + FRAME_MS - this.#clock.now()));
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
    this.#reduceQueue();
    for (const listener of this.#listeners) listener();
  }

  #reduceQueue(): void {
    const queue = this.#queue;
    this.#queue = [];
    this.#state = queue.reduce(reduce, this.#state);
  }
}
