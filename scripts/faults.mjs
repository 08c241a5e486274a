/*
 * "npm run faults [-- --seed N] [FILE …]": the long version of test/e2e/faults. It prints its seed, with which another
 * run decides the same, and at the end what every fault has done to how many lines.
 */
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  options: { seed: { type: 'string', default: process.env.FAULTS_SEED || String(randomInt(1, 2 ** 31)) } },
  allowPositionals: true,
});
const { seed } = values;
if (!/^[1-9]\d*$/.test(seed)) {
  console.error(`faults: --seed wants a number above 0, not ${seed}`);
  process.exit(64);
}
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), 'chat-tui-faults-'));
const file = join(folder, 'tally.jsonl');
console.log(`faults: seed ${seed}`);
const vitest = join(root, 'node_modules/vitest/vitest.mjs');
const which = positionals.length > 0 ? positionals : ['test/e2e/faults'];
const { status } = spawnSync(process.execPath, [vitest, 'run', '--project', 'e2e', ...which], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, FAULTS: 'long', FAULTS_SEED: seed, FAULTS_TALLY: file },
});
if (existsSync(file)) summary(readFileSync(file, 'utf8'));
rmSync(folder, { recursive: true, force: true });
console.log(
  `faults: ${status === 0 ? 'none found' : 'FAILED'}; again with: npm run faults -- --seed ${seed}`,
);
process.exitCode = status ?? 1;

/** One row a fault, and one for all of them. */
function summary(text) {
  const columns = ['messages', 'sent', 'lost', 'twice', 'conflicts', 'gaps', 'timedOut'];
  const rows = new Map();
  for (const line of text.trim().split('\n')) {
    const found = JSON.parse(line);
    for (const what of [found.what, 'in all']) {
      const row = rows.get(what) ?? Object.fromEntries(columns.map((column) => [column, 0]));
      for (const column of columns) row[column] += found[column];
      rows.set(what, row);
    }
  }
  const all = rows.get('in all');
  rows.delete('in all');
  console.table(
    Object.fromEntries([...[...rows].toSorted(([a], [b]) => a.localeCompare(b)), ['in all', all]]),
  );
}
