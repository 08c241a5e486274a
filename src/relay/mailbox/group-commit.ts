import type { DatabaseSync } from 'node:sqlite';
import { GROUP_COMMIT_MS } from '../../shared/limits.ts';
import { Timings } from '../timings.ts';

interface Waiting {
  readonly committed: () => void;
  readonly failed: (error: unknown) => void;
}

/** Joins the writes of a tick, or of `GROUP_COMMIT_MS` under load, into one transaction and one fsync. */
export class GroupCommit {
  /** How long commits took, the fsync included. */
  readonly timings = new Timings();
  readonly #database: DatabaseSync;
  #waiting: Waiting[] = [];
  #open = false;
  #lastCommit = Number.NEGATIVE_INFINITY;
  readonly #failing: (error: unknown) => void;
  #isFailing = false;

  /** `failing` is told the first error of a row of them. */
  constructor(database: DatabaseSync, failing: (error: unknown) => void = () => undefined) {
    this.#database = database;
    this.#failing = failing;
  }

  /** Does `work` at once and resolves with its result when that is durable. A failure fails the whole group. */
  run<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ committed: () => resolve(result), failed: reject });
      let result: T;
      try {
        this.#begin();
        result = work();
      } catch (error) {
        this.#abort(error);
      }
    });
  }

  /** Makes durable what is waiting. */
  commit(): void {
    if (!this.#open) return;
    const start = performance.now();
    try {
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#abort(error);
      return;
    }
    this.#open = false;
    this.#isFailing = false;
    this.#lastCommit = performance.now();
    this.timings.record(this.#lastCommit - start);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { committed } of waiting) committed();
  }

  #begin(): void {
    if (this.#open) return;
    this.#database.exec('BEGIN IMMEDIATE');
    this.#open = true;
    const wait = this.#lastCommit + GROUP_COMMIT_MS - performance.now();
    if (wait <= 0) setImmediate(() => this.commit());
    else setTimeout(() => this.commit(), wait);
  }

  #abort(error: unknown): void {
    this.#open = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    if (!this.#isFailing) this.#failing(error);
    this.#isFailing = true;
    // A full disk has already ended the transaction.
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
    for (const { failed } of waiting) failed(error);
  }
}
