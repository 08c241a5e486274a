import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const inputs = [
  'src',
  ...[
    'build',
    'builtins',
    'bundle',
    'chunks',
    'closure',
    'package-patches',
    'plain-schemas',
    'roll-types',
    'types',
  ].map((name) => `scripts/${name}.mjs`),
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
];

/** Written by a build without problems: the modules in each chunk. */
export function markerOf(root) {
  return join(root, 'build/modules.json');
}

/** Whether `dist` is missing, broken or older than anything it is built from. */
export function isStale(root) {
  const marker = markerOf(root);
  if (!existsSync(join(root, 'dist')) || !existsSync(marker)) return true;
  const built = statSync(marker).mtimeMs;
  return inputs.some((input) => newest(join(root, input)) > built);
}

function newest(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}
