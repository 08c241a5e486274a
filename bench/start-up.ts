/*
 * What starting costs, beside a bare Node.js that does nothing, by turns: `--version`, the first frame and the lobby on
 * a PTY, memory after it, and the package fetched by npx for the first time beside one that prints and exits.
 * `node bench/start-up.ts [--rounds N] [--write] [--short]`. A start is short: there are two of each in a round, and one
 * more. Needs a build (`npm run build`).
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawn } from '@lydell/node-pty';
import { MIB } from '../src/shared/limits.ts';
import { cleanEnvironment } from '../test/support/terminal.ts';
import { benchRun } from './options.ts';
import { residentBytes } from './process.ts';
import { ratios, report, rowOf, type Row, type Target } from './report.ts';

const SETTLE_MS = 1_500;
const END_MS = 10_000;
const run = benchRun();
const runs = 2 * run.rounds + 1;
const BARE = 'bare node';
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const program = join(root, 'bin/chat-tui.js');
const place = mkdtempSync(join(tmpdir(), 'chat-tui-start-up-'));

try {
  report('start-up', [...version(), ...(await screen()), ...npx()], run);
} finally {
  rmSync(place, { recursive: true, force: true });
}

function version(): readonly Row[] {
  const [asked, bare] = byTurns(
    runs,
    () => timed(process.execPath, [program, '--version']),
    () => timed(process.execPath, ['-e', '0']),
  );
  return compared('--version', 'ms', { [BARE]: bare, 'chat-tui': asked }, { most: 1.4 });
}

async function screen(): Promise<readonly Row[]> {
  const never: Start[] = [];
  const shown: Start[] = [];
  const bare: Start[] = [];
  for (let turn = 0; turn <= runs; turn++) {
    const ours = [program, '--nick', 'ada', '--home', join(place, `home-${turn}`)];
    const first = await started(ours, /Rooms/);
    const again = await started(ours, /Rooms/);
    const nothing = await started(
      ['-e', "process.stdout.write('Rooms'); setInterval(() => {}, 1e6)"],
      /Rooms/,
    );
    // The first turn is for the caches of files.
    if (turn === 0) continue;
    never.push(first);
    shown.push(again);
    bare.push(nothing);
  }
  const of = (what: keyof Start) => {
    const [nothing, again, first] = [bare, shown, never].map((starts) => starts.map((start) => start[what]));
    return { [BARE]: nothing ?? [], 'chat-tui': again ?? [], 'chat-tui, new profile': first ?? [] };
  };
  return [
    ...compared('first frame', 'ms', of('first'), { most: 5 }),
    ...compared('lobby', 'ms', of('seen')),
    ...compared('processor until the lobby', 'ms', of('cpu')),
    ...Object.entries(of('rss')).map(([by, rounds]) =>
      rowOf({
        work: 'memory after the first frame',
        by,
        unit: 'MiB',
        rounds,
        target: by === 'chat-tui' ? { most: 85 } : undefined,
      }),
    ),
  ];
}

/** Both with an empty cache, from a file: what differs is what is unpacked and run. */
function npx(): readonly Row[] {
  execFileSync(process.execPath, [join(root, 'scripts/stage.mjs'), join(place, 'ours')], { stdio: 'ignore' });
  const least = join(place, 'least');
  mkdirSync(least);
  writeFileSync(join(least, 'package.json'), '{"name":"least","version":"1.0.0","bin":"./least.js"}');
  writeFileSync(join(least, 'least.js'), "#!/usr/bin/env node\nconsole.log('1.0.0');\n", { mode: 0o755 });
  const packed = (folder: string): string => {
    const words = ['pack', '--silent', folder, '--pack-destination', place];
    return join(place, execFileSync('npm', words, { encoding: 'utf8', cwd: place }).trim());
  };
  const [ours, theirs] = [packed(join(place, 'ours')), packed(least)];
  const cold = (tarball: string, name: string, ...args: readonly string[]): number => {
    const cache = mkdtempSync(join(place, 'cache-'));
    const env = { ...process.env, npm_config_cache: cache, npm_config_update_notifier: 'false' };
    return timed('npx', ['--yes', '--package', tarball, name, ...args], {
      ...env,
      npm_config_audit: 'false',
    });
  };
  const [asked, bare] = byTurns(
    run.rounds,
    () => cold(ours, 'chat-tui', '--version'),
    () => cold(theirs, 'least'),
  );
  return [
    ...compared('cold npx', 'ms', { 'least package': bare, 'chat-tui': asked }, { most: 1.5 }),
    rowOf({
      work: 'package, unpacked',
      by: 'chat-tui',
      unit: 'MB',
      rounds: [bytesIn(join(place, 'ours')) / 1e6],
      target: { most: 1 },
    }),
  ];
}

interface Start {
  /** Until anything was written that can be seen. */
  readonly first: number;
  readonly seen: number;
  readonly cpu: number;
  readonly rss: number;
}

async function started(args: readonly string[], wanted: RegExp): Promise<Start> {
  const began = performance.now();
  const pty = spawn(process.execPath, [...args], {
    name: 'xterm-256color',
    cols: 80,
    rows: 24,
    env: cleanEnvironment({ CHAT_TUI_RUNTIME: join(place, 'run'), HOME: place, COLORTERM: 'truecolor' }),
    cwd: place,
  });
  const ended = new Promise<void>((resolve) => pty.onExit(() => resolve()));
  let text = '';
  let first = Number.NaN;
  await Promise.race([
    ended.then(() => Promise.reject(new Error(`ended early:\n${text}`))),
    new Promise<void>((resolve) => {
      pty.onData((data) => {
        text += data;
        if (Number.isNaN(first) && /\p{L}{4}/u.test(plain(text))) first = performance.now() - began;
        if (wanted.test(text)) resolve();
      });
    }),
  ]);
  const seen = performance.now() - began;
  const cpu = cpuMs(pty.pid);
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const rss = residentBytes(pty.pid) / MIB;
  pty.kill('SIGTERM');
  // Node.js may wait for its own threads for ever (nodejs/node#54918).
  const late = setTimeout(() => pty.kill('SIGKILL'), END_MS);
  await ended;
  clearTimeout(late);
  return { first, seen, cpu, rss };
}

/** Two things in turn, so that a machine that slows down slows both; the first turn is not counted. */
function byTurns(times: number, one: () => number, other: () => number) {
  const figures: [number[], number[]] = [[], []];
  for (let run = 0; run <= times; run++) {
    const pair = [one(), other()] as const;
    if (run === 0) continue;
    figures[0].push(pair[0]);
    figures[1].push(pair[1]);
  }
  return figures;
}

function timed(command: string, args: readonly string[], env?: NodeJS.ProcessEnv): number {
  const began = performance.now();
  const { status, stderr } = spawnSync(command, args, { cwd: place, ...(env ? { env } : {}) });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${String(stderr)}`);
  return performance.now() - began;
}

/** The first of them is what the others are compared to. */
function compared(
  work: string,
  unit: string,
  figures: Readonly<Record<string, readonly number[]>>,
  target?: Target,
): readonly Row[] {
  const [[of, least] = ['', []]] = Object.entries(figures);
  return Object.entries(figures).map(([by, rounds]) =>
    by === of
      ? rowOf({ work, by, unit, rounds })
      : rowOf({ work, by, unit, rounds, ratio: { of, rounds: ratios(rounds, least) }, target }),
  );
}

function bytesIn(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

function plain(text: string): string {
  // oxlint-disable-next-line no-control-regex -- sequences begin with an escape
  return text.replace(/\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07)/g, '');
}

/** Time of the main thread on a processor. */
function cpuMs(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
}
