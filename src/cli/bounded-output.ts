import { exitCodes, type ExitCode } from '../shared/exit-codes.ts';
import { MAX_TEXT_BYTES, MIB } from '../shared/limits.ts';

/** Characters that may wait for whoever reads them; earlier messages that were asked for come on top. */
export const MAX_UNREAD = 64 * MIB;

/** Standard output of a program that hears more than may wait for a reader. */
export class BoundedOutput {
  /** Resolves once so much waits that there is no use in going on. */
  readonly full: Promise<ExitCode>;
  #isFull = false;
  readonly #stdout: Pick<NodeJS.WriteStream, 'write' | 'writableLength'>;
  readonly #most: number;
  #giveUp: (code: ExitCode) => void = () => undefined;

  /** `history`: how many earlier messages are printed at once. */
  constructor(stdout: Pick<NodeJS.WriteStream, 'write' | 'writableLength'>, history: number) {
    this.#stdout = stdout;
    this.#most = MAX_UNREAD + history * 2 * MAX_TEXT_BYTES;
    this.full = new Promise((resolve) => (this.#giveUp = resolve));
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  /** What comes once it is full is lost. */
  write(text: string): void {
    if (this.#isFull) return;
    this.#stdout.write(text);
    if (this.#stdout.writableLength <= this.#most) return;
    this.#isFull = true;
    this.#giveUp(exitCodes.tryLater);
  }
}
