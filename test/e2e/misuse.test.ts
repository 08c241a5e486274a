import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cleanEnvironment } from '../support/terminal.ts';
import { run } from '../support/program.ts';
import { Stage } from '../support/stage.ts';

const bin = fileURLToPath(new URL('../../bin/chat-tui.js', import.meta.url));

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.close());

function attempt(home: string, ...args: string[]) {
  return run(args, { env: stage.env(home), cwd: stage.folder });
}

/** Whether a process has said what it does on a signal; SIGINT and SIGTERM are taken by Node.js itself. */
function catches(pid: number, signal: 'SIGHUP'): boolean {
  const caught = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
  return ((BigInt(`0x${caught}`) >> BigInt(constants.signals[signal] - 1)) & 1n) === 1n;
}

/** Somebody who takes calls and never says a word. */
async function silence(): Promise<{ url: string; server: Server; called: Promise<void> }> {
  const server = createServer();
  const called = new Promise<void>((resolve) => server.once('connection', () => resolve()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `ws://127.0.0.1:${address.port}`, server, called };
}

describe('a secret on standard input', () => {
  it('may come late: a password', async () => {
    const { url } = await stage.relay();
    const register = stage.program('ada', 'account', 'register', 'ada', '--relay', url, '--verbose');
    // Connected, it has begun to read.
    await expect.poll(() => register.stderr).toContain('"state":"online"');
    register.send('correct horse battery');
    // Nothing is waited for behind the line.
    expect(await register.exited, register.stderr).toMatchObject({ code: 0 });
    const whoami = await attempt('ada', 'account', 'whoami', '--relay', url, '--json');
    expect(whoami.lines).toMatchObject([{ event: 'account', name: 'ada', password: true }]);
  });

  it('is the code of a room that is hosted', async () => {
    const { url } = await stage.relay();
    const code = 'abcdefghijklmnopqrstuvwxya';
    const host = stage.program('host', 'host', 'tea', '--relay', url, '--code-file', '-');
    host.send(code);
    const { invite } = await host.event('ready');
    expect(invite).toContain(`.${code}`);
    writeFileSync(stage.path('code'), `${code}\n`);
    const ada = await attempt('ada', 'pipe', 'tea', '--relay', url, '--code-file', stage.path('code'));
    expect(ada.code, ada.stderr).toBe(0);
    const bob = await attempt('bob', 'pipe', 'tea', '--relay', url);
    expect(bob.code).toBe(77);
  });

  it('that is no join code opens no room: 64', async () => {
    writeFileSync(stage.path('code'), 'sesame\n');
    const host = await attempt('host', 'host', 'tea', '--code-file', stage.path('code'));
    expect(host).toMatchObject({ code: 64, stdout: '' });
    expect(host.stderr).toMatch(/^chat-tui: .*--code\b.*\n$/);
  });
});

/** A program by a shell, which puts its output where `to` says. */
function inShell(home: string, args: readonly string[], { input = '', to = '' } = {}) {
  const env = cleanEnvironment(stage.env(home));
  const argv = ['-c', `exec "$0" "$@" ${to}`, process.execPath, bin, ...args];
  return spawnSync('/bin/sh', argv, { env, cwd: stage.folder, input, encoding: 'utf8' });
}

describe.runIf(process.platform !== 'win32')('standard input that cannot be read', () => {
  it.each([
    ['a folder', '< /', 'it is a folder', ['pipe', 'tea']],
    ['a folder, for a password', '< /', 'it is a folder', ['account', 'register', 'ada']],
    ['a file that is written', '0> written', 'EBADF', ['pipe', 'tea']],
  ] as const)('is refused: %s', async (_, to, why, args) => {
    const { url } = await stage.relay();
    await stage.host('host', 'tea', '--relay', url);
    const result = inShell('ada', [...args, '--relay', url], { to });
    expect(result).toMatchObject({
      status: 64,
      stderr: `chat-tui: cannot read standard input (${why}); give it a file or a pipe with < or |\n`,
    });
  });
});

describe.runIf(process.platform === 'linux')('output that cannot be written', () => {
  it('is not passed over in silence: 73', async () => {
    const { url } = await stage.relay();
    await stage.host('host', 'tea', '--relay', url);
    await run(['pipe', 'tea', '--relay', url], { env: stage.env('ada'), input: 'hello\n' });
    for (const args of [
      ['save', 'tea', '-'],
      ['pipe', 'tea', '--relay', url],
      ['rooms', '--relay', url],
      ['doctor', '--relay', url],
      ['--help'],
      ['--version'],
    ]) {
      const result = inShell('ada', args, { input: 'hello\n', to: '> /dev/full' });
      expect(result.status, args[0]).toBe(73);
      expect(result.stderr, args[0]).toMatch(/^chat-tui: .*standard output.*ENOSPC.*\n$/);
    }
  });
});

it.runIf(process.platform !== 'win32')('a reader that has gone is no failure', () => {
  for (const args of ['--version', '--help']) {
    const read = spawnSync('/bin/sh', ['-c', `'${process.execPath}' '${bin}' ${args} | true`]);
    expect(read.stderr.toString(), args).toBe('');
  }
});

describe('Ctrl+C', () => {
  it('ends every command with 130, also while it waits', async () => {
    for (const args of [['rooms'], ['doctor'], ['account', 'whoami'], ['pipe', 'tea'], ['host', 'tea']]) {
      const { url, server, called } = await silence();
      const program = stage.program('ada', ...args, '--relay', url);
      await called;
      program.kill('SIGINT');
      expect(await program.exited, args[0]).toEqual({ code: 130, signal: null });
      server.close();
    }
  });

  it.runIf(process.platform === 'linux')(
    'and SIGTERM with 0, are heard where it waits for its input',
    async () => {
      for (const args of [
        ['pipe', '--invite-file', '-'],
        ['host', 'tea', '--code-file', '-'],
      ])
        for (const [signal, code] of [
          ['SIGINT', 130],
          ['SIGTERM', 0],
        ] as const) {
          const program = stage.program('ada', ...args);
          await expect.poll(() => catches(program.pid, 'SIGHUP')).toBe(true);
          program.kill(signal);
          expect(await program.exited, args[0]).toEqual({ code, signal: null });
        }
    },
  );
});

describe('a doctor who finds something', () => {
  it('says it on standard error too, and exits with what it is about', async () => {
    const sick = await attempt('ada', 'doctor', '--relay', 'ws://127.0.0.1:9');
    expect(sick.code).toBe(69);
    expect(sick.stderr).toBe(
      'chat-tui: relay: Nobody listens on 127.0.0.1:9: start the relay, or check the port.\n',
    );
    expect(sick.stdout).toContain('✗ relay     ws://127.0.0.1:9: could not reach the relay\n');
    const json = await attempt('ada', 'doctor', '--relay', 'ws://127.0.0.1:9', '--json');
    expect(json).toMatchObject({ code: 69, stderr: sick.stderr });
    const well = await attempt('ada', 'doctor');
    expect(well).toMatchObject({ code: 0, stderr: '' });
    const known = await stage.relay();
    await attempt('ada', 'rooms', '--relay', known.url);
    await known.program.close();
    await stage.relay('other', known.port);
    const changed = await attempt('ada', 'doctor', '--relay', known.url);
    expect(changed.code).toBe(69);
    expect(changed.stderr).toContain(`relay: ${known.url} is answered by another relay than before`);
    writeFileSync(stage.path('keys'), '');
    const data = ['--data', stage.path('private'), '--listen', '127.0.0.1:0'];
    const own = stage.program('private', 'relay', ...data, '--private-relay', stage.path('keys'));
    const { url } = await own.event('listening');
    const shut = await attempt('ada', 'doctor', '--relay', String(url));
    expect(shut).toMatchObject({
      code: 69,
      stderr: /^chat-tui: relay: .* or name another with --relay URL\.\n$/,
    });
    const nowhere = { ...stage.env('ada'), CHAT_TUI_RUNTIME: stage.path('file') };
    writeFileSync(nowhere.CHAT_TUI_RUNTIME, '');
    expect(await run(['doctor'], { env: nowhere })).toMatchObject({
      code: 78,
      stderr: /^chat-tui: nearby: /,
    });
  });
});

describe('names', () => {
  it('of saved rooms are found as those of rooms in reach are', async () => {
    const { url } = await stage.relay();
    const { ready } = await stage.host('host', 'tea', '--relay', url);
    await run(['pipe', 'tea', '--relay', url], { env: stage.env('ada'), input: 'hello\n' });
    for (const name of ['tea', 'TEA', String(ready['roomId'])]) {
      const saved = await attempt('ada', 'save', name, '-');
      expect(saved.stdout, name).toContain('> hello\n');
    }
    const json = inShell('ada', ['save', 'tea', '--json', '-']);
    expect(JSON.parse(json.stdout)).toMatchObject({ room: 'tea', messages: 1 });
    expect(readdirSync(stage.folder).filter((name) => name.startsWith('tea'))).toEqual([]);
  });

  it('that are empty are a slip: 64', async () => {
    for (const args of [
      ['pipe', ''],
      ['save', ''],
      ['pipe', ' '],
    ]) {
      const result = await attempt('ada', ...args);
      expect(result.code, args.join()).toBe(64);
      expect(result.stderr).toMatch(/^chat-tui: usage: chat-tui (?:pipe|save) ROOM.*\n$/);
    }
  });
});

describe('a room whose file is gone', () => {
  it('is another one, as its host is told', async () => {
    const { url } = await stage.relay();
    const first = await stage.host('host', 'tea', '--relay', url);
    await run(['pipe', 'tea', '--relay', url], { env: stage.env('host'), input: 'hello\n' });
    await first.program.close();
    const again = await stage.host('host', 'tea', '--relay', url);
    expect(again.ready['roomId']).toBe(first.ready['roomId']);
    expect(again.program.lines.map(({ event }) => event)).not.toContain('notice');
    await again.program.close();
    const rooms = stage.path('host', 'data', 'rooms');
    const [file = ''] = readdirSync(rooms);
    rmSync(rooms, { recursive: true });
    const other = await stage.host('host', 'tea', '--relay', url);
    expect(other.ready['roomId']).not.toBe(first.ready['roomId']);
    const notice = other.program.lines.find(({ event }) => event === 'notice');
    expect(notice?.['text']).toMatch(/^The file of the tea that you hosted before is gone, /);
    expect(notice?.['text']).toContain(join(rooms, file.replace(/-(?:wal|shm)$/, '')));
  });
});

it('a host that was never in its room is told how its history comes to be saved: 69', async () => {
  await stage.host('host', 'tea');
  const saved = await attempt('host', 'save', 'tea');
  expect(saved.code).toBe(69);
  expect(saved.stderr).toMatch(/^chat-tui: This profile hosts tea, but was never in it: .*\n$/);
  await run(['pipe', 'tea'], { env: stage.env('host'), input: '' });
  expect(await attempt('host', 'save', 'tea', '-')).toMatchObject({ code: 0 });
});

it('a ban of what cannot be banned is a slip of the command line: 64, relay or not', async () => {
  await stage.relay('relay');
  for (const data of ['relay', 'nowhere'])
    for (const action of ['ban', 'unban']) {
      const result = await attempt('home', 'relay', action, 'NONSENSE', '--data', stage.path(data));
      expect(result.code, `${action} ${data}`).toBe(64);
      expect(result.stderr).toMatch(/^chat-tui: "NONSENSE" is no identity key, .*\n$/);
    }
});

it('a command to a relay that it would not take is refused in one sentence: 64', async () => {
  const relay = (...args: string[]) => attempt('home', 'relay', ...args, '--data', stage.path('relay'));
  await stage.relay('relay');
  expect(await relay('ban', '192.0.2.1', '--reason', 'x'.repeat(201))).toMatchObject({
    code: 64,
    stderr: 'chat-tui: --reason takes at most 200 characters, and this has 201.\n',
  });
  expect(await relay('close', 'k'.repeat(101))).toMatchObject({
    code: 64,
    stderr: expect.stringMatching(/^chat-tui: "k+" is no room id .*relay rooms" lists them\.\n$/),
  });
  expect((await relay('bans')).stdout).toBe('Nobody is banned.\n');
});

it('a relay tells no address under which nobody can reach it: 64', async () => {
  const wrong = ['--public-url', 'https://chat.example.org'];
  const relay = stage.program('home', 'relay', '--listen', '127.0.0.1:0', ...wrong);
  expect(await Promise.race([relay.exited, relay.event('listening')])).toMatchObject({ code: 64 });
  expect(relay.stderr).toMatch(/^chat-tui: --public-url wants .*wss:\/\/.*\n$/);
});

it('what is said to a shell asks for no slash command', async () => {
  const { url } = await stage.relay();
  const env = stage.env('ada');
  const registered = await run(['account', 'register', 'ada', '--relay', url], { env, input: '\n' });
  expect(registered.stdout).toMatch(/^You are ada .*chat-tui account passwd/);
  const set = await run(['account', 'passwd', '--relay', url], { env, input: 'correct horse\n' });
  expect(set.stdout).not.toMatch(/ \/[a-z]/);
});
