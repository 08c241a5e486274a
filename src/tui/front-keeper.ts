import type { FrontRoom } from './services.ts';
import { currentBuffer } from './store/state.ts';
import { processClock, type Store, type StoreClock } from './store/store.ts';

/** Which window is looked at is on disk this soon. */
export const SAVE_FRONT_MS = 500;

/** Keeps which window is in front, so that it is there again after a crash too. */
export class FrontKeeper {
  readonly #store: Store;
  readonly #front: FrontRoom;
  readonly #clock: StoreClock;
  readonly #unsubscribe: () => void;
  #shown: ReturnType<FrontRoom['load']>;
  #saved: ReturnType<FrontRoom['load']>;
  #cancel: (() => void) | undefined;

  constructor(store: Store, front: FrontRoom, clock: StoreClock = processClock) {
    this.#store = store;
    this.#front = front;
    this.#clock = clock;
    this.#saved = front.load();
    this.#shown = this.#saved;
    this.#look();
    this.#unsubscribe = store.subscribe(() => this.#look());
  }

  save(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#shown === this.#saved) return;
    this.#saved = this.#shown;
    this.#front.save(this.#shown);
  }

  close(): void {
    this.#unsubscribe();
    this.save();
  }

  #look(): void {
    const { id } = currentBuffer(this.#store.get());
    this.#shown = id === 'lobby' ? undefined : id;
    if (this.#shown !== this.#saved) this.#cancel ??= this.#clock.after(SAVE_FRONT_MS, () => this.save());
  }
}
