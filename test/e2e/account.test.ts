import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stage } from '../support/stage.ts';

const password = 'correct horse battery';

describe('chat-tui account', () => {
  let stage: Stage;
  let relay: Awaited<ReturnType<Stage['relay']>>;
  beforeAll(async () => {
    stage = new Stage();
    relay = await stage.relay();
    writeFileSync(stage.path('password'), `${password}\n`, { mode: 0o600 });
    writeFileSync(stage.path('wrong'), 'not the password\n');
    writeFileSync(stage.path('none'), '');
  });
  afterAll(() => stage.close());

  async function account(home: string, ...args: readonly string[]) {
    const program = stage.program(home, 'account', ...args, '--relay', relay.url, '--no-lan');
    program.end();
    const { code } = await program.exited;
    return { code, stdout: program.stdout, stderr: program.stderr, lines: program.lines };
  }
  const file = (name: string) => ['--password-file', stage.path(name)];

  it('registers, tells, lists, moves to another home and gives up a name', async () => {
    expect(await account('ada', 'whoami')).toMatchObject({
      code: 77,
      stderr: 'chat-tui: You have no name at this relay; chat-tui account register NAME gets you one.\n',
    });
    const made = await account('ada', 'register', 'lovelace', ...file('password'), '--json');
    expect(made).toMatchObject({ code: 0, stderr: '' });
    const [ada] = made.lines;
    expect(ada).toMatchObject({ event: 'account', name: 'lovelace', relay: relay.url, password: true });

    const [me] = (await account('ada', 'whoami', '--json')).lines;
    expect(me).toMatchObject({ name: 'lovelace', key: ada?.['key'] });
    const listed = await account('bob', 'list', 'love*', '--json');
    expect(listed.lines).toMatchObject([
      { event: 'user', name: 'lovelace', key: ada?.['key'], online: false },
    ]);
    expect((await account('bob', 'list')).stdout).toMatch(/^lovelace {2}~[a-z2-7]{4}\n$/);

    // Said again without a password it stays as it is: passwd removes one.
    expect((await account('ada', 'register', 'lovelace', '--json')).lines).toMatchObject([
      { event: 'account', name: 'lovelace', password: true },
    ]);

    expect(await account('bob', 'register', 'lovelace', ...file('password'), '--json')).toMatchObject({
      code: 77,
      lines: [{ event: 'error', code: 'name-taken', text: 'lovelace is taken; choose another.' }],
    });
    expect(await account('bob', 'register', '1ovelace', ...file('none'))).toMatchObject({ code: 77 });
    expect(await account('bob', 'register', 'ab', ...file('none'))).toMatchObject({
      code: 64,
      stderr: 'chat-tui: A name has at least 3 characters; choose a longer one.\n',
    });
    expect(await account('bob', 'login', 'lovelace', ...file('wrong'))).toMatchObject({ code: 77 });

    expect(await account('phone', 'login', 'lovelace', ...file('password'), '--json')).toMatchObject({
      code: 0,
      lines: [{ event: 'account', name: 'lovelace', key: ada?.['key'] }],
    });
    const [there] = (await account('phone', 'whoami', '--json')).lines;
    expect(there).toMatchObject({ name: 'lovelace', key: ada?.['key'] });

    // The doctor looks at who one is by now, and tells who else one can be.
    const doctor = stage.program('phone', 'doctor', '--no-lan', '--json');
    doctor.end();
    expect(await doctor.exited).toMatchObject({ code: 0 });
    const checked = (name: string) => doctor.lines.find((line) => line['name'] === name)?.['text'];
    const tag = /key tag ([a-z2-7]{4}),/.exec(String(checked('profile')))?.[1];
    expect(checked('identities')).toMatch(new RegExp(`^2 keys kept here: [a-z2-7]{4}, ${tag} in use$`));
    expect(checked('history')).toMatch(/accounts.[a-z2-7]{26}.archive\.db$/);
    expect((await account('bob', 'list')).stdout).toContain(`~${tag}`);

    expect(await account('phone', 'delete', '--json')).toMatchObject({
      code: 77,
      stderr: 'chat-tui: nothing was changed: --yes gives the name up\n',
      lines: [{ event: 'error', code: 'no-answer', text: 'nothing was changed: --yes gives the name up' }],
    });
    expect(await account('phone', 'delete', '--yes', '--json')).toMatchObject({
      code: 0,
      lines: [{ event: 'deleted', name: 'lovelace' }],
    });
    expect(await account('ada', 'whoami', '--json')).toMatchObject({
      code: 77,
      lines: [{ event: 'error', code: 'not-registered' }],
    });
  });

  it('takes the password from standard input, one line', async () => {
    const program = stage.program('carl', 'account', 'register', 'carl', '--relay', relay.url, '--no-lan');
    program.send(password);
    program.end();
    expect(await program.exited).toMatchObject({ code: 0 });
    expect(program.stdout).toMatch(
      /^You are carl at this relay\. chat-tui account login carl and the password/,
    );
    expect(await account('carl', 'passwd', ...file('none'))).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/on this device only\.$/m),
    });
  });

  it('is told in a pipe what it can do there', async () => {
    await account('emil', 'register', 'emil', ...file('none'));
    const { ready } = await stage.host('host', 'tea', '--relay', relay.url, '--no-lan');
    const invite = String(ready['invite']);
    const pipe = stage.program('emil', 'pipe', invite, '--json', '--relay', relay.url, '--no-lan');
    await pipe.event('ready');
    pipe.send({ text: '/users emi*', id: '1' });
    await pipe.event('notice', ({ text }) => /^emil {2}~[a-z2-7]{4} {2}online$/.test(String(text)));
    pipe.send({ text: '/account', id: '2' });
    await pipe.event('notice', ({ text }) => String(text).startsWith('You are emil~'));
    for (const [line, code] of [
      ['/register other', 'has-name'],
      ['/passwd', 'no-answer'],
      ['/login carl', 'no-screen'],
      ['/logout', 'no-screen'],
      ['/account delete', 'no-answer'],
      ['/whisper nobody-at-all hello', 'no-such-person'],
    ])
      pipe.send({ text: line, id: code });
    for (const code of ['has-name', 'no-answer', 'no-screen', 'no-such-person'])
      await pipe.event('failed', (line) => line['code'] === code);
    pipe.send({ text: '/whisper carl hello from a pipe', id: 'w' });
    expect(await pipe.event('whisper-stored')).toMatchObject({ id: 'w' });
  });

  it('is refused in one sentence for arguments that mean nothing', async () => {
    for (const args of [[], ['frobnicate'], ['register'], ['whoami', 'me'], ['login']]) {
      const refused = await account('dora', ...args);
      expect(refused.code).toBe(64);
      expect(refused.stderr).toMatch(/^chat-tui: usage: chat-tui account register NAME/);
    }
    const program = stage.program('dora', 'account', 'register', 'dora', '--password', 'x');
    expect(await program.exited).toMatchObject({ code: 64 });
    expect(
      await account('dora', 'register', 'dora', '--password-file', stage.path('nowhere'), '--json'),
    ).toMatchObject({
      code: 64,
      stderr: /^chat-tui: cannot read the password from .*nowhere/,
      lines: [{ event: 'error', code: 'usage', text: /^cannot read the password from / }],
    });
  });

  it('says why a relay will have nothing to do with it: 77', async () => {
    const whoami = async (url: string) => {
      const program = stage.program('erna', 'account', 'whoami', '--relay', url, '--no-lan', '--json');
      const { code } = await program.exited;
      return { code, lines: program.lines };
    };
    const first = await stage.relay('first');
    expect(await whoami(first.url)).toMatchObject({ lines: [{ code: 'not-registered' }] });
    await first.program.close();
    const second = await stage.relay('second', first.port);
    const text = expect.stringContaining(`${first.url} is answered by`);
    expect(await whoami(first.url)).toMatchObject({ code: 77, lines: [{ code: 'changed-key', text }] });
    await second.program.close();
    writeFileSync(stage.path('keys'), '');
    const own = ['--data', stage.path('first'), '--listen', `127.0.0.1:${first.port}`];
    await stage.program('first', 'relay', ...own, '--private-relay', stage.path('keys')).event('listening');
    expect(await whoami(first.url)).toMatchObject({ code: 77, lines: [{ code: 'relay-private' }] });
  });

  it('ends with 69 where the relay is out of reach', async () => {
    const program = stage.program('dora', 'account', 'whoami', '--relay', 'ws://127.0.0.1:9', '--no-lan');
    program.end();
    expect(await program.exited).toMatchObject({ code: 69 });
  });

  it('leaves no password with the relay, in its log, or beside the keys', () => {
    const files = readdirSync(stage.folder, { recursive: true })
      .map((name) => stage.path(String(name)))
      .filter(
        (path) => statSync(path, { throwIfNoEntry: false })?.isFile() && !/\/(?:password|wrong)$/.test(path),
      );
    expect(files).toContain(join(stage.path('relay'), 'relay.db'));
    const logged = Buffer.from(relay.program.stdout + relay.program.stderr);
    expect(logged.includes('name-claimed')).toBe(true);
    for (const content of [logged, ...files.map((path) => readFileSync(path))])
      for (const secret of [password, 'not the password']) expect(content.includes(secret)).toBe(false);
  });
});
