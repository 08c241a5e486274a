/*
 * What the screen costs on a real PTY, with 100 000 lines of history: key to screen, frames a second, share of a core,
 * and memory from the first frame over as many lines as 8 hours bring. `node bench/tui/run.ts [--rate N] [--short]`, N
 * messages a second; writes bench/results/tui.json (tui-<N>.json at other rates than 100).
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { spawn, type IPty } from '@lydell/node-pty';
// @ts-expect-error -- a script without types
import { bundle } from '../../scripts/bundle.mjs';
import { cleanEnvironment } from '../../test/support/terminal.ts';
import { percentile, writeReport, type Row } from '../report.ts';

const HISTORY = 100_000;
const KEY_EVERY_MS = 97;
const USUAL_RATE = 100;
/** The long run: as many lines as 8 hours bring at 2 a second, as fast as this. */
const LONG_LINES = 57_600;
const SHORT_LINES = 4_000;
const LONG_PER_SECOND = 2_000;
const SETTLE_MS = 3_000;
/** A pause in the talk, in which the heap may shrink. */
const REST_MS = 12_000;
/** Two lines by turns: where one gives way to the same letter in the same place, nothing is painted. */
const alphabets = ['QZXJKVWYBGFPUCMD', 'ΓΔΘΛΞΠΣΦΨΩБДЖИЛЯ'];
const LINE = 16;
const LOST_MS = 2_000;
const sizes = [
  [80, 24],
  [120, 40],
  [200, 60],
] as const;
const { values: options } = parseArgs({
  options: { rate: { type: 'string' }, short: { type: 'boolean', default: false } },
});
const perSecond = Number(options.rate ?? USUAL_RATE);
const seconds = options.short ? 8 : 20;
const longLines = options.short ? SHORT_LINES : LONG_LINES;
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const built = mkdtempSync(join(tmpdir(), 'chat-tui-bench-'));
try {
  const entries = { screen: 'bench/tui/screen.ts' };
  const { chunks } = await bundle(root, { platform: 'node', entries });
  for (const chunk of chunks) writeFileSync(join(built, chunk.fileName), chunk.code);
  writeFileSync(join(built, 'package.json'), '{"type":"module"}');
  const rows: Row[] = [];
  for (const [columns, height] of options.short ? sizes.slice(0, 1) : sizes)
    rows.push(...(await measure(columns, height)));
  const rate = perSecond === USUAL_RATE ? '' : `-${perSecond}`;
  writeReport(`tui${rate}${options.short ? '-short' : ''}`, rows);
} finally {
  rmSync(built, { recursive: true, force: true });
}

async function measure(columns: number, height: number): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(built, 'home-'));
  await new Promise((resolve) => start(folder, columns, height, 'fill').onExit(resolve));
  const pty = start(folder, columns, height, 'talk');
  const screen = watch(pty);
  await screen.sees(/joined/);
  await wait(SETTLE_MS);
  const first = rss(pty.pid);
  writeFileSync(join(folder, 'talk'), '');
  await wait(1_000);
  const before = { at: performance.now(), cpu: cpuMs(pty.pid), ...screen.count() };
  const [delays, echoes] = await typeFor((seconds - 2) * 1_000, pty, screen);
  const took = performance.now() - before.at;
  const after = { cpu: cpuMs(pty.pid), ...screen.count() };
  const talking = rss(pty.pid);
  await wait(1_000 + (longLines / LONG_PER_SECOND) * 1_000 + REST_MS);
  const long = rss(pty.pid);
  screen.close();
  const gone = new Promise((resolve) => pty.onExit(resolve));
  pty.kill('SIGTERM');
  await gone;
  const frames = after.frames - before.frames;
  const named = (name: string, value: number, unit: string, more: Partial<Row> = {}): Row => ({
    name: `${columns}x${height} ${name}`,
    value,
    unit,
    ...more,
  });
  return [
    named('key to screen, median', percentile(delays, 0.5), 'ms'),
    named('key to screen, p99', percentile(delays, 0.99), 'ms', { target: { most: 33 } }),
    // What the machine itself does to a key meanwhile: a program that only writes what it reads.
    named('key to screen of a bare echo, p99', percentile(echoes, 0.99), 'ms'),
    named('frames', (frames / took) * 1_000, '1/s', { target: { most: 31 } }),
    named('processor', (after.cpu - before.cpu) / took, 'cores', { target: { most: 0.3 } }),
    named('processor a frame', (after.cpu - before.cpu) / frames, 'ms'),
    named('written a frame', (after.bytes - before.bytes) / frames / 1_024, 'KiB'),
    named('memory, first frame', first, 'MiB'),
    named('memory, talking', talking, 'MiB', { target: { most: 140 } }),
    named(`memory, ${longLines} lines later`, long, 'MiB', {
      ratio: long / first,
      baseline: 'first frame',
      target: { most: 1.1 },
    }),
  ];
}

/** `fill` writes the history and ends, so that the screen's memory has nothing of that. */
function start(folder: string, columns: number, height: number, task: 'fill' | 'talk'): IPty {
  const phases = [
    { perSecond, seconds },
    { perSecond: LONG_PER_SECOND, seconds: longLines / LONG_PER_SECOND },
  ];
  return spawn(process.execPath, [join(built, 'screen.js')], {
    name: 'xterm-256color',
    cols: columns,
    rows: height,
    env: cleanEnvironment({
      COLORTERM: 'truecolor',
      BENCH: JSON.stringify({ task, folder, history: HISTORY, phases }),
    }),
  });
}

function watch(pty: IPty) {
  let seen = '';
  let frames = 0;
  let bytes = 0;
  let look: () => void = () => undefined;
  const early = pty.onExit(() => {
    console.error(`the screen ended early:\n${seen.slice(-1_000)}`);
    process.exit(1);
  });
  pty.onData((data) => {
    seen = (seen + data).slice(-40_000);
    frames += data.split('\u001b[?2026h').length - 1;
    bytes += data.length;
    look();
  });
  return {
    count: () => ({ frames, bytes }),
    forget() {
      seen = '';
    },
    sees: (what: RegExp): Promise<void> =>
      new Promise((resolve) => {
        look = () => {
          if (!what.test(seen)) return;
          look = () => undefined;
          resolve();
        };
        look();
      }),
    close: () => early.dispose(),
  };
}

/** How long each key took to be seen, and how long one at a bare echo that was pressed between them. */
async function typeFor(ms: number, pty: IPty, screen: ReturnType<typeof watch>) {
  const bare = spawn(process.execPath, ['-e', 'process.stdin.setRawMode(true).pipe(process.stdout)'], {});
  const echo = watch(bare);
  const delays: number[] = [];
  const echoes: number[] = [];
  const started = performance.now();
  for (let key = 0; performance.now() - started < ms; key++) {
    const letter = alphabets[Math.floor(key / LINE) % 2]?.[key % LINE] ?? 'Q';
    if (key % LINE === 0) {
      pty.write('\u0015');
      await wait(KEY_EVERY_MS);
    }
    delays.push(await pressed(letter, pty, screen));
    await wait(KEY_EVERY_MS / 2);
    const took = await pressed(letter, bare, echo);
    // The first ones are for a program that is starting.
    if (key >= LINE) echoes.push(took);
    await wait(KEY_EVERY_MS / 2);
  }
  echo.close();
  bare.kill('SIGKILL');
  return [delays, echoes] as const;
}

async function pressed(letter: string, pty: IPty, screen: ReturnType<typeof watch>): Promise<number> {
  screen.forget();
  const began = performance.now();
  const seen = screen.sees(new RegExp(letter));
  pty.write(letter);
  await Promise.race([seen, wait(LOST_MS)]);
  return performance.now() - began;
}

/** User and system time of a process so far. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function rss(pid: number): number {
  const kib = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  return kib / 1_024;
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
