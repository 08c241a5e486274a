import { execFileSync } from 'node:child_process';

const run = (...words: readonly string[]): void => {
  execFileSync('ip', words, { stdio: 'pipe' });
};

/** A machine of its own behind a cable that can be pulled: a network namespace and a pair of virtual devices. */
export class NetNamespace {
  readonly #name: string;
  readonly #device: string;
  /** The address of this side of the cable. */
  readonly here: string;

  private constructor(number: number) {
    this.#name = `tc${number}`;
    this.#device = `tcv${number}`;
    this.here = `10.213.${number % 250}.1`;
  }

  /** Undefined where this user or this system cannot have one. */
  static make(): NetNamespace | undefined {
    const made = new NetNamespace(process.pid % 100_000);
    try {
      made.#open();
      return made;
    } catch {
      made.close();
      return undefined;
    }
  }

  /** Words before a command that is to run on the other side. */
  get inside(): readonly string[] {
    return ['ip', 'netns', 'exec', this.#name];
  }

  /** The cable is pulled: nothing passes, and nobody is told. */
  cut(): void {
    run('link', 'set', this.#device, 'down');
  }

  heal(): void {
    run('link', 'set', this.#device, 'up');
  }

  close(): void {
    for (const words of [
      ['link', 'del', this.#device],
      ['netns', 'del', this.#name],
    ])
      try {
        run(...words);
      } catch {
        // It was never there.
      }
  }

  #open(): void {
    const there = `${this.#device}p`;
    const inside = (...words: readonly string[]) => run('-n', this.#name, ...words);
    run('netns', 'add', this.#name);
    run('link', 'add', this.#device, 'type', 'veth', 'peer', 'name', there);
    run('link', 'set', there, 'netns', this.#name);
    run('addr', 'add', `${this.here}/30`, 'dev', this.#device);
    run('link', 'set', this.#device, 'up');
    inside('addr', 'add', this.here.replace(/1$/, '2/30'), 'dev', there);
    inside('link', 'set', there, 'up');
    inside('link', 'set', 'lo', 'up');
  }
}
