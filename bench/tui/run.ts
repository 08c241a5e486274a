/*
 * What the screen costs on a real PTY, with 100 000 lines of history: key to screen, frames a second, share of a core,
 * memory. `node bench/tui/run.ts [messages a second] [seconds]`; writes bench/results/tui-<rate>.json.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawn } from '@lydell/node-pty';
// @ts-expect-error -- a script without types
import { bundle } from '../../scripts/bundle.mjs';
import { cleanEnvironment } from '../../test/support/terminal.ts';

const HISTORY = 100_000;
const KEY_EVERY_MS = 97;
/** The long run: as many lines as 8 hours bring at 2 a second, as fast as this. */
const LONG_LINES = 57_600;
const LONG_PER_SECOND = 2_000;
const SETTLE_MS = 3_000;
/** Two lines by turns: where one gives way to the same letter in the same place, nothing is painted. */
const alphabets = ['QZXJKVWYBGFPUCMD', 'ΓΔΘΛΞΠΣΦΨΩБДЖИЛЯ'];
const LINE = 16;
const LOST_MS = 2_000;
const sizes = [
  [80, 24],
  [200, 60],
] as const;
const [perSecond = 100, seconds = 20] = process.argv.slice(2).map(Number);
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const built = mkdtempSync(join(tmpdir(), 'chat-tui-bench-'));
try {
  const { chunks } = await bundle(root, { platform: 'node', entries: { screen: 'bench/tui/screen.ts' } });
  for (const chunk of chunks) writeFileSync(join(built, chunk.fileName), chunk.code);
  writeFileSync(join(built, 'package.json'), '{"type":"module"}');
  const results = [];
  for (const [columns, rows] of sizes) results.push(await measure(columns, rows));
  const [cpu] = cpus();
  const machine = `${cpus().length} x ${cpu?.model ?? 'unknown'}, Node ${process.versions.node}, ${process.platform}`;
  const report = { machine, history: HISTORY, perSecond, seconds, results };
  mkdirSync(join(root, 'bench/results'), { recursive: true });
  writeFileSync(join(root, `bench/results/tui-${perSecond}.json`), `${JSON.stringify(report, null, 2)}\n`);
  console.log(machine);
  console.table(results);
} finally {
  rmSync(built, { recursive: true, force: true });
}

async function measure(columns: number, rows: number) {
  const folder = mkdtempSync(join(built, 'home-'));
  const long = { perSecond: LONG_PER_SECOND, seconds: LONG_LINES / LONG_PER_SECOND };
  const phases = [{ perSecond, seconds }, long];
  const pty = spawn(process.execPath, [join(built, 'screen.js')], {
    name: 'xterm-256color',
    cols: columns,
    rows,
    env: cleanEnvironment({
      COLORTERM: 'truecolor',
      BENCH: JSON.stringify({ folder, history: HISTORY, phases }),
    }),
  });
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
  const sees = (what: RegExp): Promise<void> =>
    new Promise((resolve) => {
      look = () => {
        if (!what.test(seen)) return;
        look = () => undefined;
        resolve();
      };
      look();
    });
  await sees(/joined/);
  await wait(SETTLE_MS);
  const rssFirst = rss(pty.pid);
  writeFileSync(join(folder, 'talk'), '');
  await wait(1_000);
  const delays: number[] = [];
  const [started, cpuBefore, framesBefore, bytesBefore] = [performance.now(), cpuMs(pty.pid), frames, bytes];
  for (let key = 0; performance.now() - started < (seconds - 2) * 1_000; key++) {
    const letter = alphabets[Math.floor(key / LINE) % 2]?.[key % LINE] ?? 'Q';
    if (key % LINE === 0) {
      pty.write('\u0015');
      await wait(KEY_EVERY_MS);
    }
    seen = '';
    const pressed = performance.now();
    const echoed = sees(new RegExp(letter));
    pty.write(letter);
    await Promise.race([echoed, wait(LOST_MS)]);
    delays.push(performance.now() - pressed);
    await wait(Math.max(0, KEY_EVERY_MS - (performance.now() - pressed)));
  }
  const took = performance.now() - started;
  const cpu = (cpuMs(pty.pid) - cpuBefore) / took;
  const [framesPerSecond, kibPerSecond] = [
    ((frames - framesBefore) / took) * 1_000,
    ((bytes - bytesBefore) / took) * (1_000 / 1_024),
  ];
  const rssTalk = rss(pty.pid);
  await wait(1_000 + long.seconds * 1_000 + SETTLE_MS);
  const rssLong = rss(pty.pid);
  early.dispose();
  const gone = new Promise((resolve) => pty.onExit(resolve));
  pty.kill('SIGTERM');
  await gone;
  delays.sort((a, b) => a - b);
  const at = (share: number): number => round(delays[Math.floor(delays.length * share)] ?? Number.NaN);
  return {
    size: `${columns}x${rows}`,
    keys: delays.length,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    framesPerSecond: round(framesPerSecond),
    kibPerSecond: round(kibPerSecond),
    coreShare: round(cpu),
    rssFirstMiB: rssFirst,
    rssTalkMiB: rssTalk,
    rssLongMiB: rssLong,
  };
}

function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  // User and system time, in hundredths of a second.
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function rss(pid: number): number {
  const kib = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  return round(kib / 1_024);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
