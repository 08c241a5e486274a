import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { Contender, Group } from './contenders.ts';
import { compiled } from './native.ts';
import { LOAD_CORE, onCore, type Server } from './server-process.ts';

const STAMP_BYTES = 16;

/** What is asked of a server. */
export interface Scenario {
  readonly groups: number;
  readonly receivers: number;
  readonly payloadBytes: number;
  /** Messages of one group that may be under way. */
  readonly window: number;
  /** Messages a second of one group; 0: as many as the window allows. */
  readonly rate: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export interface Measured {
  readonly messages: number;
  readonly deliveriesPerSecond: number;
  /** CPU seconds of the server for a million deliveries. */
  readonly cpuPerMillion: number;
  /** Share of a core that the server, and the load generator, used. */
  readonly serverCpu: number;
  readonly loadCpu: number;
  /** Seconds from the message leaving the generator to its arrival; 0 without a rate. */
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

/** One run of one server, which is started for it and ended after it. */
export async function measure(contender: Contender, scenario: Scenario): Promise<Measured> {
  const server = await contender.start();
  try {
    const payload = Buffer.alloc(scenario.payloadBytes, '.');
    const groups: Group[] = [];
    for (let index = 0; index < scenario.groups; index++)
      groups.push(await contender.open(server.port, index, scenario.receivers, payload));
    await contender.settle?.(groups.flatMap(({ sender, receivers }) => [sender, ...receivers]));
    return await load(contender, scenario, server, groups);
  } finally {
    await server.close();
  }
}

async function load(
  contender: Contender,
  scenario: Scenario,
  server: Server,
  groups: readonly Group[],
): Promise<Measured> {
  const sockets = groups
    .flatMap(({ sender, receivers }) => [sender, ...receivers])
    .map((each) => each.handOver());
  const [first] = groups;
  if (!first) throw new Error('no groups');
  const stampAt = first.message.length - contender.sentFromEnd - STAMP_BYTES;
  const settings = [
    contender.framing,
    scenario.groups,
    scenario.receivers,
    contender.deliveryBytes(scenario.payloadBytes),
    stampAt,
    contender.stampFromEnd,
    scenario.window,
    scenario.rate,
    scenario.warmUpMs,
    scenario.measureMs,
    server.pid,
  ];
  const child = spawn(...onCore(LOAD_CORE, compiled('load'), []), {
    stdio: ['pipe', 'pipe', 'inherit', ...sockets],
  });
  const { stdin, stdout } = child;
  if (!stdin || !stdout) throw new Error('no pipes');
  stdin.end(`${settings.join(' ')}\n${groups.map(({ message }) => message.toString('hex')).join('\n')}\n`);
  const ended = once(child, 'exit');
  const said = await text(stdout);
  await ended;
  for (const socket of sockets) socket.destroy();
  if (child.exitCode !== 0) throw new Error(`${contender.name}: the load ended with ${child.exitCode}`);
  const [messages = 0, deliveries = 0, seconds = 0, cpu = 0, own = 0, p50 = 0, , p99 = 0, p999 = 0] = said
    .trim()
    .split(' ')
    .map(Number);
  return {
    messages,
    deliveriesPerSecond: deliveries / seconds,
    cpuPerMillion: (cpu / deliveries) * 1e6,
    serverCpu: cpu / seconds,
    loadCpu: own / seconds,
    p50,
    p99,
    p999,
  };
}
