/*
 * The relay against other servers on the same work: `node bench/relay.ts [--rounds N] [--only WORD] [--short]`.
 * Each server and the load have a core of their own; every round runs all of them in turn; medians are shown with the
 * share of a core that server and load used. Needs a C compiler; nats-server, ngircd and mosquitto take part
 * where they are installed.
 */
import { parseArgs } from 'node:util';
import { floor, plainWs, relay, relayUnicast, socketIo, type Contender } from './relay/contenders.ts';
import { mosquitto, nats, ngircd } from './relay/daemons.ts';
import { measure, type Measured, type Scenario } from './relay/measure.ts';
import { hasCompiler } from './relay/native.ts';
import { median, writeReport, type Row } from './report.ts';

/** What a ratio of the relay's figure to another's must be. */
type Bound = NonNullable<Row['target']>;

interface Work {
  readonly name: string;
  readonly scenario: Omit<Scenario, 'warmUpMs' | 'measureMs'>;
  readonly contenders: readonly Contender[];
  /** By contender. */
  readonly deliveries?: Readonly<Record<string, Bound>>;
  readonly cpu?: Readonly<Record<string, Bound>>;
  readonly p99?: Readonly<Record<string, Bound>>;
}

const others = [floor, nats, ngircd, socketIo, mosquitto, plainWs];
const webSockets = [floor, socketIo, plainWs];

const works: readonly Work[] = [
  {
    name: 'fan-out to 10, saturated, 200 B',
    scenario: { groups: 1, receivers: 10, payloadBytes: 200, window: 256, rate: 0 },
    contenders: [relay, ...webSockets],
  },
  {
    name: 'fan-out to 100, saturated, 200 B',
    scenario: { groups: 1, receivers: 100, payloadBytes: 200, window: 256, rate: 0 },
    contenders: [relay, ...webSockets],
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
    contenders: [relay, floor, nats, socketIo, plainWs],
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
    contenders: [relay, ...others],
    p99: { 'C epoll floor': { most: 1.4 }, 'plain ws loop': { most: 1 } },
  },
  {
    name: '50 messages/s to 1 000, 1 KiB',
    scenario: { groups: 1, receivers: 1_000, payloadBytes: 1_024, window: 64, rate: 50 },
    contenders: [relay, floor, nats, socketIo, plainWs],
  },
  {
    name: '100 rooms of 10, one at a time, 200 B',
    scenario: { groups: 100, receivers: 10, payloadBytes: 200, window: 1, rate: 0 },
    contenders: [relay, ...others],
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

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string' },
    only: { type: 'string' },
    short: { type: 'boolean', default: false },
  },
});
const rounds = Number(options.rounds ?? (options.short ? 1 : 5));
const times = options.short ? { warmUpMs: 200, measureMs: 500 } : { warmUpMs: 500, measureMs: 2_000 };

if (!hasCompiler()) throw new Error('The load generator needs a C compiler: install gcc and run this again.');
const rows: Row[] = [];
for (const work of works) {
  if (options.only && !work.name.includes(options.only)) continue;
  rows.push(...(await compare(work)));
  // After each: a run takes long, and what was measured is kept whatever comes then.
  writeReport(options.short ? 'relay-short' : 'relay', rows);
}
// Servers that were asked to end may still have sockets in here.
process.exit(0);

async function compare({ name, scenario, contenders, ...bounds }: Work): Promise<Row[]> {
  const runs = new Map<string, Measured[]>();
  const taking = contenders.filter(
    (each) => each.available() && scenario.payloadBytes <= (each.maxPayload ?? Infinity),
  );
  for (let round = 0; round < rounds; round++) {
    for (const contender of taking) {
      const measured = await measure(contender, { ...scenario, ...times });
      runs.set(contender.name, [...(runs.get(contender.name) ?? []), measured]);
    }
  }
  const middle = (who: string, key: keyof Measured) => median((runs.get(who) ?? []).map((each) => each[key]));
  const found: Row[] = [];
  for (const { name: who } of taking) {
    // A server that waits for more before it writes has no figure for one message at a time.
    if (middle(who, 'deliveriesPerSecond') === 0) {
      console.log(`${name} · ${who}: nothing was delivered; left out`);
      continue;
    }
    const busy = `server ${percent(middle(who, 'serverCpu'))}, load ${percent(middle(who, 'loadCpu'))} of a core`;
    console.log(
      `${name} · ${who}: ${Math.round(middle(who, 'deliveriesPerSecond') / 1_000)} k/s, ` +
        `${middle(who, 'cpuPerMillion').toFixed(2)} CPU s per million, p99 ${(middle(who, 'p99') * 1_000).toFixed(2)} ms; ${busy}`,
    );
    const row = (
      key: keyof Measured,
      unit: string,
      scale: number,
      bound?: Readonly<Record<string, Bound>>,
    ): Row => {
      const value = middle(who, key) * scale;
      if (who === 'relay') return { name: `${name} · ${who}`, value, unit };
      const target = bound?.[who];
      const ratio = (middle('relay', key) * scale) / value;
      return {
        name: `${name} · ${who}`,
        value,
        unit,
        ratio,
        baseline: 'relay to it',
        ...(target ? { target } : {}),
      };
    };
    if (scenario.rate === 0) found.push(row('deliveriesPerSecond', 'deliveries/s', 1, bounds.deliveries));
    else found.push(row('p50', 'ms p50', 1_000), row('p99', 'ms p99', 1_000, bounds.p99));
    found.push(
      row('cpuPerMillion', 'CPU s per million', 1, bounds.cpu),
      { name: `${name} · ${who}`, value: middle(who, 'serverCpu'), unit: 'of a core, server' },
      { name: `${name} · ${who}`, value: middle(who, 'loadCpu'), unit: 'of a core, load' },
    );
  }
  return found;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
