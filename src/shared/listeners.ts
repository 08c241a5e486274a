/** Whoever is to be told of something. */
export class Listeners<Told = void> {
  readonly #listeners = new Set<(told: Told) => void>();

  /** Returns what ends it. */
  readonly add = (listener: (told: Told) => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  tell(told: Told): void {
    for (const listener of this.#listeners) listener(told);
  }

  clear(): void {
    this.#listeners.clear();
  }
}
