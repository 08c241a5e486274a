import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Program, type JsonLine } from './program.ts';
import { Terminal, type TerminalOptions } from './terminal.ts';

/** A folder of its own for homes, runtime files and working directories, and every process that was started in it. */
export class Stage {
  readonly folder = mkdtempSync(join(tmpdir(), 'chat-tui-stage-'));
  readonly #running: { close(): Promise<void> }[] = [];

  path(...parts: readonly string[]): string {
    return join(this.folder, ...parts);
  }

  /** Processes with this environment find each other on this machine, and nobody else. */
  env(home: string): Record<string, string> {
    return { CHAT_TUI_HOME: this.path(home), CHAT_TUI_RUNTIME: this.path('run'), HOME: this.folder };
  }

  program(home: string, ...args: readonly string[]): Program {
    return this.#keep(new Program(args, this.env(home), this.folder));
  }

  /** A program with more in its environment, or another script than `chat-tui`. */
  programWith(
    home: string,
    args: readonly string[],
    { env = {}, script }: { env?: Readonly<Record<string, string>>; script?: string | undefined },
  ): Program {
    return this.#keep(new Program(args, { ...this.env(home), ...env }, this.folder, script));
  }

  terminal(home: string, args: readonly string[] = [], options: TerminalOptions = {}): Terminal {
    return this.#keep(
      new Terminal(args, { cwd: this.folder, ...options, env: { ...this.env(home), ...options.env } }),
    );
  }

  /** Starts a relay and resolves once it listens. */
  async relay(data = 'relay', port = 0): Promise<{ program: Program; url: string; port: number }> {
    const program = this.program(data, 'relay', '--listen', `127.0.0.1:${port}`, '--data', this.path(data));
    const { url } = await program.event('listening');
    if (typeof url !== 'string') throw new Error('listening without a url');
    return { program, url, port: Number(new URL(url).port) };
  }

  /** Hosts a room and resolves once members can join. */
  async host(home: string, ...args: readonly string[]): Promise<{ program: Program; ready: JsonLine }> {
    const program = this.program(home, 'host', ...args);
    return { program, ready: await program.event('ready') };
  }

  /** `before` the folder is removed, when nothing runs in it any more. */
  async close(before?: () => void): Promise<void> {
    await Promise.all(this.#running.map((process) => process.close()));
    before?.();
    // What was started by a shell may still be on its way out.
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 20 });
  }

  #keep<Process extends { close(): Promise<void> }>(process: Process): Process {
    this.#running.push(process);
    return process;
  }
}
