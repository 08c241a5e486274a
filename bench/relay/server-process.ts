import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** Each side has a processor core of its own, so that neither takes the other's. */
const SERVER_CORE = '0';
export const LOAD_CORE = '1';
const START_MS = 10_000;
const RETRY_MS = 20;

export interface Server {
  readonly pid: number;
  readonly port: number;
  close(): Promise<void>;
}

/** A kind of `serve.ts`. */
export function startNode(kind: string, nodeOptions: readonly string[] = []): Promise<Server> {
  const script = fileURLToPath(new URL('serve.ts', import.meta.url));
  return startProgram(process.execPath, [...nodeOptions, script, kind]);
}

/** A program that prints its port. */
export async function startProgram(path: string, args: readonly string[]): Promise<Server> {
  const { pid, said, close } = await startSaying(path, args);
  return { pid, port: Number(said), close };
}

/** A program that prints a line when it is ready. */
export async function startSaying(path: string, args: readonly string[]) {
  const child = spawn(...onCore(SERVER_CORE, path, args), { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const said = await new Promise<string>((resolve, reject) => {
    lines.once('line', resolve);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${path} ended with ${code}`)));
  });
  return { ...processOf(child), said };
}

/** A program of the system that is told its port and may write into a folder. */
export async function startDaemon(
  program: string,
  argsOf: (port: number, folder: string) => readonly string[],
): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const port = await freePort();
  const child = spawn(...onCore(SERVER_CORE, program, argsOf(port, folder)), { stdio: 'ignore' });
  await answers(port, Date.now() + START_MS);
  const server = { ...processOf(child), port };
  const close = async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { ...server, close };
}

export function installed(program: string): boolean {
  return spawnSync('which', [program]).status === 0;
}

/** `taskset` replaces itself by the program, so its process id is the program's. */
export function onCore(core: string, path: string, args: readonly string[]): [string, string[]] {
  return installed('taskset') ? ['taskset', ['-c', core, path, ...args]] : [path, [...args]];
}

function processOf(child: ChildProcess): Omit<Server, 'port'> {
  const { pid } = child;
  if (pid === undefined) throw new Error('not started');
  const close = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  return { pid, close };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (typeof address !== 'object' || !address) throw new Error('no port');
  return address.port;
}

async function answers(port: number, until: number): Promise<void> {
  for (;;) {
    const socket = connect({ port, host: '127.0.0.1' });
    const open = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.destroy();
    if (open) return;
    if (Date.now() > until) throw new Error('the server does not listen');
    await pause(RETRY_MS);
  }
}
