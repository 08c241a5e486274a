/*
 * Every bench, one after the other, with nobody there: `node bench/all.ts --rounds 5 --write` takes about 40 minutes on
 * two cores with nothing else to do, and says what is to come. The result of each bench is written when that one has
 * ended, so that what an interrupted run leaves is whole. `--only relay,host` takes some of them. Without a number of rounds
 * it is one short round, as in `npm run bench`. A soak (`npm run soak`) is not among them.
 */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { benchRun } from './options.ts';

/** In this order, with the minutes that five rounds take. */
const benches = {
  'start-up.ts': 1.5,
  'relay.ts': 13.5,
  'connections.ts': 2.5,
  'growth.ts': 6,
  'host.ts': 2.5,
  'client.ts': 3,
  'tui/run.ts': 12,
} as const;

const folder = dirname(fileURLToPath(import.meta.url));
const { rounds, write, word } = benchRun('only');
const wanted = word('only')?.split(',') ?? [''];
const scripts = Object.entries(benches).filter(([script]) => wanted.some((part) => script.includes(part)));
const short = !process.argv.some((arg) => arg.startsWith('--rounds'));
if (short && write) throw new Error('A short round is not kept: say --rounds 5 as well.');
const args = short ? ['--short'] : ['--rounds', String(rounds), ...(write ? ['--write'] : [])];
const minutes = scripts.map(([script, five]) => `${script} ${minutesOf(five)}`);
if (!short) console.log(`Minutes to come: ${minutes.join(', ')}`);

// Some benches start the built program.
spawnSync(process.execPath, [join(folder, '../scripts/prepare.mjs'), '--if-stale'], { stdio: 'inherit' });
const failed: string[] = [];
for (const [script] of scripts) {
  const begun = performance.now();
  console.log(`\n${script}`);
  const { status } = spawnSync(process.execPath, [join(folder, script), ...args], { stdio: 'inherit' });
  console.log(`${script}: ${((performance.now() - begun) / 60_000).toFixed(1)} minutes`);
  if (status !== 0) failed.push(script);
}
if (failed.length > 0) {
  console.error(`These did not come to an end: ${failed.join(', ')}`);
  process.exitCode = 1;
}

function minutesOf(five: number): string {
  return ((five / 5) * rounds).toFixed(1);
}
