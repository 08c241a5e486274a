import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatCode, parseInvite } from '../../src/shared/crypto/invite.ts';
import { DAY } from '../../src/shared/limits.ts';
import type { JsonLine, Program } from '../support/program.ts';
import { Stage } from '../support/stage.ts';

// What earlier chat systems offered, one test for each: whoever comes from one of them finds it here.

const preload = fileURLToPath(new URL('../support/faults/shifted-clock.mjs', import.meta.url));
/** An environment whose wall clock is so far ahead. */
const later = (ms: number) => ({ NODE_OPTIONS: `--import=${preload}`, CLOCK_SHIFT_MS: String(ms) });

const relayScript = fileURLToPath(new URL('../support/faults/relay-process.ts', import.meta.url));

let stage: Stage;
let relay: { readonly program: Program; readonly url: string; readonly port: number };

/** More names than one network gets in a day. */
async function startRelay(port = 0, env: Readonly<Record<string, string>> = {}): Promise<void> {
  const args = [String(port), stage.path('relay'), JSON.stringify({ registrationsPerNetwork: 100 })];
  const program = stage.programWith('relay', args, { env, script: relayScript });
  const url = String((await program.event('listening'))['url']);
  relay = { program, url, port: Number(new URL(url).port) };
}

beforeAll(async () => {
  stage = new Stage();
  await startRelay();
  writeFileSync(stage.path('password'), 'correct horse battery\n');
  writeFileSync(stage.path('wrong'), 'incorrect horse\n');
  writeFileSync(stage.path('none'), '');
  await stage.host('host', 'tea', '--relay', relay.url, '--rate', '1000', '--nick', 'host');
});
afterAll(() => stage.close());

async function account(home: string, ...args: readonly string[]) {
  const program = stage.program(home, 'account', ...args, '--relay', relay.url, '--no-lan', '--json');
  program.end();
  const { code } = await program.exited;
  return { code, lines: program.lines, codes: program.lines.map((line) => line['code']) };
}
const secret = (name: string) => ['--password-file', stage.path(name)];
const register = (home: string, name = home, password = 'none') =>
  account(home, 'register', name, ...secret(password));

async function join(home: string, nick = home, room = 'tea', ...more: readonly string[]): Promise<Program> {
  const args = ['pipe', room, '--relay', relay.url, '--nick', nick, '--json', '--follow', ...more];
  const program = stage.program(home, ...args);
  await program.event('ready');
  return program;
}

let typed = 0;
/** Types a line; resolves with its id. */
function type(program: Program, text: string): string {
  const id = `line ${++typed}`;
  program.send({ text, id });
  return id;
}
/** Types a line; resolves with what became of it. */
async function outcome(program: Program, text: string, ...ends: readonly string[]): Promise<JsonLine> {
  const id = type(program, text);
  const wanted = ['sent', 'failed', 'whisper-delivered', 'whisper-failed', ...ends];
  return program.until(
    () => program.lines.find((line) => line['id'] === id && wanted.includes(line.event)),
    `what becomes of ${text}`,
  );
}
async function ask(program: Program, text: string): Promise<string> {
  const from = program.lines.length;
  program.send({ text });
  const isAnswer = ({ event, code }: JsonLine) => event === 'notice' && code === 'answer';
  const answer = await program.until(() => program.lines.slice(from).find(isAnswer), `an answer to ${text}`);
  return String(answer['text']);
}
/** Somebody whom `program` meets, and who leaves again. */
async function meet(program: Program, home: string): Promise<void> {
  const other = await join(home);
  await program.event('join', ({ nick }) => nick === home);
  await quit(other);
  await program.event('leave', ({ nick }) => nick === home);
}
async function quit(program: Program): Promise<void> {
  program.send({ text: '/quit' });
  await program.exited;
}

describe('accounts', () => {
  it('create: a name is somebody’s once, and nobody else gets it or one that looks like it', async () => {
    expect(await register('owner', 'bobby')).toMatchObject({ code: 0 });
    expect((await register('eve', 'bobby')).codes).toEqual(['name-taken']);
    expect((await register('eve', 'b0bby')).codes).toEqual(['name-lookalike']);
    expect((await register('owner', 'again')).codes).toEqual(['has-name']);
  });

  it('list: all names, or those that fit a wildcard', async () => {
    await register('lister');
    const names = async (text: string) => (await account('eve', 'list', text)).lines.map(({ name }) => name);
    expect(await names('*')).toEqual(expect.arrayContaining(['bobby', 'lister']));
    expect(await names('l*r')).toEqual(['lister']);
    expect(await names('nothing*')).toEqual([]);
  });
});

describe('logging in', () => {
  it('log in: with the password on another device, where the older one is told and stays quiet', async () => {
    expect(await register('desk', 'lovelace', 'password')).toMatchObject({ code: 0 });
    const desk = await join('desk', 'lovelace');
    expect((await account('phone', 'login', 'lovelace', ...secret('wrong'))).codes).toEqual([
      'wrong-password',
    ]);
    expect(await account('phone', 'login', 'lovelace', ...secret('password'))).toMatchObject({ code: 0 });
    const phone = await join('phone', 'lovelace');
    expect(await desk.exited).toMatchObject({ code: 77 });
    expect(await desk.event('error')).toMatchObject({ code: 'signed-in-elsewhere' });
    expect(await outcome(phone, 'here now')).toMatchObject({ event: 'sent' });
    await phone.close();
  });
});

describe('messages', () => {
  it('send, deliver: at once to who is there, later and in order to who is not, each state told', async () => {
    const [ada, bob] = [await join('ada'), await join('bob')];
    await ada.event('join', ({ nick }) => nick === 'bob');
    expect(await outcome(ada, '/whisper bob one')).toMatchObject({ event: 'whisper-delivered' });
    await quit(bob);
    for (const text of ['two', 'three'])
      expect(await outcome(ada, `/whisper bob ${text}`, 'whisper-stored')).toMatchObject({
        event: 'whisper-stored',
      });
    const back = await join('bob');
    await back.event('whisper', ({ text }) => text === 'three');
    expect(back.lines.filter(({ event }) => event === 'whisper').map(({ text }) => text)).toEqual([
      'two',
      'three',
    ]);
    await ada.until(
      () => (ada.lines.filter(({ event }) => event === 'whisper-delivered').length === 3 ? true : undefined),
      'three deliveries',
    );
    await Promise.all([ada, back].map((each) => each.close()));
  });

  it('older messages: a newcomer reads what was said before, and goes further back', async () => {
    const ada = await join('ada');
    for (let n = 1; n <= 30; n++) type(ada, `older ${n}`);
    expect(await outcome(ada, 'older 31')).toMatchObject({ event: 'sent' });
    const eve = await join('newcomer', 'eve', 'tea', '--history', '5');
    await eve.event('message', ({ text }) => text === 'older 31');
    const seen = eve.lines.filter(({ event }) => event === 'message').map(({ text }) => text);
    expect(seen).toEqual([27, 28, 29, 30, 31].map((n) => `older ${n}`));
    expect(await ask(eve, '/history 40')).toMatch(/older 1$/m);
    expect(await ask(eve, '/search older 12')).toMatch(/older 12$/);
    await Promise.all([ada, eve].map((each) => each.close()));
  });
});

describe('deleting an account with messages queued', () => {
  it('delete: of the recipient: what waits is delivered first, then there is nobody to write to', async () => {
    expect(await register('leaver')).toMatchObject({ code: 0 });
    await quit(await join('leaver'));
    const ada = await join('ada');
    const id = type(ada, '/whisper leaver before you go');
    await ada.event('whisper-stored', (line) => line['id'] === id);
    expect(await account('leaver', 'delete', '--yes')).toMatchObject({ code: 0 });
    await ada.event('whisper-delivered', (line) => line['id'] === id);
    expect(await outcome(ada, '/whisper leaver still there?')).toMatchObject({ code: 'not-delivered' });
    expect((await register('eve', 'leaver')).codes).toEqual(['name-taken']);
    await ada.close();
  });

  it('delete: of the sender: what was sent is delivered all the same', async () => {
    expect(await register('writer', 'writer')).toMatchObject({ code: 0 });
    const writer = await join('writer');
    await meet(writer, 'reader');
    const id = type(writer, '/whisper reader last words');
    await writer.event('whisper-stored', (line) => line['id'] === id);
    await quit(writer);
    expect(await account('writer', 'delete', '--yes')).toMatchObject({ code: 0 });
    const reader = await join('reader');
    expect(await reader.event('whisper')).toMatchObject({ nick: 'writer', text: 'last words' });
    await reader.close();
  });
});

describe('rooms', () => {
  it('duplicate names: two of one name are told apart, and a whisper asks which is meant', async () => {
    const [ada, one, two] = [await join('ada'), await join('one', 'twin'), await join('two', 'twin')];
    // Who was there before is in `ready`, who came later has joined.
    const there = (event: string) => ada.lines.filter((line) => line.event === event);
    const twins = () =>
      [...there('join'), ...there('ready').flatMap(({ members }) => members as JsonLine[])].filter(
        ({ nick }) => nick === 'twin',
      );
    await ada.until(() => (twins().length === 2 ? true : undefined), 'two twins');
    const tags = (await ask(ada, '/members')).match(/twin~\w{4}/g) ?? [];
    expect(tags).toHaveLength(2);
    const refused = await outcome(ada, '/whisper twin which?');
    expect(refused).toMatchObject({ code: 'ambiguous-person' });
    for (const tag of tags) expect(refused['text']).toContain(tag);
    expect(await outcome(ada, `/whisper ${tags[0] ?? ''} you`)).toMatchObject({ event: 'whisper-delivered' });
    await Promise.any([one, two].map((twin) => twin.event('whisper')));
    const heard = [one, two].map(({ lines }) => lines.filter(({ event }) => event === 'whisper').length);
    expect(Math.min(...heard)).toBe(0);
    expect(Math.max(...heard)).toBe(1);
    await Promise.all([ada, one, two].map((each) => each.close()));
  });

  it('join by code: with the right one, not with another, not without', async () => {
    const { ready } = await stage.host('club-host', 'club', '--relay', relay.url, '--code', '--no-lan');
    const bytes = parseInvite(String(ready['invite']))?.code;
    if (!bytes) throw new Error('an invite without its code');
    const code = formatCode(bytes);
    writeFileSync(stage.path('code'), `${code}\n`);
    writeFileSync(stage.path('other-code'), `${'a'.repeat(code.length)}\n`);
    const member = await join('ada', 'ada', 'club', '--code-file', stage.path('code'));
    await quit(member);
    const refusedWith = async (...more: readonly string[]) => {
      const program = stage.program(
        'eve',
        'pipe',
        'club',
        '--relay',
        relay.url,
        '--nick',
        'eve',
        '--json',
        ...more,
      );
      program.end();
      const { code: exit } = await program.exited;
      return [exit, program.lines.at(-1)?.['code']];
    };
    expect(await refusedWith('--code-file', stage.path('other-code'))).toEqual([77, 'wrong-code']);
    expect(await refusedWith()).toEqual([77, 'code-needed']);
  });

  it('who is online: in a room and at a relay, and who is not any more', async () => {
    await register('watched');
    const [ada, bob] = [await join('ada'), await join('watched', 'watched')];
    await ada.event('join', ({ nick }) => nick === 'watched');
    expect(await ask(ada, '/members')).toMatch(/watched +here +member/);
    expect(await ask(ada, '/users watched')).toMatch(/watched +~\w{4} +online/);
    await quit(bob);
    await ada.event('leave', ({ nick }) => nick === 'watched');
    expect(await ask(ada, '/members')).not.toMatch(/watched/);
    expect(await ask(ada, '/users watched')).not.toMatch(/online/);
    await ada.close();
  });

  it('remove a client: it is put out at once, and a ban keeps it out under any name', async () => {
    const [owner, rude] = [await join('host', 'host'), await join('rude')];
    await owner.event('join', ({ nick }) => nick === 'rude');
    expect(await outcome(owner, '/ban rude 1h noise')).toMatchObject({ event: 'sent' });
    expect(await rude.exited).toMatchObject({ code: 77 });
    expect(await rude.event('error')).toMatchObject({ code: 'banned', reason: 'noise' });
    const again = stage.program('rude', 'pipe', 'tea', '--relay', relay.url, '--nick', 'robert', '--json');
    expect(await again.exited).toMatchObject({ code: 77 });
    expect(await outcome(owner, '/unban rude')).toMatchObject({ event: 'sent' });
    await Promise.all([owner, await join('rude')].map((each) => each.close()));
  });

  it('restrict kinds of messages: what operators do not want is refused, and nobody else sees it', async () => {
    const [owner, chatty] = [await join('host', 'host'), await join('chatty')];
    await owner.event('join', ({ nick }) => nick === 'chatty');
    expect(await outcome(owner, '/filter links on')).toMatchObject({ event: 'sent' });
    await chatty.event('filter');
    expect(await outcome(chatty, 'buy at https://example.org')).toMatchObject({ code: 'links-filtered' });
    expect(await outcome(chatty, 'tea, anyone?')).toMatchObject({ event: 'sent' });
    await owner.event('message', ({ text }) => text === 'tea, anyone?');
    expect(owner.stdout).not.toContain('example.org');
    expect(await outcome(owner, '/silence chatty 1m')).toMatchObject({ event: 'sent' });
    await chatty.event('mute');
    expect(await outcome(chatty, 'may I?')).toMatchObject({
      code: 'muted',
      text: expect.stringMatching(
        /^You are silenced in this room for (60 s|1 min) more; not sent\.$/,
      ) as string,
    });
    await Promise.all([owner, chatty].map((each) => each.close()));
  });
});

describe('days later', () => {
  it('deliver: to somebody who was offline for ten days', async () => {
    const fast = await join('fast');
    await meet(fast, 'slow');
    const id = type(fast, '/whisper slow see you in ten days');
    await fast.event('whisper-stored', (line) => line['id'] === id);
    relay.program.kill('SIGTERM');
    await relay.program.exited;
    await startRelay(relay.port, later(10 * DAY));
    const pipe = ['pipe', 'tea', '--relay', relay.url, '--nick', 'slow', '--json', '--follow'];
    const back = stage.programWith('slow', pipe, { env: later(10 * DAY) });
    expect(await back.event('whisper')).toMatchObject({ nick: 'fast', text: 'see you in ten days' });
    await fast.event('whisper-delivered', (line) => line['id'] === id);
    await Promise.all([fast, back].map((each) => each.close()));
  });
});
