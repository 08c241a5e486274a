import { UnusableFileError } from '../files/unusable-file.ts';
import { Guard } from '../link/guard.ts';
import { ofFile, RefusedError } from './refused-error.ts';

/** That a file turns out to be damaged while it is in use: once, whoever meets it, and also where nobody waits. */
export class FileFailure {
  /** For everything that reads the file by itself. */
  readonly guard = new Guard((error) => this.#takes(error));
  /** Never resolves; rejects with the `RefusedError`. */
  readonly happened: Promise<never>;
  #reject: (failure: RefusedError) => void = () => undefined;
  #failure: RefusedError | undefined;
  readonly #waiting = new Set<(failure: unknown) => void>();

  constructor() {
    this.happened = new Promise((_, reject) => (this.#reject = reject));
    this.happened.catch(() => undefined);
  }

  get has(): boolean {
    return this.#failure !== undefined;
  }

  /** Runs `task` for a caller, who gets the `RefusedError`. */
  use<Value>(task: () => Value): Value {
    if (this.#failure) throw this.#failure;
    try {
      return task();
    } catch (error) {
      this.#takes(error);
      throw this.#failure ?? error;
    }
  }

  /** The same of a task that takes its time; it is not waited for once the file has failed. */
  async waitFor<Value>(task: () => Promise<Value>): Promise<Value> {
    const done = this.use(task);
    return await new Promise((resolve, reject) => {
      // Not `Promise.race`: what waits would be held for as long as nothing happens.
      this.#waiting.add(reject);
      done
        .then(resolve, (error: unknown) => {
          this.#takes(error);
          reject(error);
        })
        .finally(() => this.#waiting.delete(reject));
    });
  }

  #takes(error: unknown): boolean {
    const failure = ofFile(error);
    if (!(error instanceof UnusableFileError) || !(failure instanceof RefusedError)) return false;
    if (this.#failure) return true;
    this.#failure = failure;
    this.#reject(failure);
    for (const reject of this.#waiting) reject(failure);
    this.#waiting.clear();
    return true;
  }
}
