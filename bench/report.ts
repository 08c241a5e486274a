import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchRun } from './options.ts';

/** What several rounds gave. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** What has been promised of the ratio where there is one, else of the figure. */
export interface Target {
  readonly most?: number;
  readonly least?: number;
}

/** One figure of a bench. */
export interface Row extends Spread {
  /** What was done; a table of the documentation has one line for each. */
  readonly work: string;
  /** Who did it, or with how many of what. */
  readonly by: string;
  readonly unit: string;
  readonly rounds: number;
  /** Of two figures of the same round. */
  readonly ratio?: Spread & { readonly of: string };
  readonly target?: Target;
}

interface Report {
  /** Also the name of its file in bench/results. */
  readonly bench: string;
  /** ISO 8601. */
  readonly date: string;
  readonly machine: string;
  readonly node: string;
  /** How long it took. */
  readonly seconds: number;
  readonly rows: readonly Row[];
}

/** A figure of each round, and what it is compared to. */
interface Measured {
  readonly work: string;
  readonly by: string;
  readonly unit: string;
  readonly rounds: readonly number[];
  readonly ratio?: { readonly of: string; readonly rounds: readonly number[] };
  readonly target?: Target | undefined;
}

const begun = performance.now();
// Later it would be that of the bench itself.
const machine = machineLine();

export function rowOf({ work, by, unit, rounds, ratio, target }: Measured): Row {
  return {
    work,
    by,
    unit,
    rounds: rounds.length,
    ...spread(rounds),
    ...(ratio ? { ratio: { of: ratio.of, ...spread(ratio.rounds) } } : {}),
    ...(target ? { target } : {}),
  };
}

/** Of each round by itself, so that a machine that slows down slows both. */
export function ratios(of: readonly number[], to: readonly number[]): readonly number[] {
  return of.map((value, round) => value / (to[round] ?? Number.NaN));
}

/**
 * Prints the rows as a table and, where that was asked for, makes them bench/results/<bench>.json; the file is always a
 * whole one.
 */
export function report(bench: string, rows: readonly Row[], { write }: BenchRun): void {
  const whole: Report = {
    bench,
    date: new Date().toISOString(),
    machine,
    node: process.versions.node,
    seconds: Math.round((performance.now() - begun) / 1_000),
    rows,
  };
  console.log(`${bench} · ${whole.machine} · Node ${whole.node} · ${whole.seconds} s`);
  console.table(rows.map(shown));
  if (!write) return;
  const results = join(dirname(fileURLToPath(import.meta.url)), 'results');
  const file = join(results, `${bench}.json`);
  mkdirSync(results, { recursive: true });
  writeFileSync(`${file}.new`, `${JSON.stringify(whole, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[middle - (sorted.length % 2 === 0 ? 1 : 0)], sorted[middle]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}

/** The value that `share` of all are not above, by nearest rank. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** Undefined where nothing was promised. */
export function isMet({ median: value, ratio, target }: Row): boolean | undefined {
  if (!target) return undefined;
  const judged = ratio?.median ?? value;
  return judged <= (target.most ?? Number.POSITIVE_INFINITY) && judged >= (target.least ?? 0);
}

function spread(values: readonly number[]): Spread {
  return {
    median: rounded(median(values)),
    least: rounded(Math.min(...values)),
    most: rounded(Math.max(...values)),
  };
}

/** Processors, memory and how busy it was: figures of two machines, or of a busy one, do not compare. */
function machineLine(): string {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const load = (loadavg()[0] ?? Number.NaN).toFixed(1);
  return `${cpus().length} x ${cpu?.model ?? 'unknown'}, ${memory} GiB, ${process.platform}, load ${load}`;
}

function shown(row: Row): Readonly<Record<string, string | number>> {
  const { work, by, median: value, least, most, unit, ratio, target } = row;
  const met = isMet(row);
  return {
    work,
    by,
    median: value,
    spread: row.rounds === 1 ? '' : `${least}–${most}`,
    unit,
    ratio: ratio ? `${ratio.median} x ${ratio.of}` : '',
    target: target ? [bound('≤', target.most), bound('≥', target.least)].filter(Boolean).join(' ') : '',
    met: met === undefined ? '' : met ? 'yes' : 'no',
  };
}

function bound(sign: string, value: number | undefined): string {
  return value === undefined ? '' : `${sign} ${value}`;
}

/** Four significant digits say all that a measurement knows. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
