import { readFileSync, statSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Stage } from '../support/stage.ts';
import type { Terminal } from '../support/terminal.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.close());

async function enterAs(terminal: Terminal, nick: string): Promise<void> {
  await terminal.see('What shall the others call you?');
  terminal.enter(nick);
  await terminal.see(/Lobby/);
}

/** Nothing of the program is left: main screen, cursor shown, no mode switched on. */
function expectTerminalAsItWas(terminal: Terminal): void {
  expect(terminal.buffer).toBe('normal');
  expect(terminal.raw.lastIndexOf('\u001b[?25h')).toBeGreaterThan(terminal.raw.lastIndexOf('\u001b[?25l'));
  expect(terminal.modes).toMatchObject({
    bracketedPasteMode: false,
    mouseTrackingMode: 'none',
    applicationCursorKeysMode: false,
    sendFocusMode: false,
    wraparoundMode: true,
  });
}

async function conversation(ada: Terminal, bob: Terminal): Promise<void> {
  ada.enter('/host tea');
  await ada.see(/ada joined/);
  await bob.see(/tea\s+(LAN|relay)/i);
  bob.type('\r');
  await bob.see(/bob joined/);
  await ada.see(/bob joined/);

  bob.enter('good evening');
  await ada.see(/bob:? +good evening/);
  await bob.see(/good evening ✓/);
  ada.enter('hello yourself');
  await bob.see(/ada:? +hello yourself/);
  ada.enter('/whisper bob only for you');
  await bob.see(/ada → you \(whisper\): only for you/);
  bob.enter('/reply and back');
  await ada.see(/bob → you \(whisper\): and back/);
  ada.enter('/me waves');
  await bob.see(/\* ada waves|ada waves/);

  bob.enter('/save tea.txt');
  await bob.see(/Saved to [^]*\/tea\.txt/);
  const saved = readFileSync(stage.path('tea.txt'), 'utf8');
  expect(statSync(stage.path('tea.txt')).mode & 0o777).toBe(0o600);
  expect(saved).toMatch(/^# tea · saved \d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d\d:\d\d · 5 messages\n/);
  const stamp = String.raw`\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] `;
  for (const line of [
    '-- bob joined',
    '<bob> good evening',
    '<ada> hello yourself',
    String.raw`ada -> you \(whisper\): only for you`,
    String.raw`you -> ada \(whisper\): and back`,
    String.raw`\* ada waves`,
  ])
    expect(saved).toMatch(new RegExp(`^${stamp}${line}$`, 'm'));

  bob.enter('/clear');
  await bob.see(/^(?![^]*good evening)/);
  ada.enter('after the clearing');
  await bob.see('after the clearing');

  bob.enter('/quit tea is ready');
  expect(await bob.exited).toEqual({ exitCode: 0, signal: 0 });
  expectTerminalAsItWas(bob);
  await ada.see('bob left (tea is ready)');
  ada.enter('/quit');
  expect(await ada.exited).toEqual({ exitCode: 0, signal: 0 });
  expectTerminalAsItWas(ada);
}

describe('two terminals', () => {
  it('find each other on one machine with no relay given, talk, whisper, save and quit', async () => {
    const ada = stage.terminal('ada');
    const bob = stage.terminal('bob');
    await Promise.all([enterAs(ada, 'ada'), enterAs(bob, 'bob')]);
    await conversation(ada, bob);
  });

  it('do the same through a relay', async () => {
    const { url } = await stage.relay();
    const ada = stage.terminal('ada', ['--relay', url, '--no-lan']);
    const bob = stage.terminal('bob', ['--no-lan']);
    await Promise.all([enterAs(ada, 'ada'), enterAs(bob, 'bob')]);
    bob.enter(`/connect ${url}`);
    await bob.see(`Connected to ${url}`);
    await conversation(ada, bob);
  });
});

describe('a second terminal on the same profile', () => {
  it('opens as a guest with a name of its own, and says so', async () => {
    const first = stage.terminal('ada', ['--nick', 'ada']);
    await first.see(/Lobby/);
    const second = stage.terminal('ada', ['--nick', 'ada']);
    await second.see(/you are the[^]*guest ada-2 here/);
    first.enter('/host tea');
    await first.see(/ada joined/);
    await second.see(/tea\s+LAN/);
    second.type('\r');
    await first.see(/ada-2 joined/);
  });
});

describe('a whisper to somebody who is offline', () => {
  it('waits at the relay and is shown when they return', async () => {
    const { url } = await stage.relay();
    await stage.host('host', 'tea', '--relay', url);
    const options = ['tea', '--relay', url] as const;
    const ada = stage.terminal('ada', [...options, '--nick', 'ada']);
    const bob = stage.terminal('bob', [...options, '--nick', 'bob']);
    // Many joins become one line, so the member list tells.
    await ada.see(/● bob/);
    await bob.see(/ada/);
    bob.enter('/quit');
    await bob.exited;
    ada.enter('/whisper bob see you tomorrow');
    await ada.see(/see you tomorrow/);
    const again = stage.terminal('bob', ['--relay', url, '--nick', 'bob']);
    await again.see(/see you tomorrow/);
  });
});

describe('the terminal', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('is as it was after %s', async (signal) => {
    const ada = stage.terminal('ada', ['--nick', 'ada']);
    await ada.see(/Lobby/);
    ada.kill(signal);
    await ada.exited;
    expectTerminalAsItWas(ada);
  });

  it('that cannot show a screen is left alone, and told why', async () => {
    const ada = stage.terminal('ada', ['--nick', 'ada'], { by: ['env', 'TERM=dumb'] });
    expect((await ada.exited).exitCode).toBe(64);
    expect(ada.raw).toMatch(/^chat-tui: this terminal is called dumb, .* chat-tui pipe ROOM\r\n$/);
  });

  it('keeps typed text when a command is refused', async () => {
    const ada = stage.terminal('ada', ['--nick', 'ada']);
    await ada.see(/Lobby/);
    ada.enter('/frobnicate the thing');
    await ada.see(/frobnicate[^]*› \/frobnicate the thing/);
  });

  it.each([
    [80, 24],
    [120, 40],
    [40, 12],
  ])('shows the room within %i columns and %i rows', async (columns, rows) => {
    const ada = stage.terminal('ada', ['--nick', 'ada'], { columns, rows });
    await ada.see(/Lobby/);
    ada.enter('/host tea');
    await ada.see(/ada joined/);
    ada.enter('wide 漢字 and 👍🏽 and a long line '.repeat(6));
    await ada.see(/✓/);
    const [first = ''] = ada.rows();
    expect(first).toContain('tea');
    expect(ada.rows().at(-1)).toMatch(/^›/);
    const borders = new Set(
      ada
        .rows()
        .slice(1, -2)
        .map((row) => row.indexOf('│')),
    );
    expect(borders.size).toBe(1);
  });

  it('stays whole when it is resized', async () => {
    const ada = stage.terminal('ada', ['--nick', 'ada']);
    await ada.see(/Lobby/);
    ada.enter('/host tea');
    await ada.see(/ada joined/);
    ada.type('half a thought');
    await ada.see(/half a thought/);
    for (const [columns, rows] of [
      [79, 24],
      [40, 12],
      [121, 30],
      [80, 24],
    ] as const) {
      ada.resize(columns, rows);
      const whole = (): boolean => {
        const lines = ada.rows();
        // The status bar goes from edge to edge.
        const bar = lines.at(-2)?.startsWith('─') === true;
        return bar && lines.length === rows && /^ ?tea[^]*› half a thought *$/.test(ada.text());
      };
      await ada.until(whole, `a whole frame of ${columns}x${rows}`);
    }
  });
});
