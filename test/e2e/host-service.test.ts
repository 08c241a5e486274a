import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Stage } from '../support/stage.ts';
import { hasSystemdAnalyze, measuresExposure, SystemdUnit } from '../support/systemd-unit.ts';

describe('deploy/chat-tui-host.service', () => {
  let stage: Stage;
  let unit: SystemdUnit;
  beforeEach(() => {
    stage = new Stage();
    unit = new SystemdUnit('chat-tui-host', stage);
  });
  afterEach(async () => {
    await unit.close();
    await stage.close();
  });

  it.skipIf(!hasSystemdAnalyze)('is a unit that systemd takes without a word', () => {
    expect(unit.verify()).toEqual({ status: 0, stderr: '' });
  });

  it.skipIf(!measuresExposure)('leaves little of the machine open', () => {
    expect(unit.exposure()).toBeLessThan(2);
  });

  // Node.js ends at once where neither the environment nor the system names one, as of a user made up for the service.
  it('has a home folder in its environment', () => {
    expect(unit.settings('Environment')).toContain('HOME=%S/chat-tui-host');
  });

  it('says goodbye when it is stopped, and members who wait come back when it is started again', async () => {
    const { url } = await stage.relay();
    const configured = {
      ROOM: 'tea',
      CHAT_TUI_RELAY: url,
      CHAT_TUI_NICK: 'ada',
      CHAT_TUI_LAN_INTERFACES: '',
    };
    const first = unit.start(configured);
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
    const second = unit.start(configured);
    expect(await second.event('ready')).toMatchObject({ roomId });
    await bob.event('sent', ({ id }) => id === '1');
    expect(bob.lines.filter(({ event }) => event === 'gap' || event === 'failed')).toEqual([]);
  });

  it('does not try again what trying does not mend', async () => {
    const refused = unit.start({ ROOM: 'a~b', CHAT_TUI_LAN_INTERFACES: '' });
    const { code } = await refused.exited;
    expect(unit.settings('RestartPreventExitStatus')[0]?.split(' ')).toContain(String(code));
  });
});
