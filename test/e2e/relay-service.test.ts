import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Stage } from '../support/stage.ts';
import { hasSystemdAnalyze, measuresExposure, SystemdUnit } from '../support/systemd-unit.ts';

describe('deploy/chat-tui-relay.service', () => {
  let stage: Stage;
  let unit: SystemdUnit;
  beforeEach(() => {
    stage = new Stage();
    unit = new SystemdUnit('chat-tui-relay', stage);
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
    expect(unit.settings('Environment')).toContain('HOME=%S/chat-tui-relay');
  });

  it('serves with the settings of its file, keeps its identity, and ends well when it is stopped', async () => {
    const settings = { CHAT_TUI_RELAY_LISTEN: '127.0.0.1:0', CHAT_TUI_RELAY_NAME: 'Tea house' };
    const first = unit.start(settings);
    const { relayId, url } = await first.event('listening');
    const asked = stage.program('ada', 'rooms', '--relay', String(url), '--no-lan', '--json');
    expect(await asked.exited).toEqual({ code: 0, signal: null });
    first.kill('SIGTERM');
    expect(await first.exited).toEqual({ code: 0, signal: null });
    const second = unit.start(settings);
    expect(await second.event('listening')).toMatchObject({ relayId });
  });

  it('reads its settings again when it is asked to', async () => {
    expect(unit.settings('ExecReload')).toEqual(['/bin/kill -HUP $MAINPID']);
    // Where that comes too early.
    expect(unit.settings('RestartForceExitStatus')).toEqual(['SIGHUP']);
    const file = stage.path('relay.json');
    const settle = (name: string) => writeFileSync(file, JSON.stringify({ listen: '127.0.0.1:0', name }));
    settle('Tea house');
    const relay = unit.start({ CHAT_TUI_RELAY_CONFIG: file });
    await relay.event('listening');
    settle('Tea barn');
    relay.kill('SIGHUP');
    await relay.event('settings-changed');
    const data = stage.path('state', 'chat-tui-relay', 'relay');
    const status = stage.program('root', 'relay', 'status', '--json', '--data', data);
    expect(await status.event('status')).toMatchObject({ name: 'Tea barn' });
  });

  it('does not try again what trying does not mend', async () => {
    const refused = unit.start({ CHAT_TUI_RELAY_LISTEN: 'nowhere' });
    const { code } = await refused.exited;
    expect(unit.settings('RestartPreventExitStatus')[0]?.split(' ')).toContain(String(code));
  });
});
