/*
 * What the screen costs on a real PTY, with 100 000 lines of history: key to screen, frames a second, share of a core,
 * and memory from the first frame over as many lines as 8 hours bring. `node bench/tui/run.ts [--rate N] [--rounds N]
 * [--write] [--short]`, at N messages a second. Memory at last is that of the smallest and the largest size, at the usual rate.
 */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawn, type IPty } from '@lydell/node-pty';
// @ts-expect-error -- a script without types
import { bundle } from '../../scripts/bundle.mjs';
import { cleanEnvironment } from '../../test/support/terminal.ts';
import { MIB } from '../../src/shared/limits.ts';
import { benchRun } from '../options.ts';
import { cpuSeconds, residentBytes } from '../process.ts';
import { percentile, ratios, report, rowOf, type Row, type Target } from '../report.ts';

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
/** Where memory is looked at. */
const longSizes: ReadonlySet<string> = new Set(['80x24', '200x60']);
const SHORT_SIZE = '80x24';
const run = benchRun('rate');
const perSecond = Number(run.word('rate') ?? USUAL_RATE);
const seconds = run.short ? 8 : 10;
const longLines = run.short ? SHORT_LINES : LONG_LINES;
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const built = mkdtempSync(join(tmpdir(), 'chat-tui-bench-'));
try {
  const entries = { screen: 'bench/tui/screen.ts' };
  const { chunks, assets } = await bundle(root, { platform: 'node', entries });
  for (const { fileName, source } of assets) writeFileSync(join(built, fileName), source);
  for (const chunk of chunks) writeFileSync(join(built, chunk.fileName), chunk.code);
  writeFileSync(join(built, 'package.json'), '{"type":"module"}');
  const rate = perSecond === USUAL_RATE ? '' : `-${perSecond}`;
  report(`tui${rate}`, await rows(), run);
} finally {
  rmSync(built, { recursive: true, force: true });
}

interface Talk {
  readonly delays: readonly number[];
  readonly echoes: readonly number[];
  /** Milliseconds of talk. */
  readonly took: number;
  readonly frames: number;
  readonly bytes: number;
  /** Milliseconds. */
  readonly cpu: number;
  /** MiB at the first frame, in the talk, and after all the lines where it went on for them. */
  readonly first: number;
  readonly talking: number;
  readonly long: number | undefined;
}

async function rows(): Promise<readonly Row[]> {
  const history = mkdtempSync(join(built, 'history-'));
  await new Promise((resolve) => start(history, 80, 24, 'fill').onExit(resolve));
  const taking = run.short ? sizes.filter((size) => size.join('x') === SHORT_SIZE) : sizes;
  const talks = new Map<string, Talk[]>(taking.map((size) => [size.join('x'), []]));
  for (let round = 0; round < run.rounds; round++)
    for (const [columns, height] of taking)
      talks.get(`${columns}x${height}`)?.push(await talk(history, columns, height));
  return [...talks].flatMap(([by, rounds]) => rowsOf(by, rounds));
}

function rowsOf(by: string, talks: readonly Talk[]): readonly Row[] {
  const row = (work: string, unit: string, of: (talk: Talk) => number, target?: Target): Row =>
    rowOf({ work, by, unit, rounds: talks.map(of), target });
  const fast = [
    row('key to screen', 'ms p50', ({ delays }) => percentile(delays, 0.5)),
    row('key to screen', 'ms p99', ({ delays }) => percentile(delays, 0.99), { most: 33 }),
    // What the machine itself does to a key meanwhile: a program that only writes what it reads.
    row('key to screen of a bare echo', 'ms p99', ({ echoes }) => percentile(echoes, 0.99)),
    row('frames', '1/s', ({ frames, took }) => (frames / took) * 1_000, { most: 31 }),
    row('processor', 'cores', ({ cpu, took }) => cpu / took, { most: 0.3 }),
    row('processor a frame', 'ms', ({ cpu, frames }) => cpu / frames),
    row('written a frame', 'KiB', ({ bytes, frames }) => bytes / frames / 1_024),
    row('memory, first frame', 'MiB', ({ first }) => first),
    row('memory, talking', 'MiB', ({ talking }) => talking, { most: 140 }),
  ];
  if (!isLong(by)) return fast;
  const long = talks.map((each) => each.long ?? Number.NaN);
  const first = talks.map((each) => each.first);
  return [
    ...fast,
    rowOf({
      work: `memory, ${longLines} lines later`,
      by,
      unit: 'MiB',
      rounds: long,
      ratio: { of: 'first frame', rounds: ratios(long, first) },
      target: { most: 1.1 },
    }),
  ];
}

function isLong(size: string): boolean {
  return longSizes.has(size) && perSecond === USUAL_RATE;
}

async function talk(history: string, columns: number, height: number): Promise<Talk> {
  const folder = mkdtempSync(join(built, 'home-'));
  cpSync(history, folder, { recursive: true });
  const pty = start(folder, columns, height, 'talk');
  const screen = watch(pty);
  await screen.sees(/joined/);
  await wait(SETTLE_MS);
  const first = residentBytes(pty.pid) / MIB;
  writeFileSync(join(folder, 'talk'), '');
  await wait(1_000);
  const before = { at: performance.now(), cpu: cpuSeconds(pty.pid) * 1_000, ...screen.count() };
  const [delays, echoes] = await typeFor((seconds - 2) * 1_000, pty, screen);
  const took = performance.now() - before.at;
  const after = { cpu: cpuSeconds(pty.pid) * 1_000, ...screen.count() };
  const talking = residentBytes(pty.pid) / MIB;
  let long: number | undefined;
  if (isLong(`${columns}x${height}`)) {
    await wait(1_000 + (longLines / LONG_PER_SECOND) * 1_000 + REST_MS);
    long = residentBytes(pty.pid) / MIB;
  }
  screen.close();
  const gone = new Promise((resolve) => pty.onExit(resolve));
  pty.kill('SIGKILL');
  await gone;
  rmSync(folder, { recursive: true, force: true });
  const frames = after.frames - before.frames;
  const [bytes, cpu] = [after.bytes - before.bytes, after.cpu - before.cpu];
  return { delays, echoes, took, frames, bytes, cpu, first, talking, long };
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

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
