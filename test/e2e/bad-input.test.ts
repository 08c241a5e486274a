import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../support/program.ts';
import { Stage } from '../support/stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.close());

function attempt(home: string, ...args: string[]) {
  return run(args, { env: stage.env(home), cwd: stage.folder });
}

/** One sentence on stderr, no stack trace, nothing else. */
function oneSentence(result: { stderr: string }): string {
  const lines = result.stderr.trimEnd().split('\n');
  expect(lines, result.stderr).toHaveLength(1);
  expect(lines[0]).toMatch(/^chat-tui: [\p{L}\p{N}\p{P}\p{S} ]+$/u);
  expect(lines[0]).not.toMatch(/\bat .*:\d+:\d+|Error:/);
  return lines[0] ?? '';
}

describe('bad input', () => {
  it('an unknown option: 64', async () => {
    const result = await attempt('home', '--colour');
    expect(result.code).toBe(64);
    expect(oneSentence(result)).toContain('--colour');
  });

  it('no terminal: 64, and what to use instead', async () => {
    const result = await attempt('home');
    expect(result.code).toBe(64);
    expect(oneSentence(result)).toMatch(/pipe/);
  });

  it('an address with nobody behind it: 69', async () => {
    for (const command of [['pipe', 'tea'], ['rooms'], ['host', 'tea']]) {
      const result = await attempt('home', ...command, '--relay', 'ws://127.0.0.1:9', '--json');
      expect(result.code, command[0]).toBe(69);
      const text = oneSentence(result).slice('chat-tui: '.length);
      expect(result.lines, command[0]).toMatchObject([{ event: 'error', code: 'unreachable', text }]);
    }
  });

  it('an address that is none: 64', async () => {
    const result = await attempt('home', 'rooms', '--relay', 'ftp://x y');
    expect(result.code).toBe(64);
    oneSentence(result);
  });

  it('a room that does not exist: 69', async () => {
    const { url } = await stage.relay();
    const result = await attempt('home', 'pipe', 'nowhere', '--relay', url);
    expect(result.code).toBe(69);
    expect(oneSentence(result)).toContain('nowhere');
  });

  it('a wrong code and a missing one: 77', async () => {
    const { url } = await stage.relay();
    await stage.host('host', 'tea', '--relay', url, '--code');
    writeFileSync(stage.path('code'), 'aaaaaaaaaaaaaaaaaaaaaaaaaa\n');
    const wrong = await attempt('home', 'pipe', 'tea', '--relay', url, '--code-file', stage.path('code'));
    expect(wrong.code).toBe(77);
    oneSentence(wrong);
    const missing = await attempt('home', 'pipe', 'tea', '--relay', url);
    expect(missing.code).toBe(77);
    oneSentence(missing);
  });

  it('a damaged invite: 64', async () => {
    const result = await attempt('home', 'pipe', 'tc://127.0.0.1:1/abc#def');
    expect(result.code).toBe(64);
    oneSentence(result);
  });

  it('a broken key file: 78, by name, and it is left as it was', async () => {
    await attempt('home', 'rooms');
    const key = keyFile();
    const original = readFileSync(key);
    for (const damage of ['', 'x', original.subarray(0, original.length / 2).toString()]) {
      writeFileSync(key, damage);
      const result = await attempt('home', 'rooms');
      expect(result.code).toBe(78);
      expect(oneSentence(result)).toContain(key);
      expect(readFileSync(key, 'utf8')).toBe(damage);
    }
    writeFileSync(key, original);
    chmodSync(key, 0o644);
    const readable = await attempt('home', 'rooms');
    expect(readable.code).toBe(78);
    expect(oneSentence(readable)).toMatch(/chmod 600/);
    chmodSync(key, 0o600);
    expect((await attempt('home', 'rooms')).code).toBe(0);
  });

  it('a broken settings file is kept aside and said, and the program goes on', async () => {
    await attempt('home', 'rooms');
    const settings = join(stage.path('home'), 'config', 'config.json');
    writeFileSync(settings, '{ broken', { mode: 0o600 });
    const { url } = await stage.relay();
    await stage.host('host', 'tea', '--relay', url);
    const result = await attempt('home', 'pipe', 'tea', '--relay', url, '--json');
    expect(result.code).toBe(0);
    const notice = result.lines.find((line) => line.event === 'notice');
    expect(String(notice?.['text'])).toContain('kept as');
    const kept = readdirSync(join(stage.path('home'), 'config')).find((name) => name.includes('broken'));
    expect(readFileSync(join(stage.path('home'), 'config', kept ?? ''), 'utf8')).toBe('{ broken');
  });

  it('a broken settings file is said also where nothing is printed but what was asked for', async () => {
    for (const command of [['rooms'], ['save', 'tea'], ['account', 'whoami']]) {
      const [home = ''] = command;
      mkdirSync(stage.path(home, 'config'), { recursive: true, mode: 0o700 });
      writeFileSync(join(stage.path(home), 'config', 'config.json'), '{ broken', { mode: 0o600 });
      const result = await attempt(home, ...command);
      expect(result.stderr, home).toMatch(
        /^chat-tui: The settings file could not be read; it was kept as .*\n/,
      );
    }
  });

  it('a nick that cannot be used is named with where it is from: 64; one in the settings is not used', async () => {
    const flag = await attempt('home', 'rooms', '--nick', 'a b');
    expect(flag.code).toBe(64);
    expect(oneSentence(flag)).toMatch(/^chat-tui: --nick "a b" is no nick\. A nick is 1 to 20 characters/);
    const env = { ...stage.env('home'), CHAT_TUI_NICK: '#tea' };
    const variable = await run(['rooms'], { env, cwd: stage.folder });
    expect(oneSentence(variable)).toMatch(/^chat-tui: CHAT_TUI_NICK "#tea" is no nick/);
    writeFileSync(join(stage.path('home'), 'config', 'config.json'), '{"nick": "a b"}', { mode: 0o600 });
    const { program, ready } = await stage.host('home', 'tea');
    expect(ready['nick']).not.toBe('a b');
    await program.close();
  });

  it('a profile folder that is a file: 78', async () => {
    writeFileSync(stage.path('home'), 'mine');
    const result = await attempt('home', 'rooms');
    expect(result.code).toBe(78);
    oneSentence(result);
    expect(readFileSync(stage.path('home'), 'utf8')).toBe('mine');
  });

  it.runIf(process.platform === 'linux')('a folder in which nothing can be made: 78', async () => {
    const home = '/proc/chat-tui-test/home';
    for (const command of [['rooms'], ['relay', '--listen', '127.0.0.1:0', '--data', home]]) {
      const result = await run([...command, '--home', home], { env: stage.env('home'), cwd: stage.folder });
      expect(result.code).toBe(78);
      expect(oneSentence(result)).toContain(home);
    }
  });

  it.runIf(process.platform === 'linux')('a relative XDG folder is not taken for one', async () => {
    const { CHAT_TUI_HOME: _, ...env } = stage.env('home');
    const xdg = { XDG_CONFIG_HOME: 'mine', XDG_DATA_HOME: 'mine', XDG_STATE_HOME: 'mine' };
    const result = await run(['rooms'], { env: { ...env, ...xdg }, cwd: stage.folder });
    expect(result.code).toBe(0);
    expect(readdirSync(stage.folder)).not.toContain('mine');
    expect(readdirSync(stage.path('.config', 'chat-tui'))).toContain('identity.key');
  });

  it('a room that cannot be found or reached by name asks for nothing that a shell has not', async () => {
    const nothing = await attempt('home', 'pipe', 'nowhere', '--no-lan');
    expect(nothing.code).toBe(69);
    expect(oneSentence(nothing)).toContain('--relay URL');
    const room = await attempt('home', 'pipe', 'tea', '--relay', 'ws://127.0.0.1:1');
    expect(oneSentence(room)).toContain('Could not reach ws://127.0.0.1:1;');
    const who = await attempt('home', 'account', 'list', '--relay', 'ws://127.0.0.1:1');
    expect(who.code).toBe(69);
    expect(oneSentence(who)).toContain('Could not reach ws://127.0.0.1:1;');
  });

  it('values that cannot be used: 64, by the name of the option', async () => {
    for (const [option, value] of [
      ['--profile', '../mine'],
      ['--topic', 'x'.repeat(300)],
    ] as const) {
      const result = await attempt('home', 'host', 'tea', option, value);
      expect(result.code).toBe(64);
      expect(oneSentence(result)).toContain(option);
    }
    const relay = await attempt('home', 'relay', '--profile', '../mine', '--listen', '127.0.0.1:0');
    expect(relay.code).toBe(64);
    expect(oneSentence(relay)).toContain('--profile');
  });

  it('a port in use: 69, with the option that helps', async () => {
    const relay = await stage.relay();
    const result = await attempt(
      'other',
      'relay',
      '--listen',
      `127.0.0.1:${relay.port}`,
      '--data',
      stage.path('d2'),
    );
    expect(result.code).toBe(69);
    expect(oneSentence(result)).toContain('--listen');
  });

  it('a file that is there already is not overwritten: 73', async () => {
    const { url } = await stage.relay();
    await stage.host('host', 'tea', '--relay', url);
    await run(['pipe', 'tea', '--relay', url], { env: stage.env('ada'), input: 'hello\n' });
    writeFileSync(stage.path('out.txt'), 'mine');
    const result = await attempt('ada', 'save', 'tea', 'out.txt');
    expect(result.code).toBe(73);
    oneSentence(result);
    expect(readFileSync(stage.path('out.txt'), 'utf8')).toBe('mine');
    const saved = await attempt('ada', 'save', 'tea', 'new.txt');
    expect(saved.code).toBe(0);
    expect(readFileSync(stage.path('new.txt'), 'utf8')).toMatch(
      /^# tea · saved .* · 1 message\n[^]*> hello\n/,
    );
  });

  it('a history that is not there: 69', async () => {
    mkdirSync(stage.path('home'));
    const result = await attempt('home', 'save', 'nowhere');
    expect(result.code).toBe(69);
    oneSentence(result);
  });
});

function keyFile(): string {
  return join(stage.path('home'), 'config', 'identity.key');
}
