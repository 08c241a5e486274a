import { randomInt } from 'node:crypto';
import { seeded } from '../seeded.ts';

/** The seed of this run: `FAULTS_SEED`, else a new one, but for short runs in CI. */
export function faultSeed(): number {
  const given = Number(process.env['FAULTS_SEED']);
  if (Number.isInteger(given) && given > 0) return given;
  return process.env['CI'] !== undefined && !longRun ? 1 : randomInt(1, 2 ** 31);
}

/** True for `npm run faults`. */
export const longRun = process.env['FAULTS'] === 'long';

/** What chance decides in a test; the same seed decides the same. */
export class Dice {
  readonly seed: number;
  /** In [0, 1). */
  readonly next: () => number;

  constructor(seed: number) {
    this.seed = seed;
    this.next = seeded(seed);
  }

  /** From `least` to `most`, both included. */
  int(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  pick<Value>(values: readonly Value[]): Value {
    const value = values[this.int(0, values.length - 1)];
    if (value === undefined) throw new RangeError('nothing to pick from');
    return value;
  }

  /** A moment that nobody chose: the fault is to come anywhere in the work of the others. */
  moment(mostMs: number): Promise<void> {
    const ms = this.next() * mostMs;
    return new Promise((resolve) => setTimeout(resolve, ms));
  }
}
