import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:tls';
import { X509Certificate } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { join, openRoom, signIn } from '../support/relay-rig.ts';
import { Program, run } from '../support/program.ts';
import { Stage } from '../support/stage.ts';
import { renewedTlsPair, tlsPair } from '../support/tls-pair.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.close());

interface Running {
  readonly program: Program;
  readonly url: string;
  /** Writes the configuration file. */
  configure(settings: object | string): void;
  /** Has it read again; resolves with what the log says of that. */
  reload(settings: object | string): Promise<Readonly<Record<string, unknown>>>;
}

/** A relay with a configuration file. */
async function configured(settings: object = {}): Promise<Running> {
  const file = stage.path('relay.json');
  const whole = { listen: '127.0.0.1:0', data: stage.path('data'), ...settings };
  const configure = (content: object | string): void =>
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify({ ...whole, ...content }));
  configure({});
  const program = stage.program('relay', 'relay', '--config', file);
  const { url } = await program.event('listening');
  const answers = () => program.lines.filter(({ event }) => event.startsWith('settings-'));
  return {
    program,
    url: String(url),
    configure,
    async reload(content) {
      const before = answers().length;
      configure(content);
      program.kill('SIGHUP');
      return await program.until(() => answers()[before], 'an answer to SIGHUP');
    },
  };
}

const steer = (...args: readonly string[]) =>
  run(['relay', ...args, '--data', stage.path('data')], { env: stage.env('operator') });

describe('a relay that cannot use its configuration says so in one sentence', () => {
  it.each([
    ['a bad value in the file', '{\n"listen": "x"}', [], 78, /relay\.json line 2: "listen" wants ADDR:PORT/],
    ['an unknown key', '{"lsten": "x"}', [], 78, /relay\.json line 1: "lsten" is no setting/],
    ['a bad flag', '{}', ['--listen', 'x'], 64, /^chat-tui: --listen wants ADDR:PORT/],
    [
      'terms that are not there',
      '{"terms": "/nowhere"}',
      [],
      78,
      /\/nowhere cannot be read \(ENOENT\): check --terms/,
    ],
  ])('%s', async (_, content, flags, code, sentence) => {
    const file = stage.path('relay.json');
    writeFileSync(file, content);
    const args = ['relay', '--config', file, '--data', stage.path('data'), ...flags];
    for (const result of await Promise.all([
      run(args, { env: stage.env('x') }),
      run([...args, '--check-config'], { env: stage.env('x') }),
    ])) {
      expect(result).toMatchObject({ code, stdout: '' });
      expect(result.stderr).toMatch(sentence);
      expect(result.stderr.split('\n')).toHaveLength(2);
    }
  });

  it('and one that can is told where each value is from', async () => {
    const file = stage.path('relay.json');
    writeFileSync(file, '{\n"name": "tea"}');
    const env = {
      ...stage.env('x'),
      CHAT_TUI_RELAY_LISTEN: '127.0.0.1:7',
      CHAT_TUI_RELAY_PUBLIC_ULR: 'wss://chat.example.org',
    };
    const result = await run(['relay', '--config', file, '--check-config'], { env });
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout).toMatch(
      /^listen +127\.0\.0\.1:7 +CHAT_TUI_RELAY_LISTEN\nname +tea .*line 2: "name"\n(?:.*\n)*CHAT_TUI_RELAY_PUBLIC_ULR is no setting and does nothing; did you mean CHAT_TUI_RELAY_PUBLIC_URL\?\n/,
    );
    const json = await run(['relay', '--config', file, '--check-config', '--json'], { env });
    expect(json.lines).toMatchObject([
      { event: 'setting', name: 'listen', value: '127.0.0.1:7', from: 'CHAT_TUI_RELAY_LISTEN' },
      { event: 'setting', name: 'name', value: 'tea', from: `${file} line 2: "name"` },
      { event: 'notice', code: 'start', text: expect.stringContaining('_ULR is no setting') },
      { event: 'notice', code: 'start', text: expect.stringContaining('The configuration can be used') },
    ]);
  });
});

// Elsewhere a relay cannot ask how many files it may open.
it.skipIf(process.platform !== 'linux')(
  'says at the start, in its status and before that how many connections open files allow',
  async () => {
    const few = (...args: readonly string[]) =>
      new Program(
        ['relay', '--data', stage.path('data'), '--limits', 'connections=3073', ...args],
        stage.env('x'),
        stage.folder,
        undefined,
        ['sh', '-c', 'ulimit -n 4096 && exec "$@"', 'sh'],
      );
    const reason = '3072 connections are let in and not 3073, which take 4098 open files: raise LimitNOFILE';
    const check = few('--check-config');
    expect(await check.exited).toMatchObject({ code: 0 });
    expect(check.stdout).toContain(`\nA start from here would warn: ${reason}`);
    const relay = few('--listen', '127.0.0.1:0');
    onTestFinished(() => relay.close());
    expect(await relay.event('connections-cut')).toMatchObject({
      level: 'warn',
      reason: expect.stringContaining(reason),
    });
    expect((await steer('status')).stdout).toMatch(new RegExp(`^warning +${reason}`, 'm'));
    expect((await steer('reload')).stdout).toContain(`the settings were read anew; ${reason}`);
    relay.kill();
    await relay.exited;
  },
);

describe('SIGHUP', () => {
  it('changes limits, also for who is connected, the name and the terms, and says what needs a restart', async () => {
    const relay = await configured({ limits: { 'rooms-per-identity': 1 } });
    const host = await openRoom(relay);
    const more = () => openRoom(relay, { signer: host.signer });
    await expect(more()).rejects.toThrow('got error room-limit');
    writeFileSync(stage.path('terms'), 'Be kind.\n');
    const answer = await relay.reload({
      limits: { 'rooms-per-identity': 2, 'lease-ms': 40_000 },
      name: 'Tea house',
      terms: stage.path('terms'),
      listen: '127.0.0.1:1',
    });
    expect(answer).toMatchObject({ event: 'settings-changed', restart: 'listen, lease-ms' });
    expect(await steer('reload')).toMatchObject({
      code: 0,
      stdout: 'the settings were read anew; listen, lease-ms need a restart\n',
    });
    await more();
    const { hello } = await signIn(relay);
    expect(hello).toMatchObject({ name: 'Tea house', terms: 'Be kind.' });
  });

  it('keeps the settings that work when the new ones do not, and says why', async () => {
    const relay = await configured({ name: 'before' });
    for (const [broken, reason] of [
      ['{\n"name": }', /relay\.json line 2 is not JSON/],
      [{ limits: { names: -1 } }, /"names" wants a whole number/],
      [{ terms: '/nowhere' }, /\/nowhere cannot be read/],
    ] as const)
      expect(await relay.reload(broken)).toMatchObject({
        event: 'settings-kept',
        level: 'error',
        reason: expect.stringMatching(reason),
      });
    expect((await signIn(relay)).hello).toMatchObject({ name: 'before' });
    // An operator who asks is told the same.
    const asked = await steer('reload');
    expect(asked).toMatchObject({
      code: 77,
      stderr: expect.stringMatching(/^chat-tui: \/nowhere cannot be read [^.]*\.\n$/),
    });
  });

  it('takes a renewed certificate for new connections, and goes on with the old one where the new does not fit', async () => {
    const [cert, key] = [stage.path('cert.pem'), stage.path('key.pem')];
    const write = (pair: typeof tlsPair): void => {
      writeFileSync(cert, pair.cert);
      writeFileSync(key, pair.key);
    };
    write(tlsPair);
    const relay = await configured({ 'tls-cert': cert, 'tls-key': key });
    const shown = () =>
      new Promise<string>((resolve, reject) => {
        const socket = connect({
          port: Number(new URL(relay.url).port),
          host: '127.0.0.1',
          rejectUnauthorized: false,
        });
        socket.once('secureConnect', () => {
          resolve(new X509Certificate(socket.getPeerCertificate().raw).fingerprint256);
          socket.destroy();
        });
        socket.once('error', reject);
      });
    const fingerprint = (pair: typeof tlsPair) => new X509Certificate(pair.cert).fingerprint256;
    const { client } = await signIn(relay);
    expect(await shown()).toBe(fingerprint(tlsPair));
    write(renewedTlsPair);
    expect(await relay.reload({})).toMatchObject({ event: 'settings-changed' });
    expect(await shown()).toBe(fingerprint(renewedTlsPair));
    writeFileSync(key, tlsPair.key);
    expect(await relay.reload({})).toMatchObject({
      event: 'settings-kept',
      reason: expect.stringContaining('do not fit'),
    });
    expect(await shown()).toBe(fingerprint(renewedTlsPair));
    await client.settled();
  });
});

describe('an operator of a running relay', () => {
  const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

  it('looks, closes, bans, drains: one sentence each, and all but looking is in the log', async () => {
    const relay = await configured({ name: 'Tea house' });
    const host = await openRoom(relay, { listing: { title: 'tea' } });
    const ada = await join(relay, host);
    const status = await steer('status');
    expect(status).toMatchObject({ code: 0, stderr: '' });
    expect(status.stdout).toMatch(
      /^relay +Tea house ws:.*\n(.*\n)*rooms +1, 1 listed\n(.*\n)*cannot see +what is said/,
    );
    const [figures] = (await steer('status', '--json')).lines;
    expect(figures).toMatchObject({ event: 'status', at: iso, now: { members: 1, hosts: 1 } });
    const rooms = await steer('rooms');
    const [, id = ''] = /^(\w{26}) +1 .* tea$/m.exec(rooms.stdout) ?? [];
    expect(id).toHaveLength(26);
    expect(await steer('close', id.slice(0, 10), '--for', '2h', '--reason', 'rude\u001b[2J')).toMatchObject({
      code: 0,
      stdout: `${id} is closed for 2 h\n`,
    });
    expect(await ada.client.expect('hangup')).toMatchObject({ code: 'room-barred' });
    expect((await steer('bans')).stdout).toMatch(new RegExp(`^room +${id} .*Z +rude`, 'm'));
    expect((await steer('bans', '--json')).lines).toMatchObject([
      { event: 'ban', at: iso, kind: 'room', what: id, since: iso, until: iso },
    ]);
    expect(await steer('unban', id)).toMatchObject({ code: 0 });
    expect(await steer('ban', 'nobody')).toMatchObject({ code: 64, stdout: '' });
    expect(await steer('frobnicate')).toMatchObject({
      code: 64,
      stderr: 'chat-tui: "frobnicate" is no command for a relay; see chat-tui relay --help.\n',
    });
    expect(await steer('drain')).toMatchObject({ code: 0 });
    expect(await relay.program.exited).toEqual({ code: 0, signal: null });
    const audited = relay.program.lines.filter(({ event }) => event === 'operator');
    expect(audited.map(({ command }) => command)).toEqual(['close', 'unban', 'drain']);
    expect(await steer('status')).toMatchObject({
      code: 69,
      stderr: expect.stringMatching(
        /^chat-tui: no relay runs on .*data: start it, or name its folder with --data\.\n$/,
      ),
    });
  });

  it('backs up while people write, and a restored relay is the same one with all it held', async () => {
    const relay = await configured();
    const { client: bob, signer } = await signIn(relay);
    await bob.request({ t: 'put-prekey', prekey: new Uint8Array(64) }, 'ok');
    await bob.close();
    const ada = await signIn(relay);
    const put = (n: number) =>
      ada.client.request(
        {
          t: 'put-mail',
          to: signer.publicKey,
          id: new Uint8Array(16).fill(n),
          mail: new Uint8Array(500).fill(n),
        },
        'mail-stored',
      );
    for (let n = 1; n <= 20; n++) await put(n);
    let writing = true;
    const writes = (async () => {
      for (let n = 21; writing && n < 60; n++) await put(n);
    })();
    const file = stage.path('backup');
    expect(await steer('backup', file)).toMatchObject({ code: 0, stderr: '' });
    expect(await steer('backup', file)).toMatchObject({ code: 73 });
    writing = false;
    await writes;
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect((await steer('restore', file)).stderr).toMatch(/a relay runs on .*: stop it first/);
    relay.program.kill();
    await relay.program.exited;
    expect((await steer('restore', file)).stdout).toMatch(
      /data is as it was in .*backup; what was there is in .*before-restore/,
    );
    const again = await configured();
    expect(readFileSync(stage.path('data', 'relay.key'), 'utf8')).toContain('chat-tui relay key');
    const listening = (program: Program) =>
      program.lines.find(({ event }) => event === 'listening')?.['relayId'];
    expect(listening(again.program)).toBe(listening(relay.program));
    const back = await signIn(again, 'member', signer);
    expect(await back.client.expect('mail')).toMatchObject({ id: new Uint8Array(16).fill(1) });
  });
});

describe('a relay for some', () => {
  it('lets in who is on its list, tells others what to do, and follows the list', async () => {
    const list = stage.path('people');
    writeFileSync(list, '# nobody yet\n');
    const relay = await configured({ 'private-relay': list });
    const look = () => run(['rooms', '--relay', relay.url, '--no-lan'], { env: stage.env('ada') });
    const out = await look();
    expect(out).toMatchObject({ code: 77 });
    expect(out.stderr).toMatch(
      /This relay is private: its operator has to add your key, which chat-tui doctor shows/,
    );
    const doctor = await run(['doctor', '--no-lan'], { env: stage.env('ada') });
    const [, key = ''] = /, key (\w{52})$/m.exec(doctor.stdout) ?? [];
    writeFileSync(list, `${key} # ada\n`);
    await relay.reload({});
    expect(await look()).toMatchObject({ code: 0 });
    writeFileSync(list, 'ada\n');
    expect(await relay.reload({})).toMatchObject({
      event: 'settings-kept',
      reason: expect.stringMatching(/people line 1 is no identity key: write the 52 characters/),
    });
  });

  it('shows its terms at the first visit and no more', async () => {
    writeFileSync(stage.path('terms'), 'Be kind.\nNo spam.\n');
    const relay = await configured({ terms: stage.path('terms'), name: 'Tea house' });
    await stage.host('host', 'tea', '--relay', relay.url);
    const visit = () =>
      run(['pipe', 'tea', '--relay', relay.url, '--no-lan', '--json'], { env: stage.env('ada'), input: '' });
    const terms = ({ lines }: Awaited<ReturnType<typeof visit>>) =>
      lines.filter(({ event }) => event === 'terms');
    expect(terms(await visit())).toMatchObject([
      { relay: relay.url, name: 'Tea house', text: 'Be kind.\nNo spam.' },
    ]);
    expect(terms(await visit())).toEqual([]);
  });
});

describe('the log of a relay', () => {
  it('holds no address, key, code, nick or word of those who talk, at the highest level either', async () => {
    const relay = stage.program(
      'relay',
      'relay',
      '--verbose',
      '--listen',
      '127.0.0.1:0',
      '--data',
      stage.path('data'),
    );
    const url = String((await relay.event('listening'))['url']);
    const { ready } = await stage.host('host', 'roomword', '--relay', url, '--code', '--topic', 'topicword');
    const invite = String(ready['invite']);
    const talk = { env: stage.env('ada'), input: '{"text":"saidword"}\n' };
    const pipe = await run(['pipe', invite, '--nick', 'nickword', '--no-lan', '--json'], talk);
    expect(pipe).toMatchObject({ code: 0, stdout: expect.stringContaining('saidword') });
    const key = pipe.lines.find(({ event }) => event === 'ready')?.['key'];
    relay.kill();
    await relay.exited;
    const [, ...log] = relay.stdout.split('\n');
    expect(log.join('\n')).toMatch(/"network":"net-[a-z2-7]{8}"/);
    const code = invite.split('.').at(-1) ?? '';
    for (const secret of ['127.0.0.1', String(key), code, 'roomword', 'topicword', 'saidword', 'nickword'])
      expect(log.join('\n')).not.toContain(secret);
    expect(relay.stderr).toBe('');
  });
});
