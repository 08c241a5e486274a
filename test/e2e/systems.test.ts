import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Program, run } from '../support/program.ts';

const pretend = new URL('../support/pretend-system.ts', import.meta.url).href;

/** The environment of a program that believes to be on another system, at home in an empty folder. */
function elsewhere(system: string) {
  const home = mkdtempSync(join(tmpdir(), 'chat-tui-test-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const env = {
    PRETEND_SYSTEM: system,
    PRETEND_HOME: home,
    NODE_OPTIONS: `--no-warnings --import ${pretend}`,
    APPDATA: join(home, 'AppData/Roaming'),
    LOCALAPPDATA: join(home, 'AppData/Local'),
    XDG_RUNTIME_DIR: '',
  };
  return { home, env };
}

describe('on another system', () => {
  it.each([
    [
      'darwin',
      'Library/Preferences/chat-tui',
      'Library/Application Support/chat-tui',
      'Library/Logs/chat-tui',
    ],
    ['win32', 'AppData/Roaming/chat-tui/Config', 'AppData/Local/chat-tui/Data', 'AppData/Local/chat-tui/Log'],
  ])(
    '(%s) the program starts, people meet, and all is where such systems have it',
    async (system, ...folders) => {
      const { home, env } = elsewhere(system);
      const host = new Program(['host', 'tea', '--nick', 'tom', '--profile', 'tom'], env);
      onTestFinished(() => host.close());
      await host.event('ready');
      const said = await run(['pipe', 'tea', '--nick', 'ada'], { env, input: 'hello\r\n' });
      expect({ code: said.code, stderr: said.stderr }).toEqual({ code: 0, stderr: '' });
      const saved = await run(['save', 'tea', '-'], { env });
      expect(saved.stdout).toMatch(/<ada> hello\n$/);
      const [config = '', data = '', state = ''] = folders.map((folder) => join(home, folder));
      expect(readdirSync(config)).toEqual(expect.arrayContaining(['identity.key', 'device.key']));
      expect(readdirSync(data)).toContain('archive.db');
      expect(existsSync(join(state, 'session.lock'))).toBe(true);
      expect(readdirSync(home).filter((name) => name.startsWith('.'))).toEqual([]);
      host.kill('SIGINT');
      expect(await host.exited).toEqual({ code: 130, signal: null });
    },
  );
});
