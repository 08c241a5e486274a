import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

it('the guide’s tables are those of the program', () => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/guide-tables.mjs', '--check'], {
    cwd: new URL('../..', import.meta.url),
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});
