import type { RelayFinder } from '../../src/client/api.ts';

/** What a member knows of the local network; the test says which relays it finds there. */
export class Neighbourhood implements RelayFinder {
  readonly #watchers = new Set<(urls: readonly string[]) => void>();
  #urls: readonly string[] = [];

  show(...urls: readonly string[]): void {
    this.#urls = urls;
    for (const watcher of this.#watchers) watcher(urls);
  }

  watch(found: (urls: readonly string[]) => void): () => void {
    this.#watchers.add(found);
    found(this.#urls);
    return () => this.#watchers.delete(found);
  }
}
