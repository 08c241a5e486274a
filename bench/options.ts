import { parseArgs } from 'node:util';

/** How a bench is run. */
export interface BenchRun {
  /** How often everything is measured; contenders take turns within each. */
  readonly rounds: number;
  /** One round of small sizes, to see that it works; its figures are not kept. */
  readonly short: boolean;
  /** Whether the result becomes that of bench/results. */
  readonly write: boolean;
}

const common = {
  rounds: { type: 'string' },
  short: { type: 'boolean', default: false },
  write: { type: 'boolean', default: false },
} as const;

/** Takes `[--rounds N] [--write] [--short]` from the command line, and `--<name> WORD` for each of `more`. */
export function benchRun<Name extends string = never>(...more: readonly Name[]) {
  const words = Object.fromEntries(more.map((name) => [name, { type: 'string' as const }]));
  const { values } = parseArgs({ options: { ...words, ...common } });
  const { short, write } = values;
  if (short && write)
    throw new Error('The figures of a short run are not kept: leave out --short or --write.');
  const rounds = Number(values.rounds ?? (short ? 1 : 5));
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds takes a whole number from 1 on.');
  const run: BenchRun = { rounds, short, write };
  const given: Readonly<Record<string, unknown>> = values;
  const word = (name: Name): string | undefined => {
    const value = given[name];
    return typeof value === 'string' ? value : undefined;
  };
  return { ...run, word };
}
