import type { RoomId } from '../shared/ids.ts';
import type { FrontRoom } from './services.ts';
import { currentBuffer } from './store/state.ts';
import { processClock, type Store, type StoreClock } from './store/store.ts';

/** Which room is looked at is on disk this soon. */
export const SAVE_FRONT_MS = 500;

/** Keeps which room is in front, so that it is there again after a crash too. */
export class FrontKeeper {
  readonly #store: Store;
  readonly #front: FrontRoom;
  readonly #clock: StoreClock;
  readonly #unsubscribe: () => void;
  #shown: RoomId | undefined;
  #saved: RoomId | undefined;
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

  /** A person's window is gone with the program: the room behind it counts. */
  #look(): void {
    const buffer = currentBuffer(this.#store.get());
    if (buffer.type === 'person') return;
    this.#shown = buffer.type === 'room' ? buffer.id : undefined;
    if (this.#shown !== this.#saved) this.#cancel ??= this.#clock.after(SAVE_FRONT_MS, () => this.save());
  }
}
