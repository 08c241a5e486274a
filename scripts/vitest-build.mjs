import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isStale } from './freshness.mjs';

/** Builds what the tests of the whole program run, if it is out of date; what a bad build breaks, they will tell. */
export function setup() {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  if (isStale(root)) spawnSync(process.execPath, [join(root, 'scripts/build.mjs')], { stdio: 'inherit' });
}
