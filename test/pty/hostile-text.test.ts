import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRelay, type RunningRelay } from '../../src/relay/index.ts';
import {
  MAX_EMOJI_NAME_BYTES,
  MAX_MOTD_BYTES,
  MAX_NICK_BYTES,
  MAX_REASON_BYTES,
  MAX_STATUS_BYTES,
  MAX_TEXT_BYTES,
  MAX_TIME_MS,
  MAX_TITLE_BYTES,
  MAX_TOPIC_BYTES,
  MIB,
} from '../../src/shared/limits.ts';
import { randomBytes } from '../../src/shared/crypto/sign.ts';
import { cleanTitle, textWidth } from '../../src/shared/text.ts';
import type { HostMessageOf, RosterMember } from '../../src/shared/room/messages.ts';
import { person } from '../support/peers/paper-host.ts';
import { ScriptedHost } from '../support/peers/scripted-host.ts';
import { ScriptedMember } from '../support/peers/scripted-member.ts';
import {
  contestedWidths,
  cutToBytes,
  escapeCorpus,
  nickCorpus,
  type Attack,
} from '../support/escape-corpus.ts';
import { readWritten, unprintableIn } from '../support/foreign-bytes.ts';
import type { Program } from '../support/program.ts';
import { Stage } from '../support/stage.ts';
import type { Terminal, TerminalOptions } from '../support/terminal.ts';

const screens = [
  { name: 'wide', columns: 120, rows: 24, widths: 'graphemes' },
  { name: 'plain', columns: 80, rows: 24, widths: 'code-points' },
  { name: 'small', columns: 40, rows: 12, widths: 'graphemes' },
  { name: 'tiny', columns: 40, rows: 12, widths: 'code-points' },
] as const satisfies readonly (TerminalOptions & { readonly name: string })[];

/** A frame that is not whole by then is torn. */
const WHOLE_FRAME_MS = 10_000;

/** Short attacks go together; a large one has the screen to itself. */
const groups: readonly (readonly Attack[])[] = [
  ...chunks(
    escapeCorpus.filter(({ text }) => text.length < 400),
    4,
  ),
  ...escapeCorpus.filter(({ text }) => text.length >= 400).map((attack) => [attack]),
];
/** Who says things in the room; the host has all their keys. */
const authors = nickCorpus.map((nick) => ({ signer: person(), nick }));
const [firstAuthor = { signer: person(), nick: 'ada' }] = authors;
const hostileName = cutToBytes(escapeCorpus.map(({ text }) => text).join(''), MAX_TITLE_BYTES);

let stage: Stage;
let relay: RunningRelay;
let host: ScriptedHost;
let terminals: Terminal[];
let text: Program;
let json: Program;
let refused: Program;
const torn: string[] = [];
let began: number;

beforeAll(async () => {
  stage = new Stage();
  const many = 10_000;
  relay = await startRelay({
    listen: { host: '127.0.0.1', port: 0 },
    dataDir: undefined,
    name: hostileName,
    terms: `terms\n${hostileName}`,
    limits: {
      connectionsPerNetwork: many,
      newConnectionsPerNetwork: many,
      loginsPerNetwork: many,
      hostFramesPerSecond: many,
      hostFrameBurst: many,
      hostBytesPerSecond: 64 * MIB,
    },
  });
  host = await ScriptedHost.open(relay.url, { title: 'tea' });
  host.script = { welcome: hostileWelcome };
  began = performance.now();
  terminals = screens.map(({ name, ...options }) =>
    stage.terminal(name, ['--nick', 'bob', '--relay', relay.url, '--no-lan'], options),
  );
  await showInLobby();
  for (const terminal of terminals) terminal.type('\r');
  const pipe = ['pipe', host.invite, '--follow', '--nick', 'bob', '--relay', relay.url, '--no-lan'];
  text = stage.program('text', ...pipe);
  json = stage.program('json', ...pipe, '--json');
  await Promise.all([json.event('ready'), host.guest(screens.length + 1)]);
  await seeAll('m-in.', () => say('m-in.'));
  await showInRoom();
  await seeAll('m-contested.', () => {
    for (let line = 0; line < 4; line++) say('m-below.');
    say(contestedWidths);
    say('m-contested.');
  });
  await whisperToAll();
  await goodbye();
}, 180_000);

afterAll(async () => {
  await stage.close();
  await host.line.close();
  await relay.close();
});

function hostileWelcome(honest: HostMessageOf<'welcome'>): HostMessageOf<'welcome'> {
  const others = authors.map(({ signer: { publicKey: key }, nick }): RosterMember => ({
    key,
    nick,
    role: 'op',
    presence: 'online',
    status: nick,
  }));
  const roster = [...honest.roster, ...others];
  const title = 'te\u202ea\u001b]0;owned\u0007\u009d0;owned';
  return { ...honest, roster, rosterSize: roster.length, title, topic: hostileName };
}

async function showInLobby(): Promise<void> {
  for (const [number, group] of chunks(groups.flat(), 12).entries()) {
    const what = group.map((attack) => attack.text).join('');
    const topic = cutToBytes(`m${number} ${what}`, MAX_TOPIC_BYTES);
    // Too many graphemes for a title: the relay may refuse it.
    await host.list({ title: cutToBytes(what, MAX_TITLE_BYTES), topic });
    // A title that cannot be one is listed no further.
    const title = cutToBytes(what, 40);
    const shown = cleanTitle(title) === undefined ? 'tea' : title;
    await seeAll(`m${number} `, () => listed(shown, topic));
  }
  await seeAll('m-last', () => listed('tea', 'm-last'));
}

async function listed(title: string, topic: string): Promise<void> {
  if (!(await host.list({ title, topic }))) throw new Error(`not listed: ${JSON.stringify(title)}`);
}

async function showInRoom(): Promise<void> {
  for (const [number, group] of groups.entries()) {
    const { signer } = authors[number % authors.length] ?? firstAuthor;
    await seeAll(`m${number}t.`, () => {
      for (const attack of group) host.say(signer, attack.text);
      say(`m${number}t.`);
    });
    await seeAll(`m${number}s.`, () => {
      for (const attack of group) sayEverywhere(attack.text);
      say(`m${number}s.`);
    });
  }
}

/** One text in every field that is an event or a hint. */
function sayEverywhere(what: string): void {
  const { paper } = host;
  const author = firstAuthor.signer;
  const guest = person();
  const nick = cutToBytes(what, MAX_NICK_BYTES);
  const key = guest.publicKey;
  const status = cutToBytes(what, MAX_STATUS_BYTES);
  const reason = cutToBytes(what, MAX_REASON_BYTES);
  const place = (signed: ReturnType<typeof paper.sign>): void => void host.place(signed);
  place(paper.sign(author, { kind: 'me', body: { text: what } }));
  place(paper.sign(author, { kind: 'nick-changed', body: { nick } }));
  place(paper.sign(author, { kind: 'topic-changed', body: { topic: reason } }));
  place(paper.sign(paper.signer, { kind: 'member-joined', body: { key, nick, role: 'op' } }));
  host.cast(paper.seal(0, { t: 'presence', key, state: 'away', status }));
  host.cast(paper.seal(0, { t: 'typing', key }));
  const of = randomBytes(16);
  place(paper.sign(guest, { kind: 'text', body: { text: what } }, { id: of }));
  place(
    paper.sign(guest, { kind: 'edited', body: { of, text: cutToBytes(`again ${what}`, MAX_TEXT_BYTES) } }),
  );
  const emoji = cutToBytes(what, MAX_EMOJI_NAME_BYTES);
  place(paper.sign(author, { kind: 'reacted', body: { of, author: key, emoji, on: true } }));
  place(paper.sign(paper.signer, { kind: 'motd-changed', body: { motd: cutToBytes(what, MAX_MOTD_BYTES) } }));
  place(paper.sign(paper.signer, { kind: 'muted', body: { key, ms: Number.MAX_SAFE_INTEGER } }));
  place(paper.sign(paper.signer, { kind: 'kicked', body: { key, reason } }));
  place(paper.sign(paper.signer, { kind: 'member-left', body: { key, reason } }));
  place(paper.sign(paper.signer, { kind: 'banned', body: { key, ms: Number.MAX_SAFE_INTEGER, reason } }));
}

async function whisperToAll(): Promise<void> {
  const identities = new Map(host.guests.all.map(({ key }) => [key.join(), key]));
  for (const identity of identities.values()) {
    for (const [number, nick] of ['you', ...groups.map(([attack]) => attack?.text ?? '')].entries()) {
      if (number % 5 > 0) continue;
      const what = groups[number]?.map((attack) => attack.text).join('\n') ?? nick;
      await whisper(identity, cutToBytes(nick, MAX_NICK_BYTES), cutToBytes(what, 4_096));
    }
    for (let call = 0; call < 4; call++)
      await whisper(identity, 'ada', 'do you hear me?', firstAuthor.signer);
    await whisper(identity, 'stranger', 'm-whispered.');
  }
  // Whispers of strangers wait until they are asked for.
  await seeAll('stranger~', () => undefined);
  await seeAll('From people you', () => {
    for (const terminal of terminals) terminal.enter('/inbox');
  });
}

/** Of a stranger, unless it is said who. */
async function whisper(to: Uint8Array, nick: string, what: string, sender = person()): Promise<void> {
  const member = await ScriptedMember.logIn(relay.url, sender);
  await member.whisper(to, { nick, text: what, time: MAX_TIME_MS });
  await member.line.close();
}

async function goodbye(): Promise<void> {
  const bans = groups.slice(0, 8).map(([attack]) => ({
    nick: cutToBytes(attack?.text ?? '', MAX_NICK_BYTES),
    reason: cutToBytes(attack?.text ?? '', MAX_REASON_BYTES),
    key: person().publicKey,
    by: firstAuthor.signer.publicKey,
  }));
  host.script = {
    said(guest, message) {
      if (message.t !== 'bans') return false;
      guest.say({ t: 'bans', rid: message.rid, bans, last: true });
      return true;
    },
  };
  for (const command of ['/bans', '/members', '/rooms', '/status', '/inbox']) json.send({ text: command });
  for (const format of ['txt', 'md', 'json']) {
    json.send({ text: `/save saved.${format} --format ${format}` });
    await json.event('notice', (line) => String(line['text']).includes(`saved.${format}`));
  }
  const cleared = terminals.map((terminal) => terminal.see(/^(?![^]*From people)/));
  for (const terminal of terminals) terminal.enter('/clear');
  await Promise.all(cleared);
  for (const guest of host.guests.all) guest.say({ t: 'closing', code: 'left', reason: hostileName });
  await seeAll('The host says:', () => undefined);
  for (const terminal of terminals) terminal.enter('/quit');
  await Promise.all(terminals.map((terminal) => terminal.exited));
  await Promise.all([text.exited, json.exited]);
  host.script = {
    greet: (guest) => {
      guest.say({ t: 'refused', code: 'banned', reason: hostileName });
      guest.hangUp('banned');
    },
  };
  refused = stage.program('refused', 'pipe', host.invite, '--relay', relay.url, '--no-lan');
  await refused.exited;
}

function say(marker: string): void {
  host.say(firstAuthor.signer, marker);
}

/** Waits until every screen shows it, and looks at the layout of each then. */
async function seeAll(marker: string, act: () => Promise<void> | void): Promise<void> {
  const seen = terminals.map((terminal) => terminal.see(marker));
  await act();
  await Promise.all(seen);
  for (const [index, terminal] of terminals.entries()) {
    const screen = screens[index];
    if (!screen) continue;
    // The marker may stand before its frame is drawn to the end.
    const whole = (): boolean => flaws(terminal, screen).length === 0;
    await terminal.until(whole, 'a whole frame', WHOLE_FRAME_MS).catch(() => {
      torn.push(...flaws(terminal, screen).map((flaw) => `${screen.name} at ${marker}: ${flaw}`));
    });
  }
}

function flaws(terminal: Terminal, { columns, rows }: { columns: number; rows: number }): string[] {
  const lines = terminal.rows();
  const found: string[] = [];
  if (!lines[rows - 1]?.startsWith('›')) found.push(`input is not last: ${lines[rows - 1]}`);
  if (!lines[rows - 2]?.startsWith('─')) found.push(`no status bar above it: ${lines[rows - 2]}`);
  const room = lines[0]?.startsWith(' te') === true;
  const left = columns >= 100 ? 20 : 14;
  const borders = columns < 50 ? [] : [left, ...(room ? [columns - left - 1] : [])];
  for (let row = 1; row < rows - 2; row++) {
    for (const column of borders)
      if (terminal.cell(row, column) !== '│') found.push(`border ${column} of row ${row}: ${lines[row]}`);
  }
  return found;
}

describe('whatever a host, members and a relay call themselves and say', () => {
  it.each(screens.map(({ name }, index) => [name, index] as const))(
    'writes nothing but printable text to the %s terminal',
    (_, index) => {
      expect(readWritten(terminals[index]?.raw ?? '').foreign.slice(0, 20)).toEqual([]);
    },
  );

  it('leaves every line, border and the input in its place', () => {
    expect(torn.slice(0, 20)).toEqual([]);
  });

  it('puts printable titles of at most 80 cells on the window', () => {
    for (const { raw } of terminals) {
      const { titles } = readWritten(raw);
      expect(titles.length).toBeGreaterThan(0);
      expect(titles.flatMap(unprintableIn)).toEqual([]);
      expect(titles.every((title) => textWidth(title) <= 80 && !title.includes('owned'))).toBe(true);
    }
  });

  it('rings at most once in five seconds', () => {
    const most = Math.ceil((performance.now() - began) / 5_000);
    for (const { raw } of terminals) {
      const { bells } = readWritten(raw);
      expect(bells).toBeGreaterThan(0);
      expect(bells).toBeLessThanOrEqual(most);
    }
  });

  it('prints nothing else on standard output, as text or as JSON', () => {
    expect(text.stdout).toContain('m0t.');
    const written = [text, json, refused].map(({ stdout, stderr }) => stdout + stderr);
    expect(written.flatMap(unprintableIn)).toEqual([]);
    // A sentence of ours is nobody else's: what a relay's operator says stands indented under one.
    expect(refused.stderr).toMatch(/ wants you to know:\n {2}terms\n {2}aredz.+\nchat-tui: /);
    expect(refused.stderr.split('\n').filter((line) => !/^(chat-tui: | {2}|$)/.test(line))).toEqual([]);
    expect(refused.stderr).toMatch(
      /\nchat-tui: You are banned from this room; .+ The reason given: aredz.+\n$/,
    );
  });

  it('gives every line of text output its time, or an indent under its author', () => {
    const odd = text.stdout.split('\n').filter((line) => !/^\[[-+\d]+ [\d:]{8}\] |^ {22}|^$/.test(line));
    expect(odd).toEqual([]);
  });

  it.each(['txt', 'md', 'json'])('leaves nothing else in a saved .%s', (format) => {
    const saved = readFileSync(stage.path(`saved.${format}`), 'utf8');
    expect(saved).toContain('m0t.');
    expect(unprintableIn(saved)).toEqual([]);
  });
});

function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
