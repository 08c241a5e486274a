/* oxlint-disable no-control-regex -- what a terminal is sent begins with escapes */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MAX_BACKLOG_EVENTS } from '../../src/shared/limits.ts';
import { lengthenLog } from '../support/long-log.ts';
import { RoomRig } from '../support/room-rig.ts';
import { Stage } from '../support/stage.ts';
import type { Terminal, TerminalOptions } from '../support/terminal.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.close());

const ctrl = (letter: string): string => String.fromCharCode(letter.charCodeAt(0) - 96);
const paste = (text: string): string => `\u001b[200~${text}\u001b[201~`;
const pageUp = '\u001b[5~';

/** Ada, in a room that a program hosts and that so many lines were said in. */
async function adaInTea(lines: number, options: TerminalOptions = {}): Promise<Terminal> {
  await stage.host('host', 'tea', '--rate', '1000', '--nick', 'tom');
  await say(lines);
  const ada = stage.terminal('ada', ['tea', '--nick', 'ada'], options);
  await ada.see(/ada joined/);
  await ada.see(/Connected/);
  return ada;
}

/** A program that says numbered lines, and waits until the host has them. */
async function say(lines: number): Promise<void> {
  if (lines === 0) return;
  const pipe = stage.program('bob', 'pipe', 'tea', '--nick', 'bob');
  for (let line = 1; line <= lines; line++) pipe.send(`line ${line} of the talk`);
  pipe.end();
  await pipe.exited;
}

function inputOf(terminal: Terminal): string {
  return terminal.rows().at(-1) ?? '';
}

describe('reading', () => {
  it('searches everything said, jumps to the hit and comes back', async () => {
    const ada = await adaInTea(90);
    ada.type(`half a thought${ctrl('f')}`);
    await ada.see(/find ›/);
    ada.type('line 17 talk');
    await ada.see(/1 of 1 found/);
    ada.type('\r');
    await ada.see(/line 16 of[^]*line 17 of[^]*line 18 of/);
    // The hits showed such lines too: the input tells when the search is over.
    await ada.until(() => inputOf(ada).includes('half a thought'), 'the draft in the input');
    ada.type('\u001b');
    await ada.see(/ada joined[^]*half a thought/);
  });

  it('searches what only the host has, as it comes', async () => {
    const rig = await RoomRig.start();
    try {
      const { signer } = await rig.profile('host', 'host');
      await (await rig.host('tea')).close();
      const text = (index: number): string => (index === 99 ? 'the kettle is old' : `line ${index + 1}`);
      lengthenLog(join(rig.folder, 'tea.db'), signer, MAX_BACKLOG_EVENTS + 1_300, text);
      const host = await rig.host('tea', { backlog: 10_000 });
      const ada = stage.terminal('ada', [host.invite, '--nick', 'ada']);
      await ada.see(/ada joined/);
      await ada.see(/Connected/);
      ada.type(ctrl('f'));
      await ada.see(/find ›/);
      ada.type('kettl');
      await ada.see(/1 of 1 found[^]*the kettle is old/);
      ada.type('\r');
      await ada.see(/line 99[^]*the kettle is old[^]*line 101/);
      expect(ada.raw).toMatch(/[█░]{10}.{1,40}fetching older lines, \d/);
    } finally {
      await rig.close();
    }
  });

  it('scrolls through the history and back to the newest line', async () => {
    const ada = await adaInTea(90);
    for (let page = 0; page < 12; page++) ada.type(pageUp);
    await ada.see(/opened the room[^]*line 1 of/);
    ada.type('\u001b[F');
    await ada.see(/line 90 of/);
  });
});

describe('writing', () => {
  it('completes nicks, commands and emoji', async () => {
    const ada = await adaInTea(1);
    ada.type('to\t');
    await ada.see(/› tom:/);
    ada.type(`${ctrl('u')}/sea\t`);
    await ada.see(/› \/search/);
    ada.type(`${ctrl('u')}well done :thumbsu\t`);
    await ada.see(/› well done 👍/);
  });

  it('asks before it sends many pasted lines', async () => {
    const ada = await adaInTea(0);
    ada.type(paste('one\ntwo\nthree\nfour\nfive'));
    await ada.see(/› one\s+two\s+three\s+four\s+five/);
    ada.type('\r');
    await ada.see('Send these 5 pasted lines as one message?');
    ada.type('n');
    await ada.see(/› one\s+two/);
    ada.type('\r');
    await ada.see('Send these 5');
    ada.type('y');
    await ada.see(/five ✓/);
  });

  it('keeps what is typed over a kill, for the owner alone', async () => {
    const ada = stage.terminal('ada', ['--nick', 'ada', '--no-lan']);
    await ada.see(/Lobby/);
    ada.type('/host a room that was never op');
    await ada.see(/never op/);
    const file = stage.path('ada', 'state', 'drafts.json');
    const kept = (): boolean => existsSync(file) && readFileSync(file, 'utf8').includes('never op');
    await vi.waitUntil(kept, { timeout: 30_000 });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    ada.kill('SIGKILL');
    await ada.exited;
    const again = stage.terminal('ada', ['--nick', 'ada', '--no-lan']);
    await again.see(/› \/host a room that was never op/);
  });
});

describe('a fault of the program', () => {
  it('gives the terminal back, says so, notes where it was, and keeps what was written', async () => {
    const fault = new URL('../support/fault-on-signal.mjs', import.meta.url).href;
    const log = stage.path('ada.log');
    const ada = stage.terminal('ada', ['--nick', 'ada', '--no-lan', '--log-file', log], {
      env: { NODE_OPTIONS: `--import=${fault}` },
    });
    await ada.see(/Lobby/);
    ada.type('/host a room that was nev');
    await ada.see(/was nev/);
    ada.kill('SIGUSR2');
    expect(await ada.exited).toMatchObject({ exitCode: 70 });
    expect(ada.buffer).toBe('normal');
    expect(ada.modes).toMatchObject({
      mouseTrackingMode: 'none',
      wraparoundMode: true,
      sendFocusMode: false,
      bracketedPasteMode: false,
    });
    expect(ada.text()).toMatch(/stopped because of a fault of its own: a fault for the test/);
    expect(ada.text()).not.toContain('fault-on-signal');
    const [note] = readFileSync(log, 'utf8')
      .split('\n')
      .filter((line) => line.includes('"crash"'));
    expect(note).toContain('fault-on-signal.mjs');
    const again = stage.terminal('ada', ['--nick', 'ada', '--no-lan']);
    await again.see(/› \/host a room that was nev/);
  });
});

describe('the screen', () => {
  it('comes back from 10x40 and 60x300 to what it was', async () => {
    const ada = await adaInTea(30);
    const was = ada.rows().slice(0, -2);
    for (const [columns, rows] of [
      [300, 60],
      [40, 10],
      [80, 24],
    ] as const) {
      ada.resize(columns, rows);
      await ada.until(
        () => ada.rows().length === rows && /^─ .*Connected/.test(ada.rows().at(-2) ?? ''),
        `a whole frame of ${columns}x${rows}`,
      );
      await ada.see(/ada joined/);
      const wide = Math.max(...ada.rows().map((row) => row.length));
      expect(wide).toBeLessThanOrEqual(columns);
    }
    await ada.until(() => ada.rows().slice(0, -2).join() === was.join(), 'what it was before');
  });

  it('tells the terminal a link whole where it wraps, and numbers it while one is chosen', async () => {
    const ada = await adaInTea(0);
    const url = `https://example.org/${'long/'.repeat(12)}end`;
    ada.enter(`see ${url} there`);
    await ada.see(/there ✓/);
    expect(ada.raw.split(`;${url}\u0007`).length).toBeGreaterThan(2);
    ada.type('/copy ');
    await ada.see(/end\s[^]*\[1\] there/);
    ada.type('1\r');
    await ada.see(/▎ \S+ Copied/);
    expect(ada.raw).toContain(`\u001b]52;c;${Buffer.from(url).toString('base64')}\u0007`);
    expect(ada.text()).not.toContain('[1]');
  });

  it('changes its theme and keeps it for the next time', async () => {
    const ada = stage.terminal('ada', ['--nick', 'ada', '--no-lan']);
    await ada.see(/Lobby/);
    ada.enter('/theme high-contrast');
    await ada.see('theme is high-contrast now.');
    ada.enter('/quit');
    await ada.exited;
    expect(readFileSync(stage.path('ada', 'config', 'config.json'), 'utf8')).toContain('high-contrast');
  });

  it('selects a room with a click, and leaves the mouse alone when told to', async () => {
    const ada = await adaInTea(0);
    expect(ada.modes.mouseTrackingMode).toBe('vt200');
    const row = ada.rows().findIndex((text) => text.startsWith('  lobby'));
    ada.type(`\u001b[<0;4;${row + 1}M`);
    await ada.see(/^ Lobby/);
    ada.enter('/set mouse off');
    await ada.see('mouse is off now.');
    await ada.until(() => ada.modes.mouseTrackingMode === 'none', 'the mouse let go');
  });
});

describe('a call', () => {
  it('is seen ringing while the host does not pick up, and connected when it does', async () => {
    const relay = await stage.relay();
    const { program: host } = await stage.host(
      'host',
      'tea',
      '--relay',
      relay.url,
      '--nick',
      'tom',
      '--no-lan',
    );
    const ada = stage.terminal('ada', ['--nick', 'ada', '--relay', relay.url, '--no-lan']);
    await ada.see(/› tea/);
    host.kill('SIGSTOP');
    ada.type('\r');
    await ada.see('Ringing tea …');
    host.kill('SIGCONT');
    await ada.see(/ada joined[^]*─ Connected/);
    expect(ada.text()).not.toContain('Ringing');
    ada.enter('/status');
    await ada.see(/you +ada[^]*↓ +\d+ ms\s[^]*relay +ws:[^]*↓ +\d+ ms, all the way[^]*host +tom \(tea\)/);
  });
});

describe('what the environment asks for', () => {
  it('is obeyed: no colours, and nothing beside anything for a screen reader', async () => {
    await stage.host('host', 'tea', '--nick', 'tom');
    const plain = stage.terminal('ada', ['tea', '--nick', 'ada'], { env: { NO_COLOR: '1' } });
    await plain.see(/tea[^]*│[^]*ada joined[^]*Connected/);
    // Of all looks only weight, slant, lines and inversion.
    const looks = Array.from(plain.raw.matchAll(/\u001b\[([\d;]*)m/g), ([, codes = '']) => codes.split(';'));
    const codes = new Set(looks.flat().map(Number));
    expect([...codes].filter((code) => code >= 30)).toEqual([]);
    const read = stage.terminal('cleo', ['tea', '--nick', 'cleo'], { env: { INK_SCREEN_READER: 'true' } });
    await read.see(/tom opened the room[^]*cleo joined[^]*Connected[^]*Write:/);
    expect(read.text()).not.toMatch(/[│─●]/);
    read.enter('नमस्ते good morning');
    await read.see(/cleo: नमस्ते +good morning/);
  });
});

describe('Ctrl+Z', () => {
  it('gives the terminal back to the shell, and fg finds everything as it was', async () => {
    const ada = stage.terminal('ada', ['--nick', 'ada', '--no-lan'], { shell: true });
    await ada.see(/Lobby/);
    ada.type('half a thought');
    await ada.see(/› half a thought/);
    ada.type(ctrl('z'));
    await ada.see(/stopped/i);
    expect(ada.buffer).toBe('normal');
    expect(ada.modes).toMatchObject({
      mouseTrackingMode: 'none',
      wraparoundMode: true,
      sendFocusMode: false,
    });
    // The shell is told of this, not the job that is stopped.
    ada.resize(100, 30);
    ada.enter('fg');
    await ada.until(() => {
      const [title = '', bar = '', line = ''] = [ada.rows()[0], ...ada.rows().slice(-2)];
      return (
        title.startsWith(' Lobby') && /^─.*─$/.test(bar) && bar.length === 100 && line === '› half a thought'
      );
    }, 'a screen of 100 columns and 30 rows');
    expect(ada.buffer).toBe('alternate');
    await ada.until(() => ada.modes.mouseTrackingMode === 'vt200', 'the mouse again');
    // The shell's job ends before its terminal does.
    ada.type(ctrl('u'));
    ada.enter('/quit');
    await ada.until(() => /[#$]$/.test(ada.text().trimEnd()), 'the prompt of the shell');
    ada.enter('exit');
    await ada.exited;
  });

  it('goes on where no shell would bring it back', async () => {
    const ada = stage.terminal('ada', ['--nick', 'ada', '--no-lan']);
    await ada.see(/Lobby/);
    ada.type(`half a thought${ctrl('z')}`);
    await ada.see(/No shell to go back to here\s[^]*› half a thought/);
    await ada.until(() => ada.modes.mouseTrackingMode === 'vt200', 'the mouse again');
    ada.type(' more');
    await ada.see(/› half a thought more/);
    expect(ada.buffer).toBe('alternate');
  });
});

describe('the doctor', () => {
  it('finds a relay that is not there, says what to do, and exits 69', async () => {
    const doctor = stage.program('ada', 'doctor', '--relay', 'ws://127.0.0.1:9', '--no-lan');
    expect(await doctor.exited).toMatchObject({ code: 69 });
    expect(doctor.stdout).toMatch(/✗ relay[^]*→ Nobody listens on 127\.0\.0\.1:9/);
  });

  it('finds settings that cannot be read, which are kept aside and named', async () => {
    mkdirSync(stage.path('ada', 'config'), { recursive: true });
    writeFileSync(stage.path('ada', 'config', 'config.json'), '{"theme": "dar');
    const ada = stage.terminal('ada', ['--nick', 'ada', '--no-lan']);
    await ada.see(/cannot be read|kept/);
    const kept = readdirSync(stage.path('ada', 'config')).filter((name) =>
      name.startsWith('config.json.broken-'),
    );
    expect(kept).toHaveLength(1);
    expect(readFileSync(stage.path('ada', 'config', kept[0] ?? ''), 'utf8')).toBe('{"theme": "dar');
    ada.enter('/set theme');
    await ada.see('theme is auto');
  });
});
