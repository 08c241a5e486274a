/*
 * Connections of the relay against other servers: memory of one that is idle, CPU of one that is accepted, time until it
 * listens. `node bench/connections.ts [--connections N] [--rounds N] [--short]`. A member at the relay is logged in, has a
 * circuit and is admitted to a room of 100; the others have what they call a room or a subscription.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { BenchLink, type BenchSocket } from './relay/bench-socket.ts';
import { inTurn, plainWs, relay, socketIo, type Contender } from './relay/contenders.ts';
import { nats } from './relay/daemons.ts';
import { median, writeReport, type Row } from './report.ts';

const ROOM_MEMBERS = 100;
/** Opened and left alone before anything is measured: code gets compiled, pools get filled. */
const WARM_UP = 100;
const SETTLE_MS = 1_000;
const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
const PAGE_BYTES = Number(execFileSync('getconf', ['PAGESIZE'], { encoding: 'utf8' }));

const { values: options } = parseArgs({
  options: {
    connections: { type: 'string', default: '5000' },
    rounds: { type: 'string', default: '5' },
    short: { type: 'boolean', default: false },
  },
});
const connections = Number(options.connections);
const rounds = Number(options.rounds);

const rows: Row[] = [...(await memory()), ...(await accepts()), ...(await starts())];
writeReport(options.short ? 'connections-short' : 'connections', rows);
process.exit(0);

async function memory(): Promise<Row[]> {
  const used = new Map<string, number[]>();
  const contenders = [relay, plainWs, socketIo, nats].filter((each) => each.available());
  for (let round = 0; round < Math.min(rounds, 3); round++)
    for (const contender of contenders)
      used.set(contender.name, [...(used.get(contender.name) ?? []), await idleBytes(contender)]);
  const kib = (name: string) => median(used.get(name) ?? []) / 1_024;
  return contenders.map(({ name }) => ({
    name: `idle connection, ${connections} of them · ${name}`,
    value: kib(name),
    unit: 'KiB each',
    ...(name === 'relay'
      ? { target: { most: 12 } }
      : { ratio: kib('relay') / kib(name), baseline: 'relay to it' }),
  }));
}

async function idleBytes(contender: Contender): Promise<number> {
  const server = await contender.start();
  const payload = Buffer.alloc(200, '.');
  const open: BenchSocket[] = [];
  const room = async (index: number) => {
    const { sender, receivers } = await contender.open(server.port, index, ROOM_MEMBERS, payload);
    open.push(sender, ...receivers);
  };
  try {
    for (let index = 0; index < WARM_UP / ROOM_MEMBERS; index++) await room(index);
    await pause(SETTLE_MS);
    const before = residentBytes(server.pid);
    const already = open.length;
    for (let index = 1; open.length - already < connections; index++) await room(index);
    await pause(SETTLE_MS);
    return (residentBytes(server.pid) - before) / (open.length - already);
  } finally {
    for (const { socket } of open) socket.destroy();
    await server.close();
  }
}

async function accepts(): Promise<Row[]> {
  const ways = [
    { contender: relay, name: 'relay, with login', open: (port: number) => BenchLink.open(port, 'member') },
    { contender: plainWs, name: 'plain ws', open: (port: number) => one(plainWs, port) },
    { contender: socketIo, name: 'socket.io, without login', open: (port: number) => one(socketIo, port) },
  ];
  const rate = new Map<string, number[]>();
  const cpu = new Map<string, number[]>();
  for (let round = 0; round < rounds; round++) {
    for (const { contender, name, open } of ways) {
      const server = await contender.start();
      const sockets: BenchSocket[] = await inTurn(WARM_UP, () => open(server.port));
      const [cpuBefore, from] = [cpuSeconds(server.pid), performance.now()];
      sockets.push(...(await inTurn(connections / 2, () => open(server.port))));
      const seconds = (performance.now() - from) / 1_000;
      const used = cpuSeconds(server.pid) - cpuBefore;
      for (const { socket } of sockets) socket.destroy();
      await server.close();
      const count = connections / 2;
      rate.set(name, [...(rate.get(name) ?? []), count / seconds]);
      cpu.set(name, [...(cpu.get(name) ?? []), (used / count) * 1e6]);
    }
  }
  return ways.flatMap(({ name }): Row[] => {
    const of = (figures: Map<string, number[]>) => {
      const value = median(figures.get(name) ?? []);
      const ratio = median(figures.get('relay, with login') ?? []) / value;
      return name.startsWith('relay') ? { value } : { value, ratio, baseline: 'relay to it' };
    };
    const promised = name.startsWith('socket.io') ? { target: { least: 1.3 } } : {};
    return [
      { name: `accepts · ${name}`, ...of(rate), unit: 'connections/s', ...promised },
      { name: `accepts · ${name}`, ...of(cpu), unit: 'server CPU µs each' },
    ];
  });
}

async function one(contender: Contender, port: number): Promise<BenchSocket> {
  const { sender, receivers } = await contender.open(port, 0, 0, Buffer.alloc(16));
  for (const { socket } of receivers) socket.destroy();
  return sender;
}

/** From starting the process to its first word that it listens. */
async function starts(): Promise<Row[]> {
  const bare =
    `import { WebSocketServer } from 'ws';` +
    `const server = new WebSocketServer({ port: 0, host: '127.0.0.1' }, () => console.log(server.address().port));`;
  const root = fileURLToPath(new URL('..', import.meta.url));
  const times: { relay: number[]; bare: number[] } = { relay: [], bare: [] };
  const home = mkdtempSync(join(tmpdir(), 'bench-relay-'));
  for (let round = 0; round < 2 * rounds + 1; round++) {
    times.bare.push(await untilOutput(['--input-type=module', '-e', bare], root, {}));
    const relayArgs = [join(root, 'bin/chat-tui.js'), 'relay', '--listen', '127.0.0.1:0', '--data', home];
    times.relay.push(await untilOutput(relayArgs, root, { CHAT_TUI_HOME: home, CHAT_TUI_RUNTIME: home }));
  }
  rmSync(home, { recursive: true, force: true });
  const [relayMs, bareMs] = [median(times.relay), median(times.bare)];
  return [
    { name: 'start to listening · bare ws server', value: bareMs, unit: 'ms' },
    {
      name: 'start to listening · relay',
      value: relayMs,
      unit: 'ms',
      ratio: relayMs / bareMs,
      baseline: 'bare ws server',
      target: { most: 1.3 },
    },
  ];
}

/** Fails when it ends without a word. */
async function untilOutput(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<number> {
  const from = performance.now();
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const failed = once(child, 'exit').then(() => Promise.reject(new Error('it ended at once')));
  await Promise.race([once(child.stdout, 'data'), failed]);
  const ms = performance.now() - from;
  child.kill('SIGKILL');
  await failed.catch(() => undefined);
  return ms;
}

function residentBytes(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES;
}

function cpuSeconds(pid: number): number {
  // The name, in brackets, may hold spaces.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
