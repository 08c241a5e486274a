import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { endWithUs } from './end-with-us.ts';
import { cleanEnvironment } from './terminal.ts';

const bin = fileURLToPath(new URL('../../bin/chat-tui.js', import.meta.url));

/** How long something may take to be said on a machine that is busy with much else. */
const PATIENCE_MS = 40_000;

export type JsonLine = { readonly event: string } & Readonly<Record<string, unknown>>;

/** A real `chat-tui` process without a terminal. */
export class Program {
  readonly child: ChildProcessWithoutNullStreams;
  stdout = '';
  stderr = '';
  /** Every JSON line of stdout so far. */
  readonly lines: JsonLine[] = [];
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  readonly #watchers = new Set<() => void>();
  #rest = '';

  /** `script` is another program than `chat-tui`. */
  constructor(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    cwd?: string,
    script: string = bin,
    by: readonly string[] = [],
  ) {
    const [command = process.execPath, ...words] = [...by, process.execPath, script, ...args];
    this.child = spawn(command, words, {
      env: cleanEnvironment(env),
      ...(cwd ? { cwd } : {}),
    });
    endWithUs(this.child);
    this.child.stdout.setEncoding('utf8').on('data', (data: string) => this.#take(data));
    this.child.stderr.setEncoding('utf8').on('data', (data: string) => (this.stderr += data));
    this.child.stdin.on('error', () => undefined);
    this.exited = new Promise((resolve) => {
      this.child.on('close', (code, signal) => {
        resolve({ code, signal });
        for (const watcher of this.#watchers) watcher();
      });
    });
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('the program did not start');
    return this.child.pid;
  }

  send(value: string | object): void {
    this.child.stdin.write(`${typeof value === 'string' ? value : JSON.stringify(value)}\n`);
  }

  end(): void {
    this.child.stdin.end();
  }

  /** The first JSON line, of those past or to come, that is this event and satisfies `accept`. */
  async event(
    name: string,
    accept: (line: JsonLine) => boolean = () => true,
    timeoutMs = PATIENCE_MS,
  ): Promise<JsonLine> {
    const find = () => this.lines.find((line) => line.event === name && accept(line));
    return await this.#until(find, `event ${name}`, timeoutMs);
  }

  /** Resolves once `ready` gives something for all that was printed so far. */
  async until<Value>(ready: () => Value | undefined, what: string, timeoutMs = PATIENCE_MS): Promise<Value> {
    return await this.#until(ready, what, timeoutMs);
  }

  kill(signal: NodeJS.Signals = 'SIGTERM'): void {
    this.child.kill(signal);
  }

  async close(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }

  #take(data: string): void {
    this.stdout += data;
    const pieces = (this.#rest + data).split('\n');
    this.#rest = pieces.pop() ?? '';
    for (const piece of pieces) {
      if (piece.startsWith('{')) this.lines.push(JSON.parse(piece) as JsonLine);
    }
    for (const watcher of this.#watchers) watcher();
  }

  #until<Value>(find: () => Value | undefined, what: string, timeoutMs: number): Promise<Value> {
    return new Promise((resolve, reject) => {
      const done = (finish: () => void): void => {
        this.#watchers.delete(look);
        clearTimeout(timer);
        finish();
      };
      const fail = (why: string): void =>
        done(() =>
          reject(new Error(`${what}: ${why}\nstdout: ${this.stdout.slice(-2_000)}\nstderr: ${this.stderr}`)),
        );
      const look = (): void => {
        const found = find();
        if (found !== undefined) done(() => resolve(found));
        else if (this.child.exitCode !== null || this.child.signalCode !== null) fail('the program ended');
      };
      const timer = setTimeout(() => fail('timed out'), timeoutMs);
      this.#watchers.add(look);
      look();
    });
  }
}

/** Runs a program to its end. */
export async function run(
  args: readonly string[],
  options: { env?: Readonly<Record<string, string>>; input?: string; cwd?: string } = {},
): Promise<{ code: number | null; stdout: string; stderr: string; lines: readonly JsonLine[] }> {
  const program = new Program(args, options.env, options.cwd);
  program.child.stdin.end(options.input ?? '');
  const { code } = await program.exited;
  return { code, stdout: program.stdout, stderr: program.stderr, lines: program.lines };
}
