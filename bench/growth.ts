/*
 * What a delivery of the relay costs as rooms and their number grow, and a room of 5 000: `node bench/growth.ts [--rounds N]`.
 * CPU is that of the server alone. A cost that is linear shows as a ratio near 1 to the smallest size.
 */
import { parseArgs } from 'node:util';
import { relay, relayUnicast, type Contender } from './relay/contenders.ts';
import { measure, type Measured, type Scenario } from './relay/measure.ts';
import { hasCompiler } from './relay/native.ts';
import { median, writeReport, type Row } from './report.ts';

type Shape = Pick<Scenario, 'groups' | 'receivers' | 'window' | 'rate'>;

interface Series {
  readonly name: string;
  readonly contender: Contender;
  readonly of: string;
  readonly sizes: readonly number[];
  readonly shape: (size: number) => Shape;
}

const all: readonly Series[] = [
  {
    name: 'one room, messages together',
    contender: relay,
    of: 'members',
    sizes: [10, 100, 1_000, 5_000],
    shape: (receivers) => ({ groups: 1, receivers, window: 64, rate: 0 }),
  },
  {
    name: 'one room, one message at a time',
    contender: relay,
    of: 'members',
    sizes: [10, 100, 1_000, 5_000],
    shape: (receivers) => ({ groups: 1, receivers, window: 1, rate: 0 }),
  },
  {
    name: 'rooms of 2, one message each at a time',
    contender: relay,
    of: 'rooms',
    sizes: [10, 100, 1_000],
    shape: (groups) => ({ groups, receivers: 2, window: 1, rate: 0 }),
  },
  {
    name: 'circuits, one message each at a time',
    contender: relayUnicast,
    of: 'circuits',
    sizes: [10, 100, 1_000],
    shape: (groups) => ({ groups, receivers: 1, window: 1, rate: 0 }),
  },
];

const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '3' } } });
if (!hasCompiler()) throw new Error('The load generator needs a C compiler: install gcc and run this again.');

const rows: Row[] = [];
for (const series of all) rows.push(...(await grow(series)));
writeReport('growth', rows);
process.exit(0);

async function grow({ name, contender, of, sizes, shape }: Series): Promise<Row[]> {
  const runs = new Map<number, Measured[]>();
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const size of sizes) {
      const scenario = { ...shape(size), payloadBytes: 200, warmUpMs: 500, measureMs: 1_500 };
      runs.set(size, [...(runs.get(size) ?? []), await measure(contender, scenario)]);
    }
  }
  const cost = (size: number) => median((runs.get(size) ?? []).map(({ cpuPerMillion }) => cpuPerMillion));
  const [smallest = 0] = sizes;
  return sizes.map((size) => ({
    name: `${name} · ${size} ${of}`,
    value: cost(size),
    unit: 'CPU µs a delivery',
    ratio: cost(size) / cost(smallest),
    baseline: `${smallest} ${of}`,
  }));
}
