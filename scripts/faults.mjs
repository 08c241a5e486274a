// "npm run faults": the long version of test/e2e/faults, with a seed that FAULTS_SEED can set again.
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const seed = process.env.FAULTS_SEED || String(randomInt(1, 2 ** 31));
const which = process.argv.length > 2 ? process.argv.slice(2) : ['test/e2e/faults'];
console.log(`faults: seed ${seed}`);
const vitest = join(root, 'node_modules/vitest/vitest.mjs');
const { status } = spawnSync(process.execPath, [vitest, 'run', '--project', 'e2e', ...which], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, FAULTS: 'long', FAULTS_SEED: seed },
});
console.log(`faults: ${status === 0 ? 'none found' : 'FAILED'}, seed ${seed}`);
process.exitCode = status ?? 1;
