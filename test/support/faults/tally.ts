import { appendFileSync } from 'node:fs';
import type { Fault } from './find-faults.ts';

/** What one test of a long run found; the summary adds up what has the same name. */
export interface Tally {
  readonly what: string;
  readonly messages: number;
  /** ✓ that were given. */
  readonly sent: number;
  readonly lost: number;
  readonly twice: number;
  readonly conflicts: number;
  /** Told gaps. */
  readonly gaps: number;
  /** Not everybody was back in time. */
  readonly timedOut: number;
}

/** Adds to the summary that `npm run faults` prints; nothing where nobody asked for one. */
export function tally(found: Tally): void {
  const file = process.env['FAULTS_TALLY'];
  if (file) appendFileSync(file, `${JSON.stringify(found)}\n`);
}

const countedAs: Readonly<Record<Fault['kind'], 'lost' | 'twice' | 'conflicts'>> = {
  lost: 'lost',
  absence: 'lost',
  'sent-without-line': 'lost',
  duplicate: 'twice',
  order: 'conflicts',
  contradiction: 'conflicts',
};

export function countFaults(faults: readonly Fault[]): Pick<Tally, 'lost' | 'twice' | 'conflicts'> {
  const counts = { lost: 0, twice: 0, conflicts: 0 };
  for (const { kind } of faults) counts[countedAs[kind]] += 1;
  return counts;
}
