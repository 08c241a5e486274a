import { spawn as spawnPty } from '@lydell/node-pty';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { residentBytes } from '../process.ts';
import type { ProbeLine } from './probe.ts';
import type { Sample } from './flatness.ts';

const probe = fileURLToPath(new URL('probe.ts', import.meta.url));

export interface ActorOptions {
  readonly name: string;
  readonly script: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** File of its probe. */
  readonly probeFile: string;
  readonly cwd: string;
  /** On a terminal of this size, whose output is thrown away. */
  readonly terminal?: { readonly columns: number; readonly rows: number };
}

type Line = Readonly<Record<string, unknown>>;

/** A program under soak: a process of its own that is looked at from outside. */
export class Actor {
  readonly name: string;
  readonly pid: number;
  readonly samples: Sample[] = [];
  ended = false;
  readonly #write: (text: string) => void;
  readonly #probeFile: string;
  readonly #listeners = new Set<(line: Line) => void>();
  #rest = '';

  constructor({ name, script, args, env, probeFile, cwd, terminal }: ActorOptions) {
    this.name = name;
    this.#probeFile = probeFile;
    const argv = ['--expose-gc', '--disable-warning=ExperimentalWarning', '--import', probe, script, ...args];
    const environment = { ...env, SOAK_PROBE: probeFile };
    if (terminal) {
      const pty = spawnPty(process.execPath, argv, {
        cols: terminal.columns,
        rows: terminal.rows,
        name: 'xterm-256color',
        cwd,
        env: environment,
      });
      pty.onData(() => undefined);
      pty.onExit(() => (this.ended = true));
      this.pid = pty.pid;
      this.#write = (text) => pty.write(text);
      return;
    }
    const child = spawn(process.execPath, argv, {
      cwd,
      env: environment,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdout.setEncoding('utf8').on('data', (data: string) => this.#take(data));
    child.stdin.on('error', () => undefined);
    child.on('exit', () => (this.ended = true));
    if (child.pid === undefined) throw new Error(`${name} did not start`);
    this.pid = child.pid;
    this.#write = (text) => void child.stdin.write(text);
  }

  onLine(listener: (line: Line) => void): void {
    this.#listeners.add(listener);
  }

  /** The first line of JSON with this event. */
  first(event: string): Promise<Line> {
    return new Promise((resolve) => this.onLine((line) => line['event'] === event && resolve(line)));
  }

  write(text: string): void {
    if (!this.ended) this.#write(text);
  }

  look(at: number): void {
    if (this.ended) return;
    const rss = residentBytes(this.pid);
    this.samples.push({ at, rss, descriptors: readdirSync(`/proc/${this.pid}/fd`).length });
  }

  /** Asks the probe; the answer is for `collect`. */
  ask(): void {
    if (!this.ended) process.kill(this.pid, 'SIGUSR2');
  }

  /** Adds what the probe answered to the newest sample. */
  collect(): void {
    const last = this.samples.pop();
    const text = readFileSync(this.#probeFile, { encoding: 'utf8', flag: 'a+' }).trim().split('\n').at(-1);
    if (!last || !text) return;
    const { heapUsed: heap, external, resources } = JSON.parse(text) as ProbeLine;
    this.samples.push({ ...last, heap, external, timers: resources['Timeout'] ?? 0 });
  }

  end(signal: NodeJS.Signals): void {
    if (!this.ended) process.kill(this.pid, signal);
  }

  #take(data: string): void {
    const pieces = (this.#rest + data).split('\n');
    this.#rest = pieces.pop() ?? '';
    for (const piece of pieces) {
      if (!piece.startsWith('{')) continue;
      const line = JSON.parse(piece) as Line;
      for (const listener of this.#listeners) listener(line);
    }
  }
}
