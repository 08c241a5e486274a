import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isStale } from './freshness.mjs';

/** Builds what the tests of the whole program run, once per test run and only if it is out of date. */
export function setup() {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  if (isStale(root)) execFileSync(process.execPath, [join(root, 'scripts/build.mjs')], { stdio: 'inherit' });
}
