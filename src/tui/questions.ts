import type { Store } from './store/store.ts';

/** Questions a command asks, answered on screen one after another. */
export class Questions {
  readonly #store: Store;
  readonly #waiting = new Map<number, (answer: string | undefined) => void>();
  #asked = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Undefined when the person gives up, or when too many questions wait already. */
  ask(type: 'secret' | 'confirm', question: string): Promise<string | undefined> {
    this.#asked += 1;
    const id = this.#asked;
    this.#store.dispatch({ type: 'asked', prompt: { id, type, question } });
    const taken = this.#store.get().prompts.some((prompt) => prompt.id === id);
    if (!taken) return Promise.resolve(undefined);
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  answer(id: number, answer: string | undefined): void {
    this.#store.dispatch({ type: 'answered', prompt: id });
    const settle = this.#waiting.get(id);
    this.#waiting.delete(id);
    settle?.(answer);
  }

  close(): void {
    for (const settle of this.#waiting.values()) settle(undefined);
    this.#waiting.clear();
  }
}
