import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One figure of a bench. */
export interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** `value` divided by the baseline's, of the same run. */
  readonly ratio?: number;
  /** What the ratio is to. */
  readonly baseline?: string;
  /** What has been promised of the ratio where there is one, else of the value. */
  readonly target?: { readonly most?: number; readonly least?: number };
}

export interface Report {
  /** Also the name of its file in bench/results. */
  readonly bench: string;
  /** ISO 8601. */
  readonly date: string;
  readonly machine: string;
  readonly node: string;
  readonly rows: readonly Row[];
}

/** Writes bench/results/<bench>.json and prints the same as a table. */
export function writeReport(bench: string, rows: readonly Row[]): Report {
  const report: Report = {
    bench,
    date: new Date().toISOString(),
    machine: machineLine(),
    node: process.versions.node,
    rows: rows.map((row) => ({
      ...row,
      value: rounded(row.value),
      ...(row.ratio === undefined ? {} : { ratio: rounded(row.ratio) }),
    })),
  };
  const results = join(dirname(fileURLToPath(import.meta.url)), 'results');
  mkdirSync(results, { recursive: true });
  writeFileSync(join(results, `${bench}.json`), `${JSON.stringify(report, null, 2)}\n`);
  console.log(`${bench} · ${report.machine} · Node ${report.node}`);
  console.table(report.rows.map(shown));
  return report;
}

/** Processors, memory and how busy it was: figures of two machines, or of a busy one, do not compare. */
export function machineLine(): string {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const load = (loadavg()[0] ?? Number.NaN).toFixed(1);
  return `${cpus().length} x ${cpu?.model ?? 'unknown'}, ${memory} GiB, ${process.platform}, load ${load}`;
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
export function isMet({ value, ratio, target }: Row): boolean | undefined {
  if (!target) return undefined;
  const judged = ratio ?? value;
  return judged <= (target.most ?? Number.POSITIVE_INFINITY) && judged >= (target.least ?? 0);
}

function shown(row: Row): Readonly<Record<string, string | number>> {
  const { name, value, unit, ratio, baseline, target } = row;
  const met = isMet(row);
  return {
    name,
    value,
    unit,
    ratio: ratio === undefined ? '' : `${ratio} x ${baseline ?? ''}`,
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
