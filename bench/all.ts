/* A short round of every bench, one after the other: `npm run bench`. Each has a head that says how to run it in full. */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = dirname(fileURLToPath(import.meta.url));
const benches: readonly (readonly string[])[] = [
  ['relay.ts', '--short'],
  ['connections.ts', '--connections', '1000', '--rounds', '1', '--short'],
  ['host.ts', '--short'],
  ['client.ts', '--short'],
  ['start-up.ts', '--short'],
  ['tui/run.ts', '--short'],
];

const failed: string[] = [];
for (const [script = '', ...args] of benches) {
  console.log(`\n${script}`);
  const { status } = spawnSync(process.execPath, [join(folder, script), ...args], { stdio: 'inherit' });
  if (status !== 0) failed.push(script);
}
if (failed.length > 0) {
  console.error(`These did not come to an end: ${failed.join(', ')}`);
  process.exitCode = 1;
}
