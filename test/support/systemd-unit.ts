import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Program } from './program.ts';
import type { Stage } from './stage.ts';

const bin = fileURLToPath(new URL('../../bin/chat-tui.js', import.meta.url));

export const hasSystemdAnalyze = spawnSync('systemd-analyze', ['--version']).status === 0;
/** From systemd 250 on. */
export const measuresExposure = spawnSync('systemd-analyze', ['--offline=true', '--help']).status === 0;
if (!hasSystemdAnalyze) console.warn('There is no systemd-analyze here: units are not verified.');

/** A read-only root without capabilities can only be had by root, and not in every container. */
const canIsolate =
  spawnSync('unshare', [
    '-m',
    'sh',
    '-c',
    'mount --make-rprivate / && mount -o remount,bind,ro / && setpriv -h',
  ]).status === 0;
if (!canIsolate) console.warn('There are no mount namespaces here: services run without their sandbox.');

/** A unit of `deploy/`, started as systemd would start it, as far as that goes without systemd. */
export class SystemdUnit {
  readonly #text: string;
  readonly #name: string;
  readonly #stage: Stage;
  readonly #programs: Program[] = [];

  constructor(name: string, stage: Stage) {
    this.#name = name;
    this.#stage = stage;
    this.#text = readFileSync(
      fileURLToPath(new URL(`../../deploy/${name}.service`, import.meta.url)),
      'utf8',
    );
    for (const folder of [`state/private/${name}`, `run/${name}`, 'path'])
      mkdirSync(stage.path(folder), { recursive: true, mode: 0o700 });
    // As a dynamic user has it.
    symlinkSync(`private/${name}`, stage.path('state', name));
    symlinkSync(bin, stage.path('path', 'chat-tui'));
  }

  settings(name: string): string[] {
    return [...this.#text.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value);
  }

  /** What systemd has to say of it. */
  verify(): { readonly status: number | null; readonly stderr: string } {
    const { status, stderr } = this.#analyze('verify');
    return { status, stderr };
  }

  /** How much of the machine it leaves open by systemd's own measure, from 0 to 10. */
  exposure(): number {
    const { stdout } = this.#analyze('security', '--offline=true', '--no-pager');
    return Number(/^→ Overall exposure level .*: ([\d.]+) /m.exec(stdout)?.[1]);
  }

  #analyze(...args: readonly string[]) {
    // Under its own name, for systemd says what is wrong with names too.
    const file = this.#stage.path(`${this.#name}.service`);
    writeFileSync(file, this.#text);
    return spawnSync('systemd-analyze', [...args, file], { encoding: 'utf8' });
  }

  /** The unit's command in the unit's environment, and as much of its sandbox as there is. */
  start(environmentFile: Readonly<Record<string, string>>): Program {
    const stage = this.#stage;
    const place = (text: string): string =>
      text.replaceAll('%S', stage.path('state')).replaceAll('%t', stage.path('run'));
    const assigned = this.settings('Environment').map((line) => place(line).split('=', 2));
    const env: Record<string, string> = {
      PATH: `${stage.path('path')}:${dirname(process.execPath)}:/usr/bin:/bin`,
      LANG: 'C.UTF-8',
      ...Object.fromEntries(assigned),
      ...environmentFile,
    };
    const [start = ''] = this.settings('ExecStart');
    const words = place(start)
      .split(' ')
      .map((word) => word.replace(/\$\{(\w+)\}/, (_, name: string) => env[name] ?? ''));
    const assignments = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const command = ['env', '-i', ...assignments, ...words].map((word) => `'${word}'`).join(' ');
    const isolate = [
      'mount --make-rprivate /',
      ...['state', 'run'].map((folder) => `mount --bind ${stage.path(folder)} ${stage.path(folder)}`),
      'mount -o remount,bind,ro /',
      'cd /',
      'umask 077',
      `exec setpriv --no-new-privs --bounding-set=-all --inh-caps=-all ${command}`,
    ].join(' && ');
    const by = canIsolate
      ? ['unshare', '-m', 'sh', '-c', isolate]
      : ['sh', '-c', `umask 077 && exec ${command}`];
    const program = new Program([], {}, stage.folder, undefined, by);
    this.#programs.push(program);
    return program;
  }

  async close(): Promise<void> {
    await Promise.all(this.#programs.splice(0).map((program) => program.close()));
  }
}
