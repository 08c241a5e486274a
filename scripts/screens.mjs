// Pictures of the real program for docs/screens and the README: it is built, started on PTYs, used, and drawn as SVG.
import { spawn as start } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawn } from '@lydell/node-pty';
import { UnicodeGraphemesAddon } from '@xterm/addon-unicode-graphemes';
import xterm from '@xterm/headless';
import { terminalSvg } from './terminal-svg.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, 'bin/chat-tui.js');
const folder = mkdtempSync(join(tmpdir(), 'chat-tui-screens-'));
const pictures = join(root, 'docs/screens');
const SEE_MS = 20_000;
/** The mode in which a frame is written that is to be shown as a whole. */
const SYNCHRONIZED = 2026;
const running = [];
const taken = [];
mkdirSync(pictures, { recursive: true });

const talk = [
  ['bob', 'good evening, who put the kettle on?'],
  ['cleo', 'I did. Assam, **milk first**, as the topic says'],
  ['bob', 'the timetable is at https://example.org/kettle/2026 if anybody wants to know'],
  ['bob', '/me pours'],
  ['cleo', 'ada: there is a cup for you, 漢字 on it and all 🍵'],
  ['bob', '> milk first\nthat was settled in `tea/README.md`, was it not?'],
];

try {
  await main();
} finally {
  for (const process of running) process.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}
console.log(`screens: ${taken.join(', ')}`);
process.exit(0);

async function main() {
  const nobody = terminal('newcomer', []);
  await nobody.see('What shall the others call you?');
  nobody.type('ada');
  await nobody.see(/› ada/);
  nobody.shoot('first-start', 'the first start');

  const alone = terminal('alone', ['--nick', 'ada', '--no-lan']);
  await alone.see('No rooms in reach yet.');
  alone.shoot('empty-lobby', 'a lobby with no rooms yet');

  await host('tom', 'tea', '--topic', 'Leaves and water');
  await host('gus', 'chess', '--topic', 'Rooks before breakfast');
  const ada = terminal('ada', ['--nick', 'ada'], 100, 28);
  await ada.see(/chess[^]*tea|tea[^]*chess/);
  ada.shoot('lobby', 'rooms in reach');
  ada.enter('/join chess');
  await ada.see(/^ chess/);
  ada.enter('/join tea');
  await ada.see(/^ tea/);
  const people = {
    bob: await person('bob', 'tea'),
    cleo: await person('cleo', 'tea'),
    dan: await person('dan', 'tea'),
  };
  const eve = await person('eve', 'chess');
  for (const [nick, text] of talk) await people[nick](text);
  await ada.see('README.md');
  ada.enter('on my way, leave me some');
  await ada.see(/leave me some ✓/);
  await eve('ada: your move');
  await ada.see(/@1/);
  ada.shoot('room', 'a room');

  ada.type('\u0006mil');
  await ada.see(/of \d+ found/);
  ada.shoot('search', 'search over everything said');
  ada.type('\u001b');
  await ada.see(/leave me some/);
  ada.enter('/set');
  await ada.see('/set NAME explains');
  ada.shoot('settings', 'settings');
  ada.enter('/doctor');
  await ada.see('All is well.');
  ada.shoot('doctor', 'the doctor');
  ada.enter('/clear');
  ada.enter('/keys');
  await ada.see('what you wrote before');
  ada.shoot('keys', 'keys');
  ada.enter('/clear');
  ada.enter('/history 8');
  await ada.see(/leave me some/);
  ada.type('\u001b[F');
  ada.enter('/theme light');
  await ada.see('theme is light now.');
  ada.shoot('light', 'the light theme', 'light');

  const narrow = terminal('fay', ['tea', '--nick', 'fay'], 40, 14);
  await narrow.see(/fay joined/);
  await narrow.see('Connected');
  narrow.shoot('narrow', '40 columns');

  const readme = join(root, 'README.md');
  const text = readFileSync(readme, 'utf8');
  const picture = '![A room in chat-tui: rooms, talk and members](docs/screens/room.svg)';
  const marked = /(<!-- screen -->\n)[^]*?(<!-- \/screen -->)/;
  if (!marked.test(text)) throw new Error('README.md has no place for the picture');
  writeFileSync(readme, text.replace(marked, `$1\n${picture}\n\n$2`));
}

function env(home) {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(?:CI|CI_.*|CHAT_TUI_.*|NO_COLOR|FORCE_COLOR|NODE_ENV|GITHUB_ACTIONS)$/.test(name),
  );
  return {
    ...Object.fromEntries(kept),
    CHAT_TUI_HOME: join(folder, home),
    CHAT_TUI_RUNTIME: join(folder, 'run'),
    // Nothing of the network of whoever takes the pictures is in them.
    CHAT_TUI_LAN_INTERFACES: '',
    HOME: folder,
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
    TERM_PROGRAM: 'a terminal',
    COLORTERM: 'truecolor',
  };
}

function terminal(home, args, cols = 80, rows = 24) {
  const screen = new xterm.Terminal({ cols, rows, allowProposedApi: true });
  screen.loadAddon(new UnicodeGraphemesAddon());
  const pty = spawn(process.execPath, [bin, ...args], {
    name: 'xterm-256color',
    cols,
    rows,
    env: env(home),
    cwd: folder,
  });
  running.push(pty);
  const watchers = new Set();
  pty.onData((data) => screen.write(data, () => watchers.forEach((watch) => watch())));
  screen.onData((reply) => pty.write(reply));
  // A picture is of a whole frame, never of one that is being written.
  let drawing = false;
  for (const [final, begun] of [
    ['h', true],
    ['l', false],
  ])
    screen.parser.registerCsiHandler({ prefix: '?', final }, (modes) => {
      if (modes.includes(SYNCHRONIZED)) drawing = begun;
      return false;
    });
  const text = () =>
    Array.from({ length: rows }, (_, row) =>
      screen.buffer.active.getLine(screen.buffer.active.viewportY + row)?.translateToString(true),
    ).join('\n');
  return {
    type: (keys) => pty.write(keys),
    enter(line) {
      pty.write(line);
      pty.write('\r');
    },
    see: (what) =>
      until(
        watchers,
        () => !drawing && (typeof what === 'string' ? text().includes(what) : what.test(text())),
        () => `${what}\n${text()}`,
      ),
    shoot(name, title, paper) {
      writeFileSync(
        join(pictures, `${name}.svg`),
        terminalSvg(screen, { title: `chat-tui: ${title}`, paper }),
      );
      taken.push(name);
    },
  };
}

async function host(nick, ...args) {
  await background(nick, ['host', ...args]);
}

/** Somebody who stays in a room; resolves once in it. */
async function person(nick, room) {
  const { child, said } = await background(nick, ['pipe', room, '--json', '--follow']);
  let sent = 0;
  return async (text) => {
    child.stdin.write(`${JSON.stringify({ text })}\n`);
    await said('"event":"sent"', ++sent);
  };
}

/** A program without a screen; resolves once it is ready. `said` resolves when it has said something so many times. */
async function background(nick, args) {
  const child = start(process.execPath, [bin, ...args, '--nick', nick], { env: env(nick), cwd: folder });
  running.push(child);
  let out = '';
  const watchers = new Set();
  child.stdout.setEncoding('utf8').on('data', (data) => {
    out += data;
    watchers.forEach((watch) => watch());
  });
  const said = (what, times) =>
    until(
      watchers,
      () => out.split(what).length > times,
      () => `${what}\n${out}`,
    );
  await said('"ready"', 1);
  return { child, said };
}

function until(watchers, holds, words) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`never saw ${words()}`)), SEE_MS);
    const watch = () => {
      if (!holds()) return;
      clearTimeout(timer);
      watchers.delete(watch);
      resolve();
    };
    watchers.add(watch);
    watch();
  });
}
