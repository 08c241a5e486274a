import { describe, expect, it } from 'vitest';
import { textWidth } from '../../../src/shared/text.ts';
import { personNamed } from '../../support/memory-room.ts';
import { MemoryClient } from '../../support/memory-client.ts';
import { MemoryWorld } from '../../support/memory-world.ts';
import { keys, screenRig, teaRig, type ScreenRig, type TeaRigOptions } from '../rig.tsx';

const sizes = [
  [80, 24],
  [120, 40],
  [40, 12],
  [40, 10],
] as const;

const room = (options: TeaRigOptions = {}) => teaRig({ room: { topic: 'Leaves and water' }, ...options });

function fits(rig: ScreenRig, columns: number, rows: number): void {
  expect(rig.lines()).toHaveLength(rows);
  for (const line of rig.lines()) expect(textWidth(line)).toBeLessThanOrEqual(columns);
}

describe('the first start', () => {
  it('asks for a nickname, offers the login name and opens with it', async () => {
    const rig = await screenRig({ newcomer: true, nick: 'login' });
    expect(rig.frame()).toContain('What shall the others call you?');
    expect(rig.frame()).toContain('› login');
    await rig.press(keys.enter);
    expect(rig.opened()).toBe('login');
    expect(rig.frame()).toContain('Lobby');
  });

  it('says all of it in a narrow window too', async () => {
    const rig = await screenRig({ newcomer: true, columns: 40, rows: 12 });
    const words = rig.frame().replace(/\s+/g, ' ');
    expect(words).toContain('Rooms that anyone can open, and relays that cannot read a word.');
    expect(words).toContain('or press Enter to be ada. /nick changes it later.');
  });

  it.each([
    [30, 8],
    [20, 5],
    [20, 3],
  ])('asks in the smallest windows too, and tears no line: %ix%i', async (columns, rows) => {
    const rig = await screenRig({ newcomer: true, columns, rows });
    const words = (): string => {
      expect(rig.lines().length).toBeLessThanOrEqual(rows);
      for (const line of rig.lines()) expect(textWidth(line)).toBeLessThanOrEqual(columns);
      return rig.frame().replace(/\s+/g, ' ').trim();
    };
    expect(words()).toMatch(
      rows > 3 ? /^What .* call you\? › ada Type a name/ : /^What .* call you\? › ada$/,
    );
    await rig.press('a b', keys.enter);
    expect(words()).toMatch(
      rows > 3 ? /^What .* call you\? › a b A nick is 1 to/ : /^What .* call you\? › a b$/,
    );
    await rig.press(keys.ctrl('u'), 'eve', keys.enter);
    expect(rig.opened()).toBe('eve');
  });

  it('says what became of the settings, where the name of the profile went with them', async () => {
    const text = 'The settings file could not be read; it was kept as config.json.broken.';
    const rig = await screenRig({ newcomer: true, notices: [text], columns: 60 });
    const words = rig.frame().replace(/\s+/g, ' ');
    expect(words).toContain(text);
    expect(words).toContain('What shall the others call you?');
  });

  it('keeps what stands before the field where a long name is written', async () => {
    const rig = await screenRig({ newcomer: true, columns: 30, rows: 8 });
    await rig.press('x'.repeat(60));
    expect(rig.frame()).toMatch(/^ {2}› …x{22}/m);
  });

  it('takes a name and its Enter in one chunk', async () => {
    const rig = await screenRig({ newcomer: true, nick: 'login' });
    await rig.press('ada\r');
    expect(rig.opened()).toBe('ada');
  });

  it('says what a nickname may be instead of taking a bad one', async () => {
    const rig = await screenRig({ newcomer: true });
    await rig.press('a b', keys.enter);
    expect(rig.frame()).toContain('A nick is 1 to 20 characters');
    expect(rig.opened()).toBeUndefined();
  });

  it('clears the field with Ctrl+U instead of typing a letter', async () => {
    const rig = await screenRig({ newcomer: true });
    await rig.press('eve', keys.ctrl('u'), 'bob', keys.enter);
    expect(rig.opened()).toBe('bob');
  });
});

describe('the lobby', () => {
  it.each(sizes)('says what to type while it is empty, at %ix%i', async (columns, rows) => {
    const rig = await screenRig({ columns, rows });
    expect(rig.frame()).toContain('/host tea');
    expect(rig.lines().at(-1)).toContain('›');
    const said = rig.lines().slice(1, -2).join('\n');
    expect(said).toMatch(/No rooms in reach yet\.[^]*\/join INVITE[^]*\/help/);
    expect(said).not.toContain('…\n');
    fits(rig, columns, rows);
  });

  it('says that it looks for rooms near by, but not where it was told not to', async () => {
    const near = await screenRig({ world: new MemoryWorld() });
    near.me.emit({ type: 'relays', relays: [] });
    await near.settle();
    expect(near.frame()).toContain('Looking on this machine and network');
    const far = await screenRig({ far: true });
    far.me.emit({ type: 'relays', relays: [] });
    await far.settle();
    expect(far.frame()).toContain('No rooms in reach yet.');
    expect(far.frame()).not.toContain('Looking');
  });

  it('shows notices of the start', async () => {
    const rig = await screenRig({ notices: ['you are guest ada-2 here'] });
    expect(rig.frame()).toContain('you are guest ada-2 here');
  });

  it('lists rooms in reach with how they are reached, and Enter joins the chosen one', async () => {
    const world = new MemoryWorld();
    const bob = personNamed('bob');
    world.addRelay('wss://chat.example.org');
    world.addRoom({ title: 'tea', topic: 'Leaves', owner: bob });
    world.addRoom({ title: 'chess', topic: 'Games', owner: bob, relay: 'wss://chat.example.org' });
    const rig = await screenRig({ world });
    await rig.me.connect('wss://chat.example.org');
    await rig.settle();
    expect(rig.lines().find((line) => line.includes('Leaves'))).toMatch(/› tea +LAN +0 +Leaves/);
    expect(rig.lines().find((line) => line.includes('Games'))).toMatch(/chess +relay +0 +Games/);
    await rig.press(keys.down, keys.enter);
    expect(rig.me.rooms().map(({ info }) => info.title)).toEqual(['chess']);
    expect(rig.lines()[0]).toContain('chess');
  });

  it('says what to do in a narrow window too', async () => {
    const world = new MemoryWorld();
    world.addRoom({ title: 'tea', owner: personNamed('bob') });
    const rig = await screenRig({ columns: 40, rows: 10, world });
    const words = rig.frame().replace(/\s+/g, ' ');
    expect(words).toContain('↑ ↓ choose, Enter joins. /host NAME opens a room of your own.');
  });

  it('keeps the columns of the list under wide and joined characters', async () => {
    const world = new MemoryWorld();
    for (const title of ['plain', '日本茶', '👨‍👩‍👧 tea', 'é́'])
      world.addRoom({ title, topic: 'TOPIC', owner: personNamed('bob') });
    const rig = await screenRig({ world });
    const at = rig
      .lines()
      .filter((line) => line.includes('TOPIC'))
      .map((line) => textWidth(line.slice(0, line.indexOf('TOPIC'))));
    expect(at).toHaveLength(4);
    expect(new Set(at).size).toBe(1);
  });

  it('asks for a join code, masked', async () => {
    const world = new MemoryWorld();
    world.addRoom({ title: 'vault', owner: personNamed('bob'), code: 'secret' });
    const rig = await screenRig({ world });
    await rig.press(keys.enter, 'secret');
    rig.clock.advance(1_000);
    await rig.settle();
    expect(rig.frame()).toContain('Join code of vault');
    expect(rig.frame()).not.toContain('Dialling');
    expect(rig.frame()).toContain('••••••');
    expect(rig.frame()).not.toContain('secret');
    await rig.press(keys.enter);
    expect(rig.me.rooms()).toHaveLength(1);
  });

  it('says why it did not get in', async () => {
    const world = new MemoryWorld();
    world.addRoom({ title: 'tea', owner: personNamed('bob') }).joinRefusal = 'room-full';
    const rig = await screenRig({ world });
    await rig.press(keys.enter);
    expect(rig.frame()).toContain('Room is full');
  });
});

describe('a room', () => {
  it.each(sizes)('fills exactly %ix%i and keeps the input last', async (columns, rows) => {
    const { rig, tea, bob } = await room({ columns, rows });
    for (let n = 0; n < 60; n++) tea.speak(bob.self, `line ${n} ${'日本語 👍🏽 text '.repeat(n % 5)}`);
    await rig.press('typed');
    fits(rig, columns, rows);
    expect(rig.lines().at(-1)).toBe('› typed');
    expect(rig.frame()).toContain('line 59');
  });

  it('shows a part of the status bar whole or not at all, but for the one that matters', async () => {
    const { rig, tea } = await room({ columns: 36 });
    expect(rig.lines().at(-2)).toMatch(/^─ Connected, host 3 ms ─ LAN 12 ms ─+$/);
    await rig.resize(34, 12);
    expect(rig.lines().at(-2)).toMatch(/^─ Connected, host 3 ms ─+$/);
    rig.me.emit({ type: 'state', room: tea.info.id, state: 'host-offline' });
    await rig.settle();
    expect(rig.lines().at(-2)).toBe('─ Host is away: your lines wait h…');
  });

  it('says in a narrow window how the room is before what is elsewhere, in few words', async () => {
    const { rig, tea, bob, world } = await room({ columns: 40 });
    const status = async (columns = 40): Promise<string> => {
      await rig.resize(columns, 12);
      return rig.lines().at(-2) ?? '';
    };
    const chess = world.addRoom({ title: 'chess', owner: bob.self });
    await rig.press('/join chess', keys.enter, keys.alt('1'));
    chess.speak(bob.self, 'ada: your move');
    await rig.settle();
    expect(await status(60)).toMatch(/^─ Connected, host 3 ms ─ LAN 12 ms ─+ 1 mention Alt\+A ─$/);
    expect(await status()).toMatch(/^─ Connected, host 3 ms ─+ 1 mention ─$/);
    expect(await status(30)).toMatch(/^─ Connected ─+ 1 mention ─$/);
    expect(await status(20)).toMatch(/^─+ 1 mention ─$/);
    rig.me.emit({ type: 'state', room: tea.info.id, state: 'host-offline' });
    await rig.settle();
    expect(await status()).toMatch(/^─ Host is away ─+ 1 mention ─$/);
    expect(await status(20)).toMatch(/^─ Host is away ─+$/);
  });

  it('says there what the keys do before how the room is, and nothing by halves', async () => {
    const { rig } = await room({ columns: 40, rows: 12 });
    await rig.press(keys.ctrl('c'));
    expect(rig.lines().at(-2)).toMatch(/^─ Ctrl\+C once more quits ─ Connected ─+$/);
    await rig.press('/help', keys.enter);
    expect(rig.lines().at(-2)).toMatch(/^─ ↓ more below ─ Esc closes the help ─+$/);
  });

  it('tells whispers elsewhere from mentions', async () => {
    const { rig, tea, bob } = await room({ columns: 100 });
    await rig.press('/query bob', keys.enter, keys.alt('0'));
    await bob.whisper('ada', 'psst');
    await rig.settle();
    expect(rig.lines().at(-2)).toContain(' 1 whisper Alt+A');
    tea.speak(bob.self, 'ada: are you there?');
    await rig.settle();
    expect(rig.lines().at(-2)).toContain(' 1 mention, 1 whisper Alt+A');
  });

  it('names the room before it counts who is here', async () => {
    const { rig } = await room({ columns: 14 });
    expect(rig.lines()[0]).toMatch(/^ tea/);
    await rig.resize(40, 12);
    expect(rig.lines()[0]).toContain('2 here');
  });

  it('folds the members away under 80 columns and the rooms under 50', async () => {
    const { rig } = await room({ columns: 80 });
    expect(rig.frame()).toContain('● bob');
    expect(rig.frame()).toContain('Rooms');
    await rig.resize(79, 24);
    expect(rig.frame()).not.toContain('● bob');
    expect(rig.frame()).toContain('Rooms');
    await rig.resize(49, 24);
    expect(rig.frame()).not.toContain('Rooms');
    fits(rig, 49, 24);
  });

  it('keeps the borders of its panes in one column under wide text', async () => {
    const { rig, tea, bob } = await room();
    for (const text of ['日本語の文章', 'e\u0301 ❤️ 1️⃣ 👍🏽', '👨‍👩‍👧‍👦 family', 'plain', 'क्षि'])
      tea.speak(bob.self, text);
    await rig.settle();
    const borders = rig
      .lines()
      .slice(1, -2)
      .map((line) => [...line.matchAll(/│/g)].map((match) => textWidth(line.slice(0, match.index))).join());
    expect(new Set(borders)).toEqual(new Set(['14,65']));
  });

  it('shows own lines waiting, then with the host', async () => {
    const { rig, tea } = await room();
    tea.hold();
    await rig.press('hello', keys.enter);
    expect(rig.frame()).toMatch(/ada: hello …/);
    expect(rig.frame()).toContain('1 sending');
    tea.flush();
    await rig.settle();
    expect(rig.frame()).toMatch(/ada: hello ✓/);
    expect(rig.frame()).not.toContain('sending');
  });

  it('says why a line failed', async () => {
    const { rig, tea } = await room();
    tea.nextFailure = 'too-fast';
    await rig.press('hello', keys.enter);
    expect(rig.frame()).toMatch(/hello ✗/);
    expect(rig.frame()).toContain('Sending too fast');
  });

  it('shows whispers in the flow of what is on screen', async () => {
    const { rig, bob } = await room();
    await bob.whisper('ada', 'psst');
    await rig.settle();
    expect(rig.frame()).toContain('bob → you (whisper): psst');
    await rig.press('/reply what', keys.enter);
    expect(rig.frame()).toContain('you → bob (whisper): what ✓');
  });

  it('separates days and marks what came while another room was on screen', async () => {
    const { rig, tea, bob, world } = await room();
    tea.speak(bob.self, 'yesterday');
    world.time += 86_400_000;
    await rig.press(keys.alt('0'));
    tea.speak(bob.self, 'today');
    tea.speak(bob.self, 'ada: are you there?');
    await rig.settle();
    expect(rig.lines().find((line) => line.includes('1 tea'))).toMatch(/1 tea +@1 2/);
    expect(rig.frame()).toContain('1 mention');
    await rig.press(keys.alt('a'));
    const text = rig.frame();
    expect(text.indexOf('new since you left')).toBeGreaterThan(text.indexOf('yesterday'));
    expect(text.indexOf('new since you left')).toBeLessThan(text.indexOf('today'));
    expect(text).toContain('Saturday 21 November 2026');
  });

  it('says how much too long a text is before it is sent', async () => {
    const { rig } = await room();
    await rig.press(keys.paste('x'.repeat(5_000)));
    expect(rig.frame()).toContain('too long to send: 5000 of 4096 bytes');
    fits(rig, 80, 24);
    await rig.press(keys.enter);
    expect(rig.lines().at(-1)).toContain('xxxx');
  });

  it('shows what Tab goes through', async () => {
    const { rig } = await room();
    await rig.press('/m', keys.tab);
    expect(rig.lines().at(-2)).toMatch(/members +me/);
  });

  it('leaves nothing in the list of rooms when it was not let in', async () => {
    const { rig, world } = await room();
    const vault = world.addRoom({ title: 'vault', owner: personNamed('bob') });
    vault.joinRefusal = 'banned';
    await rig.press('/join vault', keys.enter);
    expect(rig.frame()).toContain('You are banned');
    expect(rig.store.get().rooms).toHaveLength(1);
  });

  it('shows key tags for members who look alike', async () => {
    const { rig, world } = await room();
    await new MemoryClient(world, 'b0b').join('tea');
    await rig.settle();
    const { tag } = personNamed('b0b');
    expect(rig.frame()).toContain(`b0b~${tag}`);
    expect(rig.frame()).toContain(`bob~${personNamed('bob').tag}`);
  });

  it('says how the line is in words', async () => {
    const { rig, tea } = await room();
    expect(rig.frame()).toContain('Connected');
    tea.setHostAway(true);
    await rig.settle();
    expect(rig.frame()).toContain('Host is away');
  });

  it('stays readable when the host closes it, and /leave takes it off the list', async () => {
    const { rig, tea } = await room();
    tea.close('host-closed', 'good night');
    await rig.settle();
    expect(rig.frame()).toContain('The host closed this room');
    expect(rig.frame()).toContain('good night');
    await rig.press('/leave', keys.enter);
    expect(rig.lines()[0]).toContain('Lobby');
    expect(rig.store.get().rooms).toHaveLength(0);
  });

  it('reads as one column for a screen reader', async () => {
    const { rig, tea, bob } = await room({ screenReader: true });
    tea.speak(bob.self, 'good morning');
    await rig.settle();
    expect(rig.frame()).toContain('bob: good morning');
    expect(rig.frame()).not.toMatch(/[│─]/);
  });

  it('reads an answer in the lobby whole to a screen reader, however many rooms are listed', async () => {
    const world = new MemoryWorld();
    const bob = new MemoryClient(world, 'bob');
    for (let number = 1; number <= 30; number++) world.addRoom({ title: `room ${number}`, owner: bob.self });
    const rig = await screenRig({ world, screenReader: true });
    await rig.press('/help whisper', keys.enter);
    expect(rig.frame()).toMatch(/room 1 [^]*\/whisper NICK TEXT[^]*Also: \/w \/msg/);
  });
});

describe('a question', () => {
  it.each([
    ['y', 'yes'],
    ['n', undefined],
    [keys.ctrl('c'), undefined],
  ])('of yes or no is answered by %j', async (key, answer) => {
    const { rig } = await room();
    rig.store.dispatch({ type: 'asked', prompt: { id: 99, type: 'confirm', question: 'Really?' } });
    await rig.settle();
    expect(rig.frame()).toContain('Really?');
    const answers: (string | undefined)[] = [];
    rig.controller.questions.answer = (_, given) => answers.push(given);
    await rig.press(key);
    expect(answers).toEqual([answer]);
    fits(rig, 80, 24);
  });

  it('is there whole in a small window, with what to press or a place for the answer', async () => {
    const { rig } = await room({ columns: 30, rows: 8 });
    const words = (): string => rig.frame().replace(/\s+/g, ' ');
    const question = 'Give up ada? Nobody else gets it for 90 days; its password opens nothing any more';
    rig.store.dispatch({ type: 'asked', prompt: { id: 99, type: 'confirm', question } });
    await rig.settle();
    expect(words()).toContain(`? ${question} y or n`);
    fits(rig, 30, 8);
    rig.controller.questions.answer(99, undefined);
    rig.store.dispatch({ type: 'asked', prompt: { id: 100, type: 'secret', question: 'Join code of tea' } });
    await rig.resize(20, 5);
    await rig.press('secret');
    expect(words()).toContain('? Join code of tea ••••••');
    await rig.press('x'.repeat(40));
    expect(rig.lines().at(-1)).toMatch(/^ {2}…•+$/);
    fits(rig, 20, 5);
  });

  it('leaves the draft below it alone', async () => {
    const { rig, world } = await room();
    world.addRoom({ title: 'vault', owner: personNamed('bob'), code: 'secret' });
    await rig.press('/join vault', keys.enter);
    expect(rig.frame()).toContain('Join code of vault');
    await rig.press('draft?', keys.escape);
    await rig.until(() => !rig.frame().includes('Join code of vault'));
    expect(rig.frame()).not.toContain('draft?');
    expect(rig.lines().at(-1)).toBe('› /join vault');
  });
});

describe('text of strangers', () => {
  const hostile = [
    '\x1b[2Jcleared',
    '\x1b]0;title\x07',
    '\x1b]52;c;aGk=\x1b\\',
    '\x1b]8;;http://evil\x07link\x1b]8;;\x07',
    '\x9b31mred',
    '\x1bPq#0\x1b\\',
    '\x1b_apc\x1b\\',
    '\x1b]0;unterminated',
    '\u202egnp.exe',
    'a\u200b\u2066b\u2069',
    '\u{e0041}\u{e0042}',
    'z\u0300\u0301\u0302\u0303\u0304\u0305\u0306',
    '\ud800',
    'bell\x07\x08\x7f',
    'tab\tand\rreturn',
    '\x1b',
  ];

  it('reaches the terminal as nothing but printable text, wherever it stands', async () => {
    const world = new MemoryWorld();
    const all = hostile.join(' ');
    const evil = new MemoryClient(world, `e${hostile[0]}`);
    const tea = world.addRoom({ title: `tea${hostile[1]}`, topic: all, owner: evil.self });
    const joined = await evil.join(tea.info.id);
    if (!joined.ok) throw new Error('not joined');
    joined.value.setPresence('away', all);
    const rig = await screenRig({ world });
    await rig.press(keys.enter);
    for (const text of hostile) tea.speak(evil.self, text);
    tea.append(evil.self, { kind: 'nick', was: all, nick: all });
    tea.append(evil.self, { kind: 'leave', who: evil.self, reason: all });
    await evil.whisper('ada', all);
    joined.value.typing();
    await rig.settle();
    const shown = rig.bare();
    expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}]/u);
    fits(rig, 80, 24);
    await rig.press(keys.alt('0'));
    expect(rig.bare()).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}]/u);
  });

  it('of 4096 characters without a space wraps, and the input stays', async () => {
    const { rig, tea, bob } = await room();
    tea.speak(bob.self, 'x'.repeat(4096));
    tea.speak(bob.self, Array.from({ length: 64 }, (_, n) => `l${n}`).join('\n'));
    await rig.settle();
    fits(rig, 80, 24);
    expect(rig.frame()).toContain('l63');
    expect(rig.lines().at(-1)).toBe('›');
  });
});
