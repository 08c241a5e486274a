// npm runs this after "npm ci", and npx before it first runs a checkout. A failure in a checkout without its
// dependencies would break every later "npx chat-tui", so without the bundler this leaves quietly.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isStale } from './freshness.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

if (
  existsSync(join(root, 'node_modules/rolldown')) &&
  (!process.argv.includes('--if-stale') || isStale(root))
) {
  await import('./build.mjs');
}
