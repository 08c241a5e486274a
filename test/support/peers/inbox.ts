/** Long enough for a slow machine; a wait that runs out says what did come. */
export const WAIT_MS = 30_000;

/** Everything a peer was told, in order, and a way to wait for what comes. */
export class Inbox<Item> {
  readonly all: Item[] = [];
  readonly #looks = new Set<() => void>();
  readonly #describe: (item: Item) => string;
  #forgotten = 0;

  constructor(describe: (item: Item) => string) {
    this.#describe = describe;
  }

  push(item: Item): void {
    this.all.push(item);
    for (const look of this.#looks) look();
  }

  /** Drops what came; whoever waits goes on with what comes. */
  forget(): void {
    this.all.length = 0;
    this.#forgotten++;
  }

  /** The first thing that `pick` makes of an item from the `from`th on, past or future. */
  find<Found>(pick: (item: Item) => Found | undefined, from = 0): Promise<Found> {
    return new Promise((resolve, reject) => {
      let next = from;
      let forgotten = this.#forgotten;
      const look = (): void => {
        if (forgotten !== this.#forgotten) [next, forgotten] = [0, this.#forgotten];
        while (next < this.all.length) {
          const item = this.all[next++];
          const found = item === undefined ? undefined : pick(item);
          if (found === undefined) continue;
          done();
          resolve(found);
          return;
        }
      };
      const timer = setTimeout(() => {
        done();
        const last = this.all.slice(-10).map(this.#describe).join(', ');
        reject(new Error(`nothing fitting came in ${WAIT_MS} ms; last were: ${last}`));
      }, WAIT_MS);
      const done = (): void => {
        clearTimeout(timer);
        this.#looks.delete(look);
      };
      this.#looks.add(look);
      look();
    });
  }
}
