import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Program } from '../support/program.ts';
import { Stage } from '../support/stage.ts';

const unitFile = fileURLToPath(new URL('../../deploy/chat-tui-host.service', import.meta.url));
const bin = fileURLToPath(new URL('../../bin/chat-tui.js', import.meta.url));
const unit = readFileSync(unitFile, 'utf8');

const hasVerify = spawnSync('systemd-analyze', ['--version']).status === 0;
if (!hasVerify) console.warn('host-service.test.ts: no systemd-analyze here, the unit is not verified');

/** A read-only root without capabilities can only be had by root, and not in every container. */
const canIsolate =
  spawnSync('unshare', [
    '-m',
    'sh',
    '-c',
    'mount --make-rprivate / && mount -o remount,bind,ro / && setpriv -h',
  ]).status === 0;
if (!canIsolate)
  console.warn('host-service.test.ts: no mount namespaces here, the service runs without its sandbox');

function settings(name: string): string[] {
  return [...unit.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value);
}

describe('deploy/chat-tui-host.service', () => {
  let stage: Stage;
  const programs: Program[] = [];
  beforeEach(() => {
    stage = new Stage();
    for (const folder of ['state/private/chat-tui-host', 'run/chat-tui-host', 'path'])
      mkdirSync(stage.path(folder), { recursive: true, mode: 0o700 });
    // As a dynamic user has it.
    symlinkSync('private/chat-tui-host', stage.path('state', 'chat-tui-host'));
    symlinkSync(bin, stage.path('path', 'chat-tui'));
  });
  afterEach(async () => {
    await Promise.all(programs.splice(0).map((program) => program.close()));
    await stage.close();
  });

  /** What systemd would start: the unit's command in the unit's environment, and as much of its sandbox as there is. */
  function service(environmentFile: Readonly<Record<string, string>>): Program {
    const place = (text: string): string =>
      text.replaceAll('%S', stage.path('state')).replaceAll('%t', stage.path('run'));
    const assigned = settings('Environment').map((line) => place(line).split('=', 2));
    const env: Record<string, string> = {
      PATH: `${stage.path('path')}:${dirname(process.execPath)}:/usr/bin:/bin`,
      HOME: '/',
      LANG: 'C.UTF-8',
      ...Object.fromEntries(assigned),
      ...environmentFile,
    };
    const [start = ''] = settings('ExecStart');
    const words = place(start)
      .split(' ')
      .map((word) => word.replace(/\$\{(\w+)\}/, (_, name: string) => env[name] ?? ''));
    const command = [
      'env',
      '-i',
      ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
      ...words,
    ];
    const isolate = [
      'mount --make-rprivate /',
      ...['state', 'run'].map((folder) => `mount --bind ${stage.path(folder)} ${stage.path(folder)}`),
      'mount -o remount,bind,ro /',
      'cd /',
      'umask 077',
      `exec setpriv --no-new-privs --bounding-set=-all --inh-caps=-all ${command.map((word) => `'${word}'`).join(' ')}`,
    ].join(' && ');
    const plain = `umask 077 && exec ${command.map((word) => `'${word}'`).join(' ')}`;
    const by = canIsolate ? ['unshare', '-m', 'sh', '-c', isolate] : ['sh', '-c', plain];
    const program = new Program([], {}, stage.folder, undefined, by);
    programs.push(program);
    return program;
  }

  it.skipIf(!hasVerify)('is a unit that systemd takes without a word', () => {
    // Under its own name, for systemd says what is wrong with names too.
    writeFileSync(stage.path('chat-tui-host.service'), unit);
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', stage.path('chat-tui-host.service')], {
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('says goodbye when it is stopped, and members who wait come back when it is started again', async () => {
    const { url } = await stage.relay();
    const configured = {
      ROOM: 'tea',
      CHAT_TUI_RELAY: url,
      CHAT_TUI_NICK: 'ada',
      CHAT_TUI_LAN_INTERFACES: '',
    };
    const first = service(configured);
    const { roomId } = await first.event('ready', ({ room, nick }) => room === 'tea' && nick === 'ada');
    const bob = stage.program(
      'bob',
      'pipe',
      'tea',
      '--relay',
      url,
      '--nick',
      'bob',
      '--json',
      '--no-lan',
      '--follow',
    );
    await bob.event('ready');
    first.kill('SIGTERM');
    expect(await first.exited).toEqual({ code: 0, signal: null });
    await bob.event('state', ({ state, reason }) => state === 'host-offline' && reason === 'host-closed');
    bob.send({ text: 'while it was away', id: '1' });
    const second = service(configured);
    expect(await second.event('ready')).toMatchObject({ roomId });
    await bob.event('sent', ({ id }) => id === '1');
    expect(bob.lines.filter(({ event }) => event === 'gap' || event === 'failed')).toEqual([]);
  });

  it('does not try again what trying does not mend', async () => {
    const refused = service({ ROOM: 'a~b', CHAT_TUI_LAN_INTERFACES: '' });
    const { code } = await refused.exited;
    expect(settings('RestartPreventExitStatus')[0]?.split(' ')).toContain(String(code));
  });
});
