import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { suggestedNick } from '../../src/client/profile/suggested-nick.ts';
import { formatCode, formatInvite, parseInvite } from '../../src/shared/crypto/invite.ts';
import { Program, run } from '../support/program.ts';
import { Stage } from '../support/stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.close());

const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe('pipe', () => {
  it('writes in text mode what a save would hold, and reads typed lines', async () => {
    const { url } = await stage.relay();
    await stage.host('host', 'tea', '--relay', url);
    const env = stage.env('ada');
    const result = await run(['pipe', 'tea', '--relay', url, '--nick', 'ada'], {
      env,
      input: 'hello\n/me waves\n//not a command\n',
    });
    expect(result).toMatchObject({ code: 0, stderr: '' });
    const stamp = String.raw`\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] `;
    expect(result.stdout).toMatch(
      new RegExp(
        `^${stamp}-- ada joined\n${stamp}<ada> hello\n${stamp}\\* ada waves\n${stamp}<ada> /not a command\n$`,
      ),
    );
  });

  it('gives every event its time in ISO 8601 with milliseconds, in UTC', async () => {
    const { url } = await stage.relay();
    await stage.host('host', 'tea', '--relay', url);
    const result = await run(['pipe', 'tea', '--relay', url, '--json'], {
      env: stage.env('ada'),
      input: '{"text":"one\\ntwo","id":"x"}\n',
    });
    expect(result.code).toBe(0);
    for (const line of result.lines) expect(line['at']).toMatch(iso);
    const message = result.lines.find((line) => line.event === 'message');
    expect(message).toMatchObject({ text: 'one\ntwo', kind: 'text', history: false });
    expect(message?.['sentAt']).toMatch(iso);
    expect(result.lines.at(-1)).toMatchObject({ event: 'state', state: 'closed' });
  });

  it('prints earlier messages first when asked, and none otherwise', async () => {
    const { url } = await stage.relay();
    await stage.host('host', 'tea', '--relay', url);
    const say = (home: string, input: string, ...args: string[]) =>
      run(['pipe', 'tea', '--relay', url, '--json', ...args], { env: stage.env(home), input });
    await say('ada', '{"text":"one"}\n{"text":"two"}\n{"text":"three"}\n');
    const texts = (result: Awaited<ReturnType<typeof say>>) =>
      result.lines.filter((line) => line.event === 'message').map((line) => [line['text'], line['history']]);
    expect(texts(await say('bob', '', '--history', '2'))).toEqual([
      ['two', true],
      ['three', true],
    ]);
    expect(texts(await say('cleo', ''))).toEqual([]);
  });

  it('does not end before a new nick is with the host, and tells it by the caller’s id', async () => {
    const { url } = await stage.relay();
    await stage.host('host', 'tea', '--relay', url);
    const input = '{"text":"/nick lady","id":"n"}\n';
    const result = await run(['pipe', 'tea', '--relay', url, '--json'], { env: stage.env('ada'), input });
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.lines.filter(({ event }) => event === 'sent' || event === 'failed')).toMatchObject([
      { event: 'sent', id: 'n' },
    ]);
    expect(result.lines.find(({ event }) => event === 'nick')).toMatchObject({ nick: 'lady' });
  });

  it('says why it failed on standard error too, where standard output is JSON', async () => {
    const { url } = await stage.relay();
    await stage.host('host', 'tea', '--relay', url);
    const input = '{"text":"hello"}\n{"text":"/frobnicate"}\n';
    const result = await run(['pipe', 'tea', '--relay', url, '--json'], { env: stage.env('ada'), input });
    expect(result.code).toBe(64);
    expect(result.stderr).toMatch(/^chat-tui: There is no command \/frobnicate\..*\n$/);
    const owner = stage.program('host', 'pipe', 'tea', '--relay', url, '--json', '--follow');
    await owner.event('ready');
    const bob = stage.program('bob', 'pipe', 'tea', '--relay', url, '--json', '--follow', '--nick', 'bob');
    await owner.event('join', ({ nick }) => nick === 'bob');
    owner.send({ text: '/kick bob too loud' });
    expect(await bob.exited).toEqual({ code: 77, signal: null });
    expect(bob.stderr).toMatch(/^chat-tui: You were put out of this room.*too loud\n$/);
  });

  it('is called as its person is logged in where nothing says otherwise', async () => {
    const { url } = await stage.relay();
    await stage.host('host', 'tea', '--relay', url);
    const env = stage.env('ada');
    const nameless = await run(['pipe', 'tea', '--relay', url, '--json'], { env });
    expect(nameless.lines).toContainEqual(expect.objectContaining({ event: 'ready', nick: suggestedNick() }));
    const named = await run(['pipe', 'tea', '--relay', url, '--json', '--nick', 'ada'], { env });
    expect(named.lines).toContainEqual(expect.objectContaining({ event: 'ready', nick: 'ada' }));
  });

  it('paces itself to the room’s rate instead of failing', async () => {
    const { url } = await stage.relay();
    await stage.host('host', 'tea', '--relay', url, '--rate', '5');
    const input = Array.from({ length: 20 }, (_, i) => `{"text":"line ${i}","id":"${i}"}\n`).join('');
    const result = await run(['pipe', 'tea', '--relay', url, '--json'], { env: stage.env('ada'), input });
    expect(result.code).toBe(0);
    expect(result.lines.filter((line) => line.event === 'failed')).toEqual([]);
    expect(result.lines.filter((line) => line.event === 'sent')).toHaveLength(20);
  });

  it('waits for its turn where the relay has its caller come less often', async () => {
    const limits = 'joins-per-identity=1,joins-per-identity-ms=1000';
    const relay = stage.program('relay', 'relay', '--listen', '127.0.0.1:0', '--limits', limits);
    const url = String((await relay.event('listening'))['url']);
    await stage.host('host', 'tea', '--relay', url);
    for (const line of ['one', 'two', 'three']) {
      const result = await run(['pipe', 'tea', '--relay', url], { env: stage.env('ada'), input: line });
      expect(result).toMatchObject({ code: 0, stderr: '' });
    }
  });

  it('ends quietly when its reader goes, and with 130 when it is interrupted', async () => {
    const { url } = await stage.relay();
    await stage.host('host', 'tea', '--relay', url);
    const read = stage.program('ada', 'pipe', 'tea', '--relay', url, '--json', '--follow');
    await read.event('ready');
    read.child.stdout.destroy();
    read.send({ text: 'into the void' });
    expect(await read.exited).toEqual({ code: 0, signal: null });
    expect(read.stderr).toBe('');
    const stopped = stage.program('bob', 'pipe', 'tea', '--relay', url, '--json', '--follow');
    await stopped.event('ready');
    stopped.kill('SIGINT');
    expect(await stopped.exited).toEqual({ code: 130, signal: null });
  });

  it('joins by invite alone, and takes the join code from a file or the first line of standard input', async () => {
    const { url } = await stage.relay();
    const { ready } = await stage.host('host', 'tea', '--relay', url, '--private', '--code');
    const invite = String(ready['invite']);
    const [bare, code] = splitCode(invite);
    const warned = await run(['pipe', invite], { env: stage.env('ada'), input: 'hello\n' });
    expect(warned.code).toBe(0);
    expect(warned.stderr).toContain('others on this machine can see this invite');
    writeFileSync(stage.path('code'), `${code}\n`, { mode: 0o600 });
    const filed = await run(['pipe', bare, '--code-file', stage.path('code')], { env: stage.env('bob') });
    expect(filed).toMatchObject({ code: 0, stderr: '' });
    const piped = await run(['pipe', bare, '--code-file', '-'], {
      env: stage.env('cleo'),
      input: `${code}\nhello from standard input\n`,
    });
    expect(piped).toMatchObject({ code: 0, stderr: '' });
    expect(piped.stdout).toContain('hello from standard input');
    expect(piped.stdout).not.toContain(code);
  });

  it('joins by an invite from a file or the first line of standard input, and by eight words', async () => {
    const { url } = await stage.relay();
    const { ready } = await stage.host('host', 'club', '--relay', url, '--private', '--code');
    const invite = String(ready['invite']);
    writeFileSync(stage.path('invite'), `${invite}\n`, { mode: 0o600 });
    const filed = await run(['pipe', '--invite-file', stage.path('invite')], { env: stage.env('ada') });
    expect(filed).toMatchObject({ code: 0, stderr: '' });
    const piped = await run(['pipe', '--invite-file', '-'], {
      env: stage.env('bob'),
      input: `${invite}\nhello from standard input\n`,
    });
    expect(piped).toMatchObject({ code: 0, stderr: '' });
    expect(piped.stdout).toContain('hello from standard input');
    expect(piped.stdout).not.toContain(invite.slice(-31));
    // The owner's other process asks the one that hosts.
    const owner = stage.program('host', 'pipe', invite, '--json', '--follow');
    await owner.event('ready');
    owner.send({ text: '/invite --words' });
    const { text } = await owner.event('notice', (line) => String(line['text']).includes('whoever types'));
    const words = String(text).split('\n').slice(0, 2).join(' ').split(' ');
    expect(words).toHaveLength(8);
    const spoken = await run(['pipe', '--relay', url, ...words], { env: stage.env('cleo') });
    expect(spoken).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('others on this machine can see'),
    });
    const again = await run(['pipe', '--relay', url, ...words], { env: stage.env('dora') });
    expect(again).toMatchObject({
      code: 77,
      stderr: expect.stringContaining('Nobody answers to these words'),
    });
    owner.send({ text: '/invites' });
    await owner.event('notice', (line) => String(line['text']).includes('eight words  used by'));
  });

  it('joins by eight words with no relay at all', async () => {
    const { ready } = await stage.host('host', 'club', '--private', '--code');
    const owner = stage.program('host', 'pipe', String(ready['invite']), '--json', '--follow');
    await owner.event('ready');
    owner.send({ text: '/invite --words' });
    const { text } = await owner.event('notice', (line) => String(line['text']).includes('whoever types'));
    expect(text).toContain('On this network, whoever types /join and these words is in.');
    const words = String(text).split('\n').slice(0, 2).join(' ');
    const spoken = await run(['pipe', words], { env: stage.env('ada'), input: 'here\n' });
    expect(spoken).toMatchObject({ code: 0, stdout: expect.stringContaining('here') });
  });

  it.each([
    [['--invite-file', '/nowhere/invite'], 64, 'cannot read the invite from /nowhere/invite'],
    [['--invite-file', '-'], 64, 'there is no invite in standard input'],
    [['tea', '--invite-file', '-'], 64, 'the invite is named twice'],
    [['tc://chat.example.org/abc'], 64, 'That invite is cut off'],
    [['tc2://chat.example.org/abc'], 78, 'made by another version'],
    [['acorn', 'acorn', 'acorn', 'acorn', 'acorn', 'acorn', 'acorn'], 64, 'has 8 words, and these are 7'],
    [[], 64, 'usage: chat-tui pipe ROOM|INVITE'],
  ])('answers %j with what is right', async (args, code, text) => {
    const result = await run(['pipe', '--no-lan', ...args], { env: stage.env('ada') });
    expect(result).toMatchObject({ code, stderr: expect.stringContaining(text) });
  });

  it('works between processes of one machine with no relay named', async () => {
    await stage.host('host', 'tea');
    const result = await run(['pipe', 'tea'], { env: stage.env('ada'), input: 'found you\n' });
    expect(result.code).toBe(0);
    expect(result.stdout).toContain('found you');
    const blind = await run(['pipe', 'tea', '--no-lan'], { env: stage.env('ada') });
    expect(blind.code).toBe(69);
  });
});

function splitCode(invite: string): [string, string] {
  const parsed = parseInvite(invite);
  if (!parsed?.code) throw new Error('no code in the invite');
  const { code, ...bare } = parsed;
  return [formatInvite(bare), formatCode(code)];
}

describe('rooms', () => {
  it('lists what is in reach, with key tags where a title is there twice', async () => {
    const { url } = await stage.relay();
    await stage.host('host-a', 'tea', '--relay', url, '--topic', 'milk first');
    await stage.host('host-b', 'tea', '--relay', url);
    await stage.host('host-c', 'secret', '--relay', url, '--private');
    await stage.host('host-d', 'club', '--relay', url, '--code');
    const env = { ...stage.env('ada'), CHAT_TUI_RELAY: url };
    const text = await run(['rooms'], { env });
    expect(text.code).toBe(0);
    expect(text.stdout).toMatch(/^tea~[a-z2-7]{4} +relay .*milk first$/m);
    expect(text.stdout).toMatch(/^club +relay, code +0 members$/m);
    expect(text.stdout).not.toContain('secret');
    const json = await run(['rooms', '--json'], { env });
    expect(json.lines.map((line) => line['title'])).toEqual(['club', 'tea', 'tea']);
    expect(new Set(json.lines.map((line) => line['room'])).size).toBe(3);
  });

  it('says how to open one where there is none', async () => {
    const result = await run(['rooms'], { env: stage.env('ada') });
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout).toContain('chat-tui host NAME');
  });
});

describe('host', () => {
  it('says goodbye on SIGTERM and is the same room when it is started again', async () => {
    const { url } = await stage.relay();
    const first = await stage.host('host', 'tea', '--relay', url, '--code');
    const ada = stage.program('ada', 'pipe', String(first.ready['invite']), '--json', '--follow');
    await ada.event('ready');
    first.program.kill('SIGTERM');
    expect(await first.program.exited).toEqual({ code: 0, signal: null });
    const second = await stage.host('host', 'tea', '--relay', url);
    for (const field of ['roomId', 'log', 'invite', 'key'])
      expect(second.ready[field]).toBe(first.ready[field]);
  });

  it('does not host one room twice', async () => {
    const { url } = await stage.relay();
    await stage.host('host', 'tea', '--relay', url);
    const again = await run(['host', 'tea', '--relay', url], { env: stage.env('host') });
    expect(again.code).toBe(77);
    expect(again.stderr).toMatch(/open already/);
    expect(again.lines).toMatchObject([{ event: 'error', code: 'already-hosting', text: /open already/ }]);
  });

  it('asks its own person for no code', async () => {
    const { url } = await stage.relay();
    const { ready } = await stage.host('host', 'tea', '--relay', url, '--code');
    const mine = await run(['pipe', 'tea', '--relay', url, '--json'], { env: stage.env('host') });
    expect(mine.code, mine.stderr).toBe(0);
    expect(mine.lines).toContainEqual(
      expect.objectContaining({ event: 'ready', key: ready['key'], role: 'owner' }),
    );
  });

  it('tells an outage once, however often it tries to end it', async () => {
    const relay = await stage.relay();
    const { program } = await stage.host('host', 'tea', '--relay', relay.url, '--no-lan');
    await relay.program.close();
    await program.event('state', ({ reason }) => reason === 'unreachable');
    const attempts = createServer((socket) => socket.destroy()).listen(relay.port, '127.0.0.1');
    for (let attempt = 0; attempt < 2; attempt++) await once(attempts, 'connection');
    attempts.close();
    const away = program.lines.filter(({ state }) => state === 'reconnecting');
    expect(away).toHaveLength(new Set(away.map(({ reason }) => reason)).size);
  });

  it('logs what happens with the fields that members are told', async () => {
    const { url } = await stage.relay();
    const { program, ready } = await stage.host('host', 'tea', '--relay', url, '--nick', 'olga');
    const args = ['pipe', 'tea', '--relay', url, '--json', '--follow', '--nick'];
    const owner = stage.program('host', ...args, 'olga');
    await owner.event('ready');
    const bob = stage.program('bob', ...args, 'bob');
    const { key } = await bob.event('ready');
    bob.send({ text: '/nick rob' });
    await owner.event('nick', ({ nick }) => nick === 'rob');
    bob.send({ text: '/away lunch' });
    await owner.event('presence', ({ presence }) => presence === 'away');
    owner.send({ text: '/topic green' });
    owner.send({ text: '/silence rob 10m' });
    owner.send({ text: '/silence rob off' });
    owner.send({ text: '/kick rob too loud' });
    await program.event('kick');
    const by = { by: 'olga', byKey: ready['key'] };
    const logged = (event: string) => program.lines.filter((line) => line.event === event);
    expect(logged('nick')).toMatchObject([{ nick: 'rob', key, was: 'bob' }]);
    expect(logged('presence')).toContainEqual(
      expect.objectContaining({ nick: 'rob', key, presence: 'away' }),
    );
    expect(logged('topic')).toMatchObject([{ nick: 'olga', key: ready['key'], topic: 'green' }]);
    expect(logged('mute')).toMatchObject([
      { nick: 'rob', key, ...by, on: true, forMs: 600_000 },
      { nick: 'rob', key, ...by, on: false },
    ]);
    expect(logged('kick')).toMatchObject([{ nick: 'rob', key, ...by, reason: 'too loud' }]);
  });

  it('prints ready with the invite and every field a program needs', async () => {
    const { url } = await stage.relay();
    const { ready } = await stage.host('host', 'tea', '--relay', url, '--nick', 'keeper');
    expect(ready).toMatchObject({
      room: 'tea',
      title: 'tea',
      nick: 'keeper',
      role: 'owner',
      via: 'relay',
      relay: url,
    });
    for (const field of ['roomId', 'key', 'log', 'seq', 'members', 'invite'])
      expect(ready).toHaveProperty(field);
  });
});

describe('relay', () => {
  it('drains on SIGTERM: closes with 1001 and exits 0 within 5 s', async () => {
    const { program, url } = await stage.relay();
    const socket = new WebSocket(`${url}/tc`, 'tc.v1');
    await once(socket, 'message');
    const started = performance.now();
    const closed = once(socket, 'close');
    program.kill('SIGTERM');
    const [code] = (await closed) as [number];
    expect(code).toBe(1001);
    expect(await program.exited).toEqual({ code: 0, signal: null });
    // Five seconds, and what a machine that is busy with much else may add.
    expect(performance.now() - started).toBeLessThan(15_000);
  });

  it('takes its options from the environment, answers /healthz, and logs JSON lines', async () => {
    const program = new Program(['relay'], {
      ...stage.env('relay'),
      CHAT_TUI_RELAY_LISTEN: '127.0.0.1:0',
      CHAT_TUI_RELAY_DATA: stage.path('from-env'),
    });
    const url = String((await program.event('listening'))['url']);
    expect(readdirSync(stage.path('from-env'))).toContain('relay.key');
    const answer = await fetch(`${url.replace('ws:', 'http:')}/healthz`);
    expect([answer.status, await answer.json()]).toEqual([200, { ok: true }]);
    for (const line of program.stdout.trimEnd().split('\n')) expect(JSON.parse(line)).toHaveProperty('at');
    await program.close();
  });
});

describe('save', () => {
  it('exports the local history with nothing connected', async () => {
    const { program, url } = await stage.relay();
    const host = await stage.host('host', 'tea', '--relay', url);
    await run(['pipe', 'tea', '--relay', url, '--nick', 'ada'], {
      env: stage.env('ada'),
      input: 'one\ntwo\n',
    });
    host.program.kill('SIGTERM');
    program.kill('SIGTERM');
    await Promise.all([host.program.exited, program.exited]);
    const env = stage.env('ada');
    const saved = await run(['save', 'tea', 'all.md'], { env, cwd: stage.folder });
    expect(saved).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(stage.path('all.md'), 'utf8')).toContain('**ada:** one');
    const printed = await run(['save', 'tea', '-', '--format', 'md'], { env, cwd: stage.folder });
    expect(printed.stdout).toContain('**ada:** one');
    expect(readdirSync(stage.folder)).not.toContain('-');
    await run(['save', 'tea', 'last.txt', '--last', '1'], { env, cwd: stage.folder });
    expect(readFileSync(stage.path('last.txt'), 'utf8')).toMatch(/1 message\n.*<ada> two\n/);
  });
});

describe('--log-file', () => {
  it('gets states and reasons in a file for its owner alone, and nothing of what is said', async () => {
    const { url } = await stage.relay();
    await stage.host('host', 'roomtitleword', '--relay', url, '--log-file', stage.path('host.log'));
    const said = await run(['pipe', 'roomtitleword', '--relay', url, '--log-file', stage.path('pipe.log')], {
      env: stage.env('ada'),
      input: 'secretword\n',
    });
    expect(said).toMatchObject({ code: 0, stderr: '' });
    const log = readFileSync(stage.path('pipe.log'), 'utf8');
    expect(statSync(stage.path('pipe.log')).mode & 0o777).toBe(0o600);
    expect(
      log
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as object),
    ).toContainEqual(expect.objectContaining({ event: 'relay', url, state: 'online' }));
    for (const word of ['secretword', 'roomtitleword']) expect(log).not.toContain(word);
    expect(readFileSync(stage.path('host.log'), 'utf8')).toContain('"event":"ready"');
  });

  it('is refused where it is a link: 73', async () => {
    writeFileSync(stage.path('target'), 'mine');
    symlinkSync(stage.path('target'), stage.path('link'));
    const result = await run(['rooms', '--log-file', stage.path('link')], { env: stage.env('ada') });
    expect(result.code).toBe(73);
    expect(readFileSync(stage.path('target'), 'utf8')).toBe('mine');
  });
});
