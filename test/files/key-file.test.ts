import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openKeyFile } from '../../src/files/key-file.ts';

it.each([
  ['identity key', '--home'],
  ['device key', '--home'],
  ['relay key', '--data'],
] as const)('of a folder that cannot have the %s, its own option is named', (kind, option) => {
  const folder = mkdtempSync(join(tmpdir(), 'chat-tui-key-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'gone', 'a.key');
  expect(() => openKeyFile(path, kind, { seed: 1 }, () => ({ seed: new Uint8Array(1) }))).toThrow(
    `Cannot use ${path}: no folder can be made there; choose another one with ${option}.`,
  );
});
