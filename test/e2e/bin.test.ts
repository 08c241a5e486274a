import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const project = join(import.meta.dirname, '../..');

describe('bin/chat-tui.js', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chat-tui-bin-'));
    await cp(join(project, 'bin'), join(folder, 'bin'), { recursive: true });
    await cp(join(project, 'package.json'), join(folder, 'package.json'));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  function run(args: string[]) {
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
    return { status, stdout, stderr };
  }

  it.each(['v0.10.48', 'v12.22.0', 'v20.19.0', 'v22.15.1', 'v23.6.0'])(
    'says in one sentence that Node.js %s does not do',
    async (version) => {
      await writeFile(
        join(folder, 'old.cjs'),
        `Object.defineProperty(process, 'version', { value: '${version}' });`,
      );
      expect(run(['-r', './old.cjs', 'bin/chat-tui.js', '--version'])).toEqual({
        status: 78,
        stdout: '',
        stderr: `chat-tui needs Node.js 24 or newer, or 22 from 22.16 on, and this is ${version}; in a checkout, "npm ci" brings one that "npx chat-tui" then uses.\n`,
      });
    },
  );

  it('says in one sentence that it is not built', () => {
    expect(run(['bin/chat-tui.js'])).toEqual({
      status: 78,
      stdout: '',
      stderr: 'chat-tui is not built yet; run "npm ci" in its folder.\n',
    });
  });

  it.each(['v22.16.0', 'v24.0.0', 'v24.11.1', 'v25.2.1'])(
    'keeps what Node.js %s says of its SQLite from the screen, and nothing else',
    async (version) => {
      await mkdir(join(folder, 'dist/node'), { recursive: true });
      await writeFile(
        join(folder, 'dist/node/cli.js'),
        `process.emitWarning('SQLite is an experimental feature and might change at any time', 'ExperimentalWarning');
         process.emitWarning('something else', 'ExperimentalWarning');`,
      );
      await writeFile(
        join(folder, 'as.cjs'),
        `Object.defineProperty(process, 'version', { value: '${version}' });`,
      );
      const { status, stderr } = run(['-r', './as.cjs', 'bin/chat-tui.js']);
      expect(status).toBe(0);
      expect(stderr).toContain('something else');
      expect(stderr).not.toContain('SQLite');
    },
  );

  it('prints the version without loading the program', () => {
    expect(run(['bin/chat-tui.js', '--version'])).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });
});
