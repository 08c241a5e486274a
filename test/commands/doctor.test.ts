import { describe, expect, it } from 'vitest';
import { checkLines } from '../../src/commands/doctor.ts';
import { terminalChecks } from '../../src/commands/terminal-checks.ts';
import { LAN_RELAY, MemoryWorld } from '../support/memory-world.ts';
import { teaRoom, Typist } from '../support/command-rig.ts';

const env = { TERM: 'xterm-256color', LANG: 'C.UTF-8' };
const size = { columns: 80, rows: 24 };

async function told(typist: Typist): Promise<string> {
  const outcome = await typist.run('/doctor');
  return outcome.type === 'answer' ? outcome.text : outcome.type;
}

describe('the doctor', () => {
  it('says that all is well where it is', async () => {
    const { bob } = await teaRoom();
    expect(await told(bob)).toMatch(/✓ profile[^]*✓ nearby[^]*✓ host[^]*\nAll is well\.$/);
  });

  it('finds a relay that is not there, one that changed, and one that is slow, and says what to do', async () => {
    const { world, bob } = await teaRoom();
    world.setRelay(LAN_RELAY, { state: 'reconnecting', reason: 'unreachable' });
    expect(await told(bob)).toMatch(
      /✗ nearby[^]*→ Could not reach ws:.*; check the address and the network\./,
    );
    world.setRelay(LAN_RELAY, { state: 'reconnecting', reason: 'changed-key' });
    expect(await told(bob)).toMatch(/✗ nearby[^]*Another relay than before/);
    world.setRelay(LAN_RELAY, { state: 'online', ms: 900 });
    expect(await told(bob)).toMatch(/! nearby[^]*900 ms[^]*→ The relay is slow or far away/);
    expect(await told(bob)).toMatch(/1 thing needs a look\.$/);
  });

  it('finds a host that is away, with and without lines that wait for it', async () => {
    const { world, bob } = await teaRoom();
    world.rooms.get(bob.room?.info.id ?? '')?.setHostAway(true);
    expect(await told(bob)).toMatch(/✗ host[^]*Host is away[^]*→ It is called again by itself; ask the host/);
    await bob.run('hello?');
    expect(await told(bob)).toMatch(/→ 1 line waits here and goes out when the host is back/);
  });

  it('finds that one is a guest, and no relay at all', async () => {
    const world = new MemoryWorld();
    const bob = new Typist(world, 'bob');
    bob.client.self = { ...bob.client.self, guest: true };
    await bob.client.disconnect(LAN_RELAY);
    expect(await told(bob)).toMatch(/! profile[^]*→ Another chat-tui has this profile open[^]*relay +none/);
  });

  it.each([
    ['a terminal that can nothing', { TERM: 'dumb', LANG: 'C.UTF-8' }, 80, 24, 'Set TERM to what'],
    ['an unknown terminal', { LANG: 'C.UTF-8' }, 80, 24, 'Set TERM to what'],
    ['a locale without letters', { TERM: 'xterm' }, 80, 24, 'Set LANG to a UTF-8 locale'],
    ['a small window', env, 39, 24, 'Make the window at least 40x10'],
    ['16 colours in tmux', { ...env, TERM: 'screen', TMUX: '/tmp/x,1,0' }, 80, 24, 'For 256 colours put'],
  ])('finds %s', (_, environment, columns, rows, remedy) => {
    const lines = checkLines(terminalChecks({ env: environment, columns, rows }));
    expect(lines).toContain(`→ ${remedy}`);
    expect(lines).toMatch(/1 thing needs a look\.$/);
  });

  it('has nothing to say of a good terminal', () => {
    expect(terminalChecks({ ...size, env, platform: 'linux' }).map(({ state }) => state)).toEqual(['good']);
  });

  it('misses nothing on Windows, where no terminal has a TERM and no locale is set', () => {
    expect(terminalChecks({ ...size, env: { WT_SESSION: 'x' }, platform: 'win32' })).toEqual([
      { name: 'terminal', state: 'good', text: 'Windows Terminal, 80x24' },
    ]);
    expect(checkLines(terminalChecks({ ...size, env: {}, platform: 'linux' }))).toContain('→ Set TERM to');
  });

  it('says on macOS how keys with Alt are had there', () => {
    const lines = checkLines(terminalChecks({ ...size, env, platform: 'darwin' }));
    expect(lines).toMatch(/✓ keys +Alt is the Option key\n[^]*→ If it writes a sign instead/);
    expect(lines).toMatch(/All is well\.$/);
  });
});
