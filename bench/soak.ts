/*
 * A relay, hosts, scripts, a screen and people who come and go, each a process of its own, for as long as asked:
 * `npm run soak [-- MINUTES [SEED]]`. Memory, descriptors and timers of each must be flat from its second third on
 * (`soak/flatness.ts`); the result goes to `bench/results`. Exit code 1 where something grew or ended.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { inviteBy } from '../test/support/invite-by.ts';
import { Actor, type ActorOptions } from './soak/actor.ts';
import { growths } from './soak/flatness.ts';
import { seeded } from '../test/support/seeded.ts';
import { RoughLine } from './soak/rough-line.ts';

const [minutes = 10, seed = Date.now() % 1_000_000] = process.argv.slice(2).map(Number);
const SAMPLE_MS = 5_000;
/** Every so many samples the heap is collected and measured. */
const PROBE_EVERY = 3;
const PROBE_ANSWER_MS = 1_000;
const TALK_MS = 250;
const WHISPER_EVERY = 20;
const CUT_MS = 3_000;

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'chat-tui-soak-'));
// A build that goes on meanwhile must not change what runs.
for (const part of ['bin', 'dist', 'package.json'])
  cpSync(join(root, part), join(folder, 'program', part), { recursive: true });
const bin = join(folder, 'program/bin/chat-tui.js');
const random = seeded(seed);
const actors: Actor[] = [];
const counts = { lines: 0, whispers: 0, visits: 0, tries: 0, cuts: 0, reconnects: 0 };
/** How many visits ended how, and how many tries of strangers. */
const outcomes = new Map<string, number>();
const refusals = new Map<string, number>();
console.log(`soak of ${minutes} min, seed ${seed}`);

function start(
  name: string,
  script: string,
  args: readonly string[],
  terminal?: ActorOptions['terminal'],
): Actor {
  const actor = new Actor({
    name,
    script,
    args,
    env: environment(name),
    probeFile: join(folder, `${name}.probe`),
    cwd: folder,
    ...(terminal ? { terminal } : {}),
  });
  actors.push(actor);
  return actor;
}

function environment(name: string): Record<string, string> {
  const { PATH = '' } = process.env;
  return {
    PATH,
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
    HOME: folder,
    CHAT_TUI_HOME: join(folder, name),
    CHAT_TUI_RUNTIME: join(folder, 'run'),
    CHAT_TUI_LAN_INTERFACES: '',
  };
}

async function hosted(name: string, title: string, relay: string): Promise<string> {
  const host = start(name, bin, ['host', title, '--relay', relay, '--rate', '20']);
  const { invite } = await host.first('ready');
  if (typeof invite !== 'string') throw new Error('a host without an invite');
  return invite;
}

async function talker(name: string, room: string, relay: string, beginning: number): Promise<void> {
  const args = ['pipe', inviteBy(room, relay), '--json', '--follow', '--nick', name, '--relay', relay];
  const pipe = start(name, bin, args);
  pipe.onLine(({ event, state }) => {
    if (event === 'sent') counts.lines += 1;
    if (event === 'whisper-stored') counts.whispers += 1;
    if (event === 'state' && state === 'reconnecting') counts.reconnects += 1;
  });
  await pipe.first('ready');
  let said = beginning;
  const timer = setInterval(() => {
    said += 1;
    const words = `${said} ${'word 文字 👩‍💻 '.repeat(1 + Math.floor(random() * 8))}`;
    const text = said % WHISPER_EVERY === 0 ? `/whisper talker${said % 3} ${said}` : words;
    if (pipe.ended || performance.now() - began > seconds * 1_000) clearInterval(timer);
    else pipe.write(`${JSON.stringify({ text, id: String(said) })}\n`);
  }, TALK_MS);
}

function visitor(number: number, relay: string, invite: string): void {
  const args = [join(folder, `visitors${number}`), relay, inviteBy(invite, relay), String(seed + number)];
  start(`visitors${number}`, join(root, 'bench/soak/churn.ts'), args).onLine(({ outcome }) => {
    counts.visits += 1;
    count(outcomes, outcome);
  });
}

function strangers(relay: string, invite: string): void {
  const args = [relay, invite, String(seed)];
  start('strangers', join(root, 'bench/soak/strangers.ts'), args).onLine(({ outcome }) => {
    counts.tries += 1;
    count(refusals, outcome);
  });
}

function count(tally: Map<string, number>, outcome: unknown): void {
  tally.set(String(outcome), (tally.get(String(outcome)) ?? 0) + 1);
}

function told(tally: ReadonlyMap<string, number>): string {
  return [...tally].map(([name, many]) => `${many} ${name}`).join(', ');
}

let began = performance.now();
const seconds = minutes * 60;
const relay = start('relay', join(root, 'bench/soak/relay.ts'), [join(folder, 'relay')]);
const { url } = await relay.first('listening');
if (typeof url !== 'string') throw new Error('a relay without an address');
const rough = await RoughLine.start(Number(new URL(url).port));
const tea = await hosted('host-tea', 'tea', url);
const coffee = await hosted('host-coffee', 'coffee', rough.url);
await talker('talker0', tea, url, 0);
await talker('talker1', tea, url, 1_000_000);
await talker('talker2', tea, rough.url, 2_000_000);
await talker('talker3', coffee, url, 3_000_000);
start('screen', bin, ['tea', '--nick', 'screen', '--relay', url, '--no-lan'], { columns: 120, rows: 40 });
visitor(1, url, tea);
visitor(2, url, coffee);
strangers(url, tea);

began = performance.now();
const cutting = setInterval(() => {
  if (rough.cut(random())) counts.cuts += 1;
}, CUT_MS);
for (let round = 1; performance.now() - began < seconds * 1_000; round++) {
  await pause(SAMPLE_MS);
  const at = (performance.now() - began) / 1_000;
  for (const actor of actors) actor.look(at);
  if (round % PROBE_EVERY !== 0) continue;
  for (const actor of actors) actor.ask();
  await pause(PROBE_ANSWER_MS);
  for (const actor of actors) actor.collect();
}
clearInterval(cutting);
const dead = actors.filter(({ ended }) => ended).map(({ name }) => name);
for (const actor of actors.toReversed()) actor.end('SIGTERM');
await pause(SAMPLE_MS);
for (const actor of actors) actor.end('SIGKILL');
rough.close();
rmSync(folder, { recursive: true, force: true });
report();

function report(): void {
  const date = new Date().toISOString().slice(0, 10);
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node ${process.version}`;
  const processes = actors.map(({ name, samples }) => ({
    name,
    growths: growths(samples, seconds),
    samples,
  }));
  const grown = processes.flatMap(({ name, growths }) =>
    growths.filter(({ flat }) => !flat).map(({ figure }) => `${name}: ${figure}`),
  );
  const flat = grown.length === 0 && dead.length === 0;
  const rows = processes.map(({ name, growths }) => {
    const cells = growths.map(({ figure, middle, end, peak }) =>
      figure === 'descriptors' || figure === 'timers'
        ? `${middle} → ${end} (${peak})`
        : `${mb(middle)} → ${mb(end)} (${mb(peak)})`,
    );
    return `| ${[name, ...cells].join(' | ')} |`;
  });
  const lines = [
    `# Soak of ${date}`,
    '',
    `${minutes} min, seed ${seed}. ${machine}.`,
    '',
    `${counts.lines} lines, ${counts.whispers} whispers, ${counts.visits} visits (${told(outcomes)}), ${counts.tries} tries of strangers (${told(refusals)}), ${counts.cuts} cut connections, ${counts.reconnects} reconnections.`,
    '',
    'Medians of the second third → of the last third (peak); MB are 10^6 bytes, heap and external after a collection.',
    '',
    '| process | RSS, MB | heap, MB | external, MB | descriptors | timers |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
    flat ? 'Flat.' : `Not flat: ${[...grown, ...dead.map((name) => `${name} ended`)].join(', ')}.`,
    '',
  ];
  const results = join(root, 'bench/results');
  mkdirSync(results, { recursive: true });
  writeFileSync(join(results, `soak-${date}.md`), lines.join('\n'));
  writeFileSync(
    join(results, `soak-${date}.json`),
    `${JSON.stringify({ date, minutes, seed, machine, counts, outcomes: Object.fromEntries(outcomes), refusals: Object.fromEntries(refusals), flat, grown, dead, processes })}\n`,
  );
  console.log(lines.join('\n'));
  process.exitCode = flat ? 0 : 1;
}

function mb(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
