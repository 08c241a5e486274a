/*
 * Connections of the relay against other servers: memory of one that is idle, CPU of one that is accepted, time until it
 * listens. `node bench/connections.ts [--rounds N] [--write] [--short]`. A member at the relay is logged in, has a
 * circuit and is admitted to a room of 100; the others have what they call a room or a subscription.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { randomBytes, signerFrom, type Signer } from '../src/shared/crypto/sign.ts';
import { BenchLink, type BenchSocket } from './relay/bench-socket.ts';
import { inTurn, plainWs, relay, socketIo, type Contender } from './relay/contenders.ts';
import { nats } from './relay/daemons.ts';
import { fill } from './relay/fill.ts';
import { benchRun } from './options.ts';
import { cpuSeconds } from './process.ts';
import { ratios, report, rowOf, type Row, type Target } from './report.ts';

const ROOM_MEMBERS = 100;
const run = benchRun();
const connections = run.short ? 1_000 : 5_000;
/** Servers run for months: what the first logins cost to compile is no part of the others. */
const acceptsBefore = run.short ? 100 : 2_000;

const rows: Row[] = [...(await memory()), ...(await accepts()), ...(await starts())];
report('connections', rows, run);
process.exit(0);

async function memory(): Promise<Row[]> {
  const contenders = [relay, plainWs, socketIo, nats].filter((each) => each.available());
  const used = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < run.rounds; round++)
    for (const contender of contenders) {
      const [filled] = await fill(contender, ROOM_MEMBERS, [connections / ROOM_MEMBERS]);
      if (filled) used.get(contender.name)?.push(filled.residentBytes / 1_024 / filled.connections);
    }
  const ours = used.get('relay') ?? [];
  return [...used].map(([by, rounds]) =>
    rowOf({
      work: `idle connection, ${connections} of them`,
      by,
      unit: 'KiB each',
      rounds,
      ...(by === 'relay'
        ? { target: { most: 12 } }
        : { ratio: { of: 'relay to it', rounds: ratios(ours, rounds) } }),
    }),
  );
}

async function accepts(): Promise<Row[]> {
  // People have their keys; to make them meanwhile would keep the generator from what it measures.
  const signers: Signer[] = [];
  const ways = [
    {
      contender: relay,
      name: 'relay, with login',
      open: (port: number) => BenchLink.open(port, 'member', signers.pop()),
    },
    { contender: plainWs, name: 'plain ws', open: (port: number) => one(plainWs, port) },
    { contender: socketIo, name: 'socket.io, without login', open: (port: number) => one(socketIo, port) },
  ];
  const rate = new Map<string, number[]>(ways.map(({ name }) => [name, []]));
  const cpu = new Map<string, number[]>(ways.map(({ name }) => [name, []]));
  for (let round = 0; round < run.rounds; round++) {
    for (const { contender, name, open } of ways) {
      signers.length = 0;
      for (let n = 0; n < acceptsBefore + connections / 2; n++) signers.push(signerFrom(randomBytes(32)));
      const server = await contender.start();
      const sockets: BenchSocket[] = await inTurn(acceptsBefore, () => open(server.port));
      const [cpuBefore, from] = [cpuSeconds(server.pid), performance.now()];
      sockets.push(...(await inTurn(connections / 2, () => open(server.port))));
      const seconds = (performance.now() - from) / 1_000;
      const used = cpuSeconds(server.pid) - cpuBefore;
      for (const { socket } of sockets) socket.destroy();
      await server.close();
      const count = connections / 2;
      rate.get(name)?.push(count / seconds);
      cpu.get(name)?.push((used / count) * 1e6);
    }
  }
  return ways.flatMap(({ name: by }): Row[] => {
    const row = (unit: string, figures: ReadonlyMap<string, readonly number[]>, target?: Target): Row => {
      const rounds = figures.get(by) ?? [];
      const ours = figures.get('relay, with login') ?? [];
      const ratio = { of: 'relay to it', rounds: ratios(ours, rounds) };
      return rowOf({ work: 'accepts', by, unit, rounds, target, ...(ours === rounds ? {} : { ratio }) });
    };
    const promised = by.startsWith('socket.io') ? { least: 1.3 } : undefined;
    return [row('connections/s', rate, promised), row('server CPU µs each', cpu)];
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
  const relayArgs = [join(root, 'bin/chat-tui.js'), 'relay', '--listen', '127.0.0.1:0', '--data', home];
  const relayEnv = { CHAT_TUI_HOME: home, CHAT_TUI_RUNTIME: home };
  // The first makes its folder, and at its end keeps what was compiled; the others start as any relay does.
  await untilOutput(relayArgs, root, relayEnv, 'SIGTERM');
  for (let round = 0; round < 2 * run.rounds + 1; round++) {
    times.bare.push(await untilOutput(['--input-type=module', '-e', bare], root, {}));
    times.relay.push(await untilOutput(relayArgs, root, relayEnv));
  }
  rmSync(home, { recursive: true, force: true });
  const ratio = { of: 'bare ws server', rounds: ratios(times.relay, times.bare) };
  const [work, unit] = ['start to listening', 'ms'];
  return [
    rowOf({ work, by: 'bare ws server', unit, rounds: times.bare }),
    rowOf({ work, by: 'relay', unit, rounds: times.relay, ratio, target: { most: 1.3 } }),
  ];
}

/** Fails when it ends without a word. */
async function untilOutput(
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
  end: NodeJS.Signals = 'SIGKILL',
): Promise<number> {
  const from = performance.now();
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const failed = once(child, 'exit').then(() => Promise.reject(new Error('it ended at once')));
  await Promise.race([once(child.stdout, 'data'), failed]);
  const ms = performance.now() - from;
  child.kill(end);
  await failed.catch(() => undefined);
  return ms;
}
