/*
 * What a delivery of the relay costs as rooms and their number grow, a room of 5 000, what members and rooms cost that
 * only are there, and how a room with its host comes back at once: `node bench/growth.ts [--rounds N] [--write] [--short]`.
 * CPU is that of the server alone. A cost that is linear shows as a ratio near 1 to the smallest size.
 */
import { benchRun } from './options.ts';
import { floor, relay, relayUnicast, type Contender } from './relay/contenders.ts';
import { fill } from './relay/fill.ts';
import { measure, type Scenario } from './relay/measure.ts';
import { hasCompiler } from './relay/native.ts';
import { storm } from './relay/storm.ts';
import { ratios, report, rowOf, type Row } from './report.ts';

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
  // What the machine itself does with so many sockets.
  {
    name: 'one room, one at a time, C epoll floor',
    contender: floor,
    of: 'members',
    sizes: [10, 1_000, 5_000],
    shape: (receivers) => ({ groups: 1, receivers, window: 1, rate: 0 }),
  },
  {
    name: 'rooms of 2, one each at a time, C epoll floor',
    contender: floor,
    of: 'rooms',
    sizes: [10, 1_000],
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

const run = benchRun();
/** Long enough for what the server compiles, which would cost the smallest sizes most. */
const times = run.short ? { warmUpMs: 200, measureMs: 500 } : { warmUpMs: 800, measureMs: 800 };
if (!hasCompiler()) throw new Error('The load generator needs a C compiler: install gcc and run this again.');

const rows: Row[] = [];
for (const series of all) rows.push(...(await grow(series)));
rows.push(...(await idle('idle members, in rooms of 50', 'members', 50, [1, 10, 100])));
rows.push(...(await idle('idle rooms of 2', 'rooms', 2, [10, 100, 1_000])));
rows.push(...(await storms([10, 100, 1_000])));
report('growth', rows, run);
process.exit(0);

async function grow({ name: work, contender, of, sizes, shape }: Series): Promise<Row[]> {
  const taking = run.short ? sizes.slice(0, 2) : sizes;
  const costs = new Map<number, number[]>(taking.map((size) => [size, []]));
  for (let round = 0; round < run.rounds; round++) {
    for (const size of taking) {
      const { cpuPerMillion } = await measure(contender, { ...shape(size), payloadBytes: 200, ...times });
      costs.get(size)?.push(cpuPerMillion);
    }
  }
  const [smallest = 0] = sizes;
  const least = costs.get(smallest) ?? [];
  return [...costs].map(([size, rounds]) =>
    rowOf({
      work,
      by: `${size} ${of}`,
      unit: 'CPU µs a delivery',
      rounds,
      ratio: { of: `${smallest} ${of}`, rounds: ratios(rounds, least) },
    }),
  );
}

/** Memory and CPU for each of those who come and stay; the first ones are there before. */
async function idle(
  work: string,
  of: 'members' | 'rooms',
  members: number,
  marks: readonly number[],
): Promise<Row[]> {
  const taking = run.short ? marks.slice(0, 2) : marks;
  const kib = new Map<number, number[]>(taking.map((mark) => [mark, []]));
  const cpu = new Map<number, number[]>(taking.map((mark) => [mark, []]));
  const count = (mark: number): number => (of === 'rooms' ? mark : mark * members);
  for (let round = 0; round < run.rounds; round++) {
    for (const { rooms, residentBytes, cpuSeconds } of await fill(relay, members, taking)) {
      kib.get(rooms)?.push(residentBytes / 1_024 / count(rooms));
      cpu.get(rooms)?.push((cpuSeconds * 1e6) / count(rooms));
    }
  }
  return taking.flatMap((mark) => {
    const by = `${count(mark)} ${of}`;
    return [
      rowOf({ work, by, unit: 'KiB each', rounds: kib.get(mark) ?? [] }),
      rowOf({ work, by, unit: 'CPU µs each', rounds: cpu.get(mark) ?? [] }),
    ];
  });
}

/** All members of a room at once, as after a cut; relay and host share a core. */
async function storms(sizes: readonly number[]): Promise<Row[]> {
  const found: Row[] = [];
  for (const members of run.short ? sizes.slice(0, 2) : sizes) {
    const runs = [];
    for (let round = 0; round < run.rounds; round++) runs.push(await storm(members));
    const row = (unit: string, rounds: readonly number[]): Row =>
      rowOf({ work: 'all come back at once', by: `${members} members`, unit, rounds });
    found.push(
      row(
        's until all are in',
        runs.map(({ untilIn }) => untilIn),
      ),
      row(
        's until all heard a line',
        runs.map(({ untilHeard }) => untilHeard),
      ),
      row(
        'CPU ms each, relay',
        runs.map(({ relayCpu }) => (relayCpu * 1_000) / members),
      ),
      row(
        'CPU ms each, host',
        runs.map(({ hostCpu }) => (hostCpu * 1_000) / members),
      ),
    );
  }
  return found;
}
