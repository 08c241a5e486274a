import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseInvite } from '../../src/shared/crypto/invite.ts';
import { idBytes } from '../../src/shared/ids.ts';
import { MAX_NICK_BYTES, MAX_REASON_BYTES, MAX_STATUS_BYTES } from '../../src/shared/limits.ts';
import { cutToBytes, escapeCorpus } from '../support/escape-corpus.ts';
import { unprintableIn } from '../support/foreign-bytes.ts';
import { ScriptedMember } from '../support/peers/scripted-member.ts';
import { run } from '../support/program.ts';
import { Stage } from '../support/stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.close());

/** Arguments of a relay that says all it has to say. */
function loudRelay(): string[] {
  return ['relay', '--listen', '127.0.0.1:0', '--data', stage.path('relay'), '--verbose'];
}

const corpus = escapeCorpus.map(({ text }) => text);

describe('what hostile members do', () => {
  it('leaves nothing but printable text in the logs of relay and host, at their loudest', async () => {
    const relay = stage.program('relay', ...loudRelay());
    const { url } = await relay.event('listening');
    const host = stage.program('host', 'host', 'tea', '--relay', String(url), '--rate', '1000', '--verbose');
    const { invite } = await host.event('ready');
    const room = parseInvite(String(invite))?.room;
    if (!room) throw new Error('no room');
    for (const beginning of [0, 25, 50]) {
      const [nick = '', ...texts] = corpus.slice(beginning, beginning + 25);
      const caller = await ScriptedMember.logIn(String(url));
      const member = await caller.join(idBytes(room), { nick: cutToBytes(nick, MAX_NICK_BYTES) });
      for (const text of texts) {
        member.say({ t: 'presence', state: 'away', status: cutToBytes(text, MAX_STATUS_BYTES) });
        member.postKind('text', { text });
        member.postKind('nick-changed', { nick: cutToBytes(text, MAX_NICK_BYTES) });
      }
      await member.settled();
      const reason = cutToBytes(texts.join(''), MAX_REASON_BYTES);
      member.say({ t: 'leave', reason });
      await host.event('leave', (line) => line['key'] === member.key);
      await member.close();
    }
    const logs = [relay, host].map(({ stdout, stderr }) => stdout + stderr);
    expect(logs.flatMap(unprintableIn)).toEqual([]);
    expect(host.lines.filter(({ event }) => event === 'leave')).toHaveLength(3);
  });
});

describe('a room with a join code', () => {
  it('has its code and words neither among arguments nor in logs, where the code comes from a file', async () => {
    const relay = stage.program('relay', ...loudRelay());
    const { url } = await relay.event('listening');
    const host = stage.program('host', 'host', 'tea', '--code', '--relay', String(url), '--verbose');
    const ready = await host.event('ready');
    const invite = String(ready['invite']);
    const [code = ''] = invite.slice(invite.lastIndexOf('.') + 1).split('~');
    expect(code).toMatch(/^[a-z2-7]{26}$/);
    writeFileSync(stage.path('code'), `${code}\n`, { mode: 0o600 });
    const door = invite.slice(0, invite.lastIndexOf('.'));
    const args = ['pipe', door, '--json', '--relay', String(url), '--verbose'];
    const files = ['--code-file', stage.path('code'), '--log-file', stage.path('log')];
    const member = stage.program('ada', ...args, ...files);
    await member.event('ready');
    member.send({ text: 'the heron flies at nine', id: '1' });
    await member.event('sent');
    for (const { pid } of [relay, host, member]) {
      expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).not.toContain(code);
      expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toContain(code);
    }
    member.end();
    await member.exited;
    const keys = ['ada', 'host'].flatMap((home) => secretsIn(stage.path(home)));
    expect(keys.length).toBeGreaterThan(3);
    // The one line that is there to hand the invite out.
    const hostLog = host.stdout.replace(/^.*"event":"ready".*$/m, '');
    const logs = [relay.stdout, relay.stderr, hostLog, host.stderr, member.stderr, readLog()];
    for (const secret of [code, 'heron', ...keys]) expect(logs.join('\n')).not.toContain(secret);
  });
});

describe('a password', () => {
  it('is in no log, at its loudest, and in nothing that the relay keeps', async () => {
    const relay = stage.program('relay', ...loudRelay());
    const { url } = await relay.event('listening');
    const [right, wrong] = ['correct horse battery', 'staple and another horse'];
    writeFileSync(stage.path('right'), `${right}\n`, { mode: 0o600 });
    writeFileSync(stage.path('wrong'), `${wrong}\n`, { mode: 0o600 });
    const said: string[] = [];
    const account = async (home: string, verb: string, file: string): Promise<number | null> => {
      const where = ['--relay', String(url), '--no-lan', '--verbose', '--log-file', stage.path('log')];
      const asked = ['account', verb, 'lovelace', '--password-file', stage.path(file), '--json'];
      const program = stage.program(home, ...asked, ...where);
      program.end();
      const { code } = await program.exited;
      said.push(program.stdout, program.stderr);
      return code;
    };
    expect(await account('ada', 'register', 'right')).toBe(0);
    expect(await account('phone', 'login', 'wrong')).toBe(77);
    expect(await account('phone', 'login', 'right')).toBe(0);
    await relay.close();
    const kept = readdirSync(stage.path('relay'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
    expect(kept.join('')).toContain('lovelace');
    const logs = [relay.stdout, relay.stderr, readLog(), ...said];
    expect(logs.join('\n')).toContain('password-refused');
    const keys = ['ada', 'phone'].flatMap((home) => secretsIn(stage.path(home)));
    for (const secret of [right, wrong, ...keys]) expect(logs.join('\n')).not.toContain(secret);
    for (const secret of [right, wrong]) expect(kept.join('')).not.toContain(secret);
  });
});

describe('a host and a relay whose log nobody reads any more', () => {
  it('go on', async () => {
    const { program: relay, url } = await stage.relay();
    const { program: host, ready } = await stage.host('host', 'tea', '--relay', url);
    for (const { child } of [relay, host]) child.stdout.destroy();
    for (const nick of ['ada', 'bob']) {
      const args = ['pipe', String(ready['invite']), '--json', '--relay', url, '--nick', nick];
      const member = stage.program(nick, ...args);
      await member.event('ready');
      member.send({ text: 'anybody here?', id: '1' });
      await member.event('sent');
      member.end();
      expect(await member.exited).toMatchObject({ code: 0 });
    }
    expect([relay, host].map(({ child, stderr }) => [child.exitCode, stderr])).toEqual([
      [null, ''],
      [null, ''],
    ]);
  });
});

describe('under a umask that forbids nothing', () => {
  it('makes every file and folder for its owner alone', async () => {
    const before = process.umask(0);
    try {
      const { url } = await stage.relay('relay');
      const open = stage.program('lan', 'host', 'coffee');
      await open.event('ready');
      const { ready } = await stage.host('host', 'tea', '--relay', url);
      const args = [
        'pipe',
        String(ready['invite']),
        '--json',
        '--relay',
        url,
        '--log-file',
        stage.path('ada.log'),
      ];
      const ada = stage.program('ada', ...args);
      await ada.event('ready');
      ada.send({ text: 'hello', id: '1' });
      await ada.event('sent');
      ada.send({ text: '/save saved.txt' });
      await ada.event('notice', (line) => String(line['text']).includes('saved.txt'));
      ada.send({ text: `/connect ${url}` });
      await ada.event('notice', (line) => String(line['text']).includes(new URL(url).host));
      const made = everything(stage.folder);
      const names = made.map(({ path }) => path).join('\n');
      for (const kind of [
        /identity\.key/,
        /config\.json/,
        /-wal$/m,
        /-shm$/m,
        /saved\.txt/,
        /log$/m,
        /lock/,
        /run\/.+\.json/,
      ])
        expect(names).toMatch(kind);
      expect(made.filter(({ open }) => open).map(({ path, mode }) => `${path} ${mode}`)).toEqual([]);
    } finally {
      process.umask(before);
    }
  });
});

describe('a sentence on standard error', () => {
  const hostile = '\u001b]0;owned\u0007\u009b31m\u202eevil\u200b\u2028';

  it.each([
    ['an unknown option', [`--${hostile}`], {}],
    ['an option of another command', ['rooms', `--history=${hostile}`], {}],
    ['a number that is none', ['pipe', 'tea', '--history', hostile], {}],
    ['a relay', ['rooms', '--relay', hostile], {}],
    ['a nick', ['rooms', '--nick', hostile], {}],
    ['a room', ['pipe', hostile, '--no-lan'], {}],
    ['an invite', ['pipe', `tc://${hostile}`, '--no-lan'], {}],
    ['a room to save', ['save', hostile], {}],
    ['a file to save to', ['save', 'tea', `/${hostile}/x`], {}],
    ['a code file', ['pipe', 'tea', '--code-file', hostile], {}],
    ['a log file', ['rooms', '--log-file', `/${hostile}/x`], {}],
    ['a room to host', ['host', `~${hostile}`], {}],
    ['an address to listen on', ['relay', '--listen', hostile], {}],
    ['a certificate', ['relay', '--tls-cert', `/${hostile}`, '--tls-key', `/${hostile}`], {}],
    ['a relay of the environment', ['rooms'], { CHAT_TUI_RELAY: hostile }],
    ['a home of the environment', ['rooms'], { CHAT_TUI_HOME: `/dev/null/${hostile}` }],
    ['a nick of the environment', ['rooms'], { CHAT_TUI_NICK: `${hostile} ~` }],
    ['a profile of the environment', ['rooms'], { CHAT_TUI_PROFILE: `../${hostile}` }],
  ])('repeats %s in printable text only', async (_, args, changes) => {
    const env = { ...stage.env('home'), ...changes };
    const { code, stdout, stderr } = await run(args, { env, cwd: stage.folder });
    expect(unprintableIn(stdout + stderr)).toEqual([]);
    expect(stderr).not.toContain('owned\u0007');
    // A folder of that name may be a fine one.
    expect(code === 0 ? stderr === '' : /^chat-tui: .+\n/.test(stderr)).toBe(true);
  });

  it('is printable about settings that somebody else wrote', async () => {
    const home = stage.path('home');
    mkdirSync(home, { mode: 0o700 });
    const settings = { nick: hostile, relays: [hostile, `ws://${hostile}`], theme: hostile };
    writeFileSync(join(home, 'config.json'), JSON.stringify(settings), { mode: 0o600 });
    chmodSync(home, 0o700);
    for (const args of [
      ['rooms', '--no-lan'],
      ['rooms', '--no-lan', '--json'],
      ['pipe', 'tea', '--no-lan'],
    ]) {
      const { stdout, stderr } = await run(args, { env: stage.env('home'), cwd: stage.folder });
      expect(unprintableIn(stdout + stderr)).toEqual([]);
    }
  });
});

function everything(folder: string): { path: string; mode: string; open: boolean }[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    const stat = lstatSync(path, { throwIfNoEntry: false });
    // Of a program that goes on meanwhile.
    if (!stat) return [];
    const mode = (stat.mode & 0o777).toString(8);
    const own = { path, mode, open: (stat.mode & 0o077) !== 0 };
    return stat.isDirectory() ? [own, ...everything(path)] : [own];
  });
}

/** Every value in the key files below a folder. */
function secretsIn(folder: string): string[] {
  return everything(folder)
    .filter(({ path }) => path.endsWith('.key'))
    .flatMap(({ path }) => readFileSync(path, 'utf8').match(/(?<=^(?:seed|secret) )\S+/gm) ?? []);
}

function readLog(): string {
  return readFileSync(stage.path('log'), 'utf8');
}
