/*
 * The relay against other servers on the same work: `node bench/relay.ts [--rounds N] [--write] [--only WORD] [--short]`.
 * Each server and the load have a core of their own; every round runs all of them in turn; medians are shown with the
 * share of a core that server and load used. Needs a C compiler; nats-server, ngircd and mosquitto take part
 * where they are installed.
 */
import { benchRun } from './options.ts';
import { floor, plainWs, relay, relayUnicast, socketIo, type Contender } from './relay/contenders.ts';
import { mosquitto, nats, ngircd } from './relay/daemons.ts';
import { measure, type Measured, type Scenario } from './relay/measure.ts';
import { hasCompiler } from './relay/native.ts';
import { median, ratios, report, rowOf, type Row, type Target } from './report.ts';

/** By contender, what the relay's figure divided by its must be. */
type Bounds = Readonly<Record<string, Target>>;

interface Work {
  readonly name: string;
  readonly scenario: Omit<Scenario, 'warmUpMs' | 'measureMs'>;
  readonly contenders: readonly Contender[];
  readonly deliveries?: Bounds;
  readonly cpu?: Bounds;
  readonly p99?: Bounds;
}

const others = [floor, nats, ngircd, socketIo, mosquitto, plainWs];
const some = [floor, nats, socketIo, plainWs];

const works: readonly Work[] = [
  {
    name: 'fan-out to 10, saturated, 200 B',
    scenario: { groups: 1, receivers: 10, payloadBytes: 200, window: 256, rate: 0 },
    contenders: [relay, floor, socketIo],
  },
  {
    name: 'fan-out to 100, saturated, 200 B',
    scenario: { groups: 1, receivers: 100, payloadBytes: 200, window: 256, rate: 0 },
    contenders: [relay, floor, socketIo],
  },
  {
    name: 'fan-out to 1 000, saturated, 200 B',
    scenario: { groups: 1, receivers: 1_000, payloadBytes: 200, window: 256, rate: 0 },
    contenders: [relay, ...others],
    deliveries: {
      'socket.io': { least: 20 },
      'nats-server': { least: 2 },
      'C epoll floor': { least: 0.8 },
    },
  },
  {
    name: 'fan-out to 1 000, saturated, 1 KiB',
    scenario: { groups: 1, receivers: 1_000, payloadBytes: 1_024, window: 64, rate: 0 },
    contenders: [relay, floor, nats, socketIo],
  },
  {
    name: 'fan-out to 1 000, one at a time, 200 B',
    scenario: { groups: 1, receivers: 1_000, payloadBytes: 200, window: 1, rate: 0 },
    contenders: [relay, ...others],
    cpu: { 'C epoll floor': { most: 1.4 }, 'socket.io': { most: 0.7 } },
  },
  {
    name: '50 messages/s to 1 000, 200 B',
    scenario: { groups: 1, receivers: 1_000, payloadBytes: 200, window: 64, rate: 50 },
    contenders: [relay, ...some],
    p99: { 'C epoll floor': { most: 1.4 }, 'plain ws loop': { most: 1 } },
  },
  {
    name: '100 rooms of 10, one at a time, 200 B',
    scenario: { groups: 100, receivers: 10, payloadBytes: 200, window: 1, rate: 0 },
    contenders: [relay, ...some],
    cpu: { 'socket.io': { most: 0.6 }, 'C epoll floor': { most: 1.5 } },
  },
  {
    name: 'unicast, 200 pairs, 200 B',
    scenario: { groups: 200, receivers: 1, payloadBytes: 200, window: 1, rate: 0 },
    contenders: [relayUnicast, ...others],
    deliveries: { 'plain ws loop': { least: 1.2 }, 'socket.io': { least: 1.6 } },
    cpu: { 'socket.io': { most: 0.7 }, 'C epoll floor': { most: 1.8 } },
  },
];

const run = benchRun('only');
const SHORT = { warmUpMs: 200, measureMs: 500 };
/** Servers run for months: what theirs costs to compile, 70 ms of the relay, is not part of a delivery. */
const COMPILING_MS = 1_000;
const COMPILED_MS = 300;
const compiled = new Set([floor, nats, ngircd, mosquitto]);
const MEASURE_MS = 800;
/** Of fewer than 150 messages the 99th percentile is that of the slowest one. */
const MEASURE_PACED_MS = 3_000;

if (!hasCompiler()) throw new Error('The load generator needs a C compiler: install gcc and run this again.');
const only = run.word('only');
if (only !== undefined && run.write)
  throw new Error('A part is not the whole result: leave out --only or --write.');
const rows: Row[] = [];
for (const work of works) if (work.name.includes(only ?? '')) rows.push(...(await compare(work)));
report('relay', rows, run);
// Servers that were asked to end may still have sockets in here.
process.exit(0);

async function compare({ name: work, scenario, contenders, ...bounds }: Work): Promise<Row[]> {
  const runs = new Map<string, Measured[]>();
  const taking = contenders.filter(
    (each) => each.available() && scenario.payloadBytes <= (each.maxPayload ?? Infinity),
  );
  const { groups, receivers, rate } = scenario;
  const fewer = run.short ? { groups: Math.min(groups, 20), receivers: Math.min(receivers, 100) } : {};
  const lengths = (contender: Contender) =>
    run.short
      ? SHORT
      : {
          warmUpMs: compiled.has(contender) ? COMPILED_MS : COMPILING_MS,
          measureMs: rate > 0 ? MEASURE_PACED_MS : MEASURE_MS,
        };
  for (let round = 0; round < run.rounds; round++) {
    for (const contender of taking) {
      const measured = await measure(contender, { ...scenario, ...lengths(contender), ...fewer });
      runs.set(contender.name, [...(runs.get(contender.name) ?? []), measured]);
    }
  }
  const figures = (who: string, key: keyof Measured, scale = 1): readonly number[] =>
    (runs.get(who) ?? []).map((each) => each[key] * scale);
  const found: Row[] = [];
  for (const { name: by } of taking) {
    // A server that waits for more before it writes has no figure for one message at a time.
    if (median(figures(by, 'deliveriesPerSecond')) === 0) {
      console.log(`${work} · ${by}: nothing was delivered; left out`);
      continue;
    }
    const row = (key: keyof Measured, unit: string, scale = 1, bound: Bounds = {}): Row => {
      const rounds = figures(by, key, scale);
      if (by === 'relay') return rowOf({ work, by, unit, rounds });
      const ratio = { of: 'relay to it', rounds: ratios(figures('relay', key, scale), rounds) };
      return rowOf({ work, by, unit, rounds, ratio, target: bound[by] });
    };
    if (scenario.rate === 0) found.push(row('deliveriesPerSecond', 'deliveries/s', 1, bounds.deliveries));
    else found.push(row('p50', 'ms p50', 1_000), row('p99', 'ms p99', 1_000, bounds.p99));
    found.push(row('cpuPerMillion', 'CPU s per million', 1, bounds.cpu));
    for (const [key, unit] of [
      ['serverCpu', 'of a core, server'],
      ['loadCpu', 'of a core, load'],
    ] as const)
      found.push(rowOf({ work, by, unit, rounds: figures(by, key) }));
  }
  return found;
}
