import { spawnSync } from 'node:child_process';
import { appendFile, cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const project = join(import.meta.dirname, '../..');

function check(root: string) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(project, 'scripts/check-imports.mjs'), root],
    { encoding: 'utf8' },
  );
  return { passes: status === 0, output: stdout + stderr };
}

describe('the proof that the relay is blind', () => {
  let copy: string;

  beforeEach(async () => {
    copy = await mkdtemp(join(tmpdir(), 'chat-tui-blind-'));
    for (const name of ['src', 'package.json', 'tsconfig.json']) {
      await cp(join(project, name), join(copy, name), { recursive: true });
    }
    await symlink(join(project, 'node_modules'), join(copy, 'node_modules'));
  });

  afterEach(() => rm(copy, { recursive: true, force: true }));

  it('holds in this tree', () => {
    expect(check(project)).toEqual({
      passes: true,
      output: 'imports: as the architecture says; the relay is blind\n',
    });
  });

  it('fails when the relay imports room messages', async () => {
    await appendFile(join(copy, 'src/relay/index.ts'), "\nexport * from '../shared/room/roles.ts';\n");
    const { passes, output } = check(copy);
    expect(passes).toBe(false);
    expect(output).toContain('src/relay/index.ts may not import src/shared/room/roles.ts');
  });

  it('fails when something between them imports room messages', async () => {
    await appendFile(join(copy, 'src/shared/errors.ts'), "\nexport * from './room/roles.ts';\n");
    const { passes, output } = check(copy);
    expect(passes).toBe(false);
    expect(output).toMatch(
      /the relay reaches src\/relay\/\S+ → .*src\/shared\/errors\.ts → src\/shared\/room\/roles\.ts/,
    );
  });

  it('fails when sealing code is loaded only later', async () => {
    await appendFile(
      join(copy, 'src/relay/index.ts'),
      "\nexport const later = () => import('../shared/crypto/seal.ts');\n",
    );
    const { passes, output } = check(copy);
    expect(passes).toBe(false);
    expect(output).toContain('src/shared/crypto/seal.ts');
  });

  it('fails when an import of the relay cannot be followed', async () => {
    await appendFile(
      join(copy, 'src/relay/index.ts'),
      '\nexport const any = (name: string) => import(name);\n',
    );
    const { passes, output } = check(copy);
    expect(passes).toBe(false);
    expect(output).toContain('src/relay/index.ts may not import name');
  });

  it('fails when the bundle of the relay loads sealing code or the screen', async () => {
    // What does nothing when it is loaded would be left out of the bundle.
    await appendFile(
      join(copy, 'src/shared/crypto/seal.ts'),
      '\nObject.assign(globalThis, { loaded: true });\n',
    );
    await appendFile(join(copy, 'src/cli.ts'), "\nimport 'ink';\nimport './shared/crypto/seal.ts';\n");
    const { passes, output } = check(copy);
    expect(passes).toBe(false);
    expect(output).toMatch(/the relay loads ink in the bundle/);
    expect(output).toMatch(/the relay loads src\/shared\/crypto\/seal\.ts in the bundle/);
  });
});
