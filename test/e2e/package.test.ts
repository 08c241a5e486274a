import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const project = join(import.meta.dirname, '../..');
const MAX_UNPACKED_BYTES = 1_500_000;
const MAX_FILES = 30;

describe('the published package', () => {
  let folder: string;
  let installed: string;
  let tarball: string;
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chat-tui-package-'));
    env = {
      ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_'))),
      HOME: folder,
      npm_config_cache: join(folder, 'npm-cache'),
      npm_config_offline: 'true',
      npm_config_update_notifier: 'false',
      PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
    };
    const staged = join(folder, 'staged');
    execFileSync(process.execPath, [join(project, 'scripts/stage.mjs'), staged], { env });
    const packed = execFileSync('npm', ['pack', '--json', staged], { cwd: folder, env, encoding: 'utf8' });
    tarball = join(folder, /chat-tui-[\d.]+\.tgz/.exec(packed)?.[0] ?? '');
    const consumer = join(folder, 'consumer');
    await mkdir(consumer);
    await writeFile(join(consumer, 'package.json'), '{"type": "module"}');
    execFileSync('npm', ['install', tarball], { cwd: consumer, env, stdio: 'ignore' });
    installed = join(consumer, 'node_modules/chat-tui');
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function files(under = installed) {
    const entries = await readdir(under, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(installed.length + 1));
  }

  it('depends on nothing and runs nothing when it is installed', async () => {
    const manifest: Record<string, unknown> = JSON.parse(
      await readFile(join(installed, 'package.json'), 'utf8'),
    );
    for (const field of ['dependencies', 'devDependencies', 'scripts', 'allowScripts', 'imports']) {
      expect(manifest).not.toHaveProperty(field);
    }
    expect(await readdir(dirname(installed))).toEqual(expect.not.arrayContaining(['ink', 'react', 'ws']));
  });

  it('holds the program, its types, the readme and the licences, and nothing else', async () => {
    const expected =
      /^(bin\/[^/]+|dist\/(node|web)\/[^/]+\.js|dist\/node\/yoga-[^/]+\.wasm|dist\/types\/.+\.d\.ts|README\.md|LICENSE|THIRD_PARTY_NOTICES|package\.json)$/;
    const found = await files();
    expect(found.filter((file) => !expected.test(file))).toEqual([]);
    expect(found).toEqual(
      expect.arrayContaining([
        'bin/chat-tui.js',
        'dist/node/cli.js',
        'README.md',
        'LICENSE',
        'THIRD_PARTY_NOTICES',
      ]),
    );
  });

  // Unpacking a file takes npx about 2 ms, however small it is.
  it('has few files', async () => {
    expect((await files()).length).toBeLessThanOrEqual(MAX_FILES);
  });

  it('has its types in few files, with what is said about them', async () => {
    const declarations = (await files()).filter((file) => file.startsWith('dist/types/'));
    expect(declarations.length).toBeLessThanOrEqual(8);
    const texts = await Promise.all(declarations.map((file) => readFile(join(installed, file), 'utf8')));
    expect(texts.join('')).toContain('/** Joins one room as one person.');
  });

  it('is at most 1.5 MB unpacked', async () => {
    const sizes = await Promise.all(
      (await files()).map(async (file) => (await stat(join(installed, file))).size),
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(MAX_UNPACKED_BYTES);
  });

  it('runs by npx without the network', async () => {
    const empty = join(folder, 'empty');
    await mkdir(empty);
    const npx = (...args: string[]) =>
      spawnSync('npx', ['--yes', `../${basename(tarball)}`, ...args], { cwd: empty, env, encoding: 'utf8' });
    const version = npx('--version');
    expect(version).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
    const help = npx('relay', '--help');
    expect(help).toMatchObject({ status: 0, stdout: expect.stringContaining('--listen') });
  });

  it('loads for a first frame nothing that only later is needed', async () => {
    const screen = (await files()).find((file) => file.startsWith('dist/node/screen-')) ?? '';
    const script = join(folder, 'screen.mjs');
    await writeFile(
      script,
      `await import(${JSON.stringify(join(installed, screen))});
      const slow = ['assert', 'child_process', 'fs/promises', 'http', 'https', 'sqlite', 'tls', 'zlib'];
      console.log(slow.filter((name) => process.moduleLoadList.includes('NativeModule ' + name)).join());`,
    );
    const { stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
    expect({ stdout, stderr }).toEqual({ stdout: '\n', stderr: '' });
  });

  it('loads for a relay that listens nothing that it may never need', async () => {
    const script = join(folder, 'relay.cjs');
    await writeFile(
      script,
      `const heavy = ['assert', 'https', 'internal/deps/undici/undici', 'readline', 'tls', 'worker_threads', 'zlib'];
      const { write } = process.stdout;
      process.stdout.write = function (text) {
        if (!text.includes('"listening"')) return write.apply(this, arguments);
        write.call(this, heavy.filter((name) => process.moduleLoadList.includes('NativeModule ' + name)).join());
        process.exit();
      };`,
    );
    const bin = join(installed, 'bin/chat-tui.js');
    const args = ['relay', '--listen', '127.0.0.1:0', '--data', join(folder, 'relay')];
    const { stdout, stderr } = spawnSync(process.execPath, ['--require', script, bin, ...args], {
      env: { ...env, CHAT_TUI_HOME: join(folder, 'home'), CHAT_TUI_RUNTIME: join(folder, 'home') },
      encoding: 'utf8',
    });
    expect({ stdout, stderr }).toEqual({ stdout: '', stderr: '' });
  });

  it('has no expression over all emoji, whose tables are loaded where it stands', async () => {
    for (const file of (await files()).filter(
      (each) => each.startsWith('dist/node/') && each.endsWith('.js'),
    ))
      expect(await readFile(join(installed, file), 'utf8'), file).not.toMatch(/\/\^?\\p\{RGI_Emoji\}/);
  });

  it('carries the licence of every package in the bundle', async () => {
    const notices = await readFile(join(installed, 'THIRD_PARTY_NOTICES'), 'utf8');
    for (const name of ['ink', 'react', 'ws', 'valibot', 'cborg', '@noble/curves', 'yoga-layout']) {
      expect(notices).toMatch(new RegExp(`^${name} \\d`, 'm'));
    }
  });

  it('has a protocol entry that runs in a browser', async () => {
    const code = await readFile(join(installed, 'dist/web/protocol.js'), 'utf8');
    expect(code).not.toMatch(/['"`]node:/);
    expect(code).not.toMatch(/\bimport\s*["'{*]/);
  });

  it('exports the same protocol to Node.js and to a browser, and the way into a room', () => {
    const script = `
      const names = async (entry) => Object.keys(await import(entry)).sort().join();
      const { joinRoom } = await import('chat-tui/client');
      await import('chat-tui');
      const same = (await names('chat-tui/protocol')) === (await names('./node_modules/chat-tui/dist/web/protocol.js'));
      console.log(typeof joinRoom, same);`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: dirname(dirname(installed)),
      encoding: 'utf8',
    });
    expect({ stdout, stderr }).toEqual({ stdout: 'function true\n', stderr: '' });
  });

  it('has types that a strict TypeScript project can use', async () => {
    const consumer = dirname(dirname(installed));
    await symlink(join(project, 'node_modules/@types'), join(consumer, 'node_modules/@types'));
    await writeFile(
      join(consumer, 'use.ts'),
      [
        "import * as program from 'chat-tui';",
        "import * as client from 'chat-tui/client';",
        "import * as protocol from 'chat-tui/protocol';",
        'type IsAny<Type> = 0 extends 1 & Type ? true : false;',
        'type Untyped<Module> = { [Name in keyof Module]: IsAny<Module[Name]> extends true ? Name : never }[keyof Module];',
        'type All = Untyped<typeof program> | Untyped<typeof client> | Untyped<typeof protocol>;',
        'export const nothingUntyped: (name: All) => never = (name) => name;',
        'export const join: (...args: never[]) => unknown = client.joinRoom;',
        'export const sameRoom: (room: client.JoinedRoom) => program.JoinedRoom = (room) => room;',
        "export const edited: protocol.EventOf<'edited'>['kind'] = 'edited';",
        'export const bound: number = protocol.limits.MAX_TEXT_BYTES;',
      ].join('\n'),
    );
    await writeFile(
      join(consumer, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          module: 'nodenext',
          target: 'es2024',
          strict: true,
          noEmit: true,
          skipLibCheck: false,
          types: ['node'],
        },
        files: ['use.ts'],
      }),
    );
    const tsc = spawnSync(
      process.execPath,
      [join(project, 'node_modules/typescript/bin/tsc'), '-p', consumer],
      { encoding: 'utf8' },
    );
    expect(tsc.stdout).toBe('');
    expect(tsc.status).toBe(0);
  });
});
