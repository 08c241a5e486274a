import { describe, expect, it } from 'vitest';
import { MAX_TEXT_BYTES } from '../../../src/shared/limits.ts';
import { MemoryClient } from '../../support/memory-client.ts';
import { MemoryWorld } from '../../support/memory-world.ts';
import { keys, screenRig, type ScreenRig } from '../rig.tsx';

/** Ada in `tea` and `chess`, tea on screen. */
async function rooms() {
  const world = new MemoryWorld();
  const bob = new MemoryClient(world, 'bob');
  const tea = world.addRoom({ title: 'tea', owner: bob.self });
  const chess = world.addRoom({ title: 'chess', owner: bob.self });
  await bob.join('tea');
  const rig = await screenRig({ world });
  await rig.press('/join chess', keys.enter, '/join tea', keys.enter);
  return { rig, tea, chess, bob, world };
}

const title = (rig: ScreenRig): string => (rig.lines()[0] ?? '').trim().split(' ')[0] ?? '';
const input = (rig: ScreenRig): string => rig.lines().at(-1) ?? '';

describe('writing', () => {
  it('sends text and its Enter that come in one chunk', async () => {
    const { rig, tea } = await rooms();
    await rig.press('hello\r');
    expect(tea.lines.at(-1)).toMatchObject({ kind: 'text', text: 'hello' });
    expect(input(rig)).toBe('›');
  });

  it('makes lines with Alt+Enter and Ctrl+J, and the input grows', async () => {
    const { rig, tea } = await rooms();
    await rig.press('one', keys.altEnter, 'two', '\n', 'three');
    expect(rig.lines().slice(-3)).toEqual(['› one', '  two', '  three']);
    await rig.press(keys.enter);
    expect(tea.lines.at(-1)).toMatchObject({ text: 'one\ntwo\nthree' });
  });

  it('never runs what is pasted', async () => {
    const { rig, tea } = await rooms();
    const before = tea.lines.length;
    await rig.press(keys.paste('/quit\r\nrm -rf\n\x1b[31mred'));
    expect(tea.lines).toHaveLength(before);
    expect(rig.quits).toEqual([]);
    expect(rig.lines().slice(-3)).toEqual(['› /quit', '  rm -rf', '  red']);
  });

  it('puts a refused command back', async () => {
    const { rig } = await rooms();
    await rig.press('/nosuch thing', keys.enter);
    expect(rig.frame()).toContain('There is no command /nosuch');
    expect(input(rig)).toBe('› /nosuch thing');
  });

  it('does not put a refused command over what has been written since', async () => {
    const { rig } = await rooms();
    await rig.press('/nosuch\rnew text');
    expect(input(rig)).toBe('› new text');
    await rig.press(keys.up);
    expect(input(rig)).toBe('› /nosuch');
  });

  it('keeps what is written over a reconnect, a resize and a line that was refused', async () => {
    const { rig, tea } = await rooms();
    await rig.press('half a thought');
    rig.me.emit({ type: 'state', room: tea.info.id, state: 'reconnecting', reason: 'unreachable' });
    await rig.settle();
    await rig.resize(50, 12);
    rig.me.emit({ type: 'state', room: tea.info.id, state: 'online' });
    await rig.resize(100, 30);
    expect(rig.lines().at(-1)).toBe('› half a thought');
    const tooLong = 'x'.repeat(MAX_TEXT_BYTES + 1);
    await rig.press(keys.ctrl('u'), tooLong, keys.enter);
    expect(rig.frame()).toContain('Too long');
    expect(rig.controller.input.text).toBe(tooLong);
  });

  it('keeps a draft for every room', async () => {
    const { rig } = await rooms();
    await rig.press('for tea', keys.ctrl('p'), 'for chess', keys.ctrl('n'));
    expect(input(rig)).toBe('› for tea');
    await rig.press(keys.ctrl('p'));
    expect(input(rig)).toBe('› for chess');
  });

  it('brings back what was written with Up, and finds it with Ctrl+R', async () => {
    const { rig } = await rooms();
    await rig.press('first', keys.enter, 'second', keys.enter, 'draft', keys.up, keys.up);
    expect(input(rig)).toBe('› first');
    await rig.press(keys.down, keys.down);
    expect(input(rig)).toBe('› draft');
    await rig.press(keys.ctrl('r'), 'fir');
    expect(input(rig)).toMatch(/search fir +first/);
    await rig.press(keys.enter);
    expect(input(rig)).toBe('› first');
  });

  it('completes nicks and commands, and goes round with Tab', async () => {
    const { rig } = await rooms();
    await rig.press('bo', keys.tab);
    expect(input(rig)).toBe('› bob:');
    await rig.press(keys.ctrl('u'), '/whis', keys.tab);
    expect(input(rig)).toContain('› /whisper');
  });

  it('edits as readline does', async () => {
    const { rig } = await rooms();
    await rig.press('one two', keys.ctrl('w'), keys.ctrl('y'), keys.ctrl('y'));
    expect(input(rig)).toBe('› one twotwo');
    await rig.press(keys.ctrl('a'), keys.ctrl('k'), 'x', keys.alt('b'), 'y');
    expect(input(rig)).toBe('› yx');
  });
});

describe('going from room to room', () => {
  it('goes round with Ctrl+N, Ctrl+P and Alt+arrows', async () => {
    const { rig } = await rooms();
    expect(title(rig)).toBe('tea');
    await rig.press(keys.ctrl('n'));
    expect(title(rig)).toBe('Lobby');
    await rig.press('\x1b[1;3B');
    expect(title(rig)).toBe('chess');
    await rig.press('\x1b[1;3A', keys.ctrl('p'));
    expect(title(rig)).toBe('tea');
  });

  it('goes to rooms by number', async () => {
    const { rig } = await rooms();
    await rig.press(keys.alt('1'));
    expect(title(rig)).toBe('chess');
    await rig.press(keys.alt('2'));
    expect(title(rig)).toBe('tea');
    await rig.press(keys.alt('9'));
    expect(title(rig)).toBe('tea');
    await rig.press(keys.alt('0'));
    expect(title(rig)).toBe('Lobby');
  });

  it('goes where something is new with Alt+A', async () => {
    const { rig, chess, bob } = await rooms();
    chess.speak(bob.self, 'e4');
    await rig.settle();
    await rig.press(keys.alt('a'));
    expect(title(rig)).toBe('chess');
  });
});

describe('reading', () => {
  async function long() {
    const made = await rooms();
    for (let n = 0; n < 100; n++) made.tea.speak(made.bob.self, `line ${n}.`);
    await made.rig.settle();
    return made;
  }

  it('turns pages and comes back to the newest line', async () => {
    const { rig } = await long();
    expect(rig.frame()).toContain('line 99.');
    await rig.press(keys.pageUp);
    expect(rig.frame()).not.toContain('line 99.');
    expect(rig.frame()).toContain('more below');
    await rig.press(keys.pageUp, keys.pageDown, keys.pageDown);
    expect(rig.frame()).toContain('line 99.');
    expect(rig.frame()).not.toContain('below');
  });

  it('stays where it is while lines arrive, and counts them', async () => {
    const { rig, tea, bob } = await long();
    await rig.press(keys.pageUp);
    const body = rig.lines().slice(1, -2);
    for (let n = 0; n < 7; n++) tea.speak(bob.self, `later ${n}`);
    await rig.settle();
    expect(rig.lines().slice(1, -2)).toEqual(body);
    expect(rig.frame()).toContain('7 new below');
    await rig.press(keys.end);
    expect(rig.frame()).toContain('later 6');
    await rig.press(keys.home);
    expect(rig.frame()).toContain('bob opened the room');
    await rig.press(keys.escape);
    await rig.until(() => rig.frame().includes('later 6'));
  });

  it('scrolls with the mouse wheel', async () => {
    const { rig } = await long();
    await rig.wheel('up');
    expect(rig.frame()).not.toContain('line 97.');
    await rig.wheel('down');
    expect(rig.frame()).toContain('line 99.');
  });

  it('loads older pages of the archive while scrolling up, then asks the host', async () => {
    const world = new MemoryWorld();
    const bob = new MemoryClient(world, 'bob');
    const tea = world.addRoom({ title: 'tea', owner: bob.self });
    for (let n = 0; n < 1000; n++) tea.speak(bob.self, `line ${n}.`);
    const rig = await screenRig({ world });
    await rig.press(keys.enter);
    for (let page = 0; page < 60; page++) await rig.press(keys.pageUp);
    expect(rig.frame()).toContain('opened the room');
    expect(rig.frame()).toContain('line 0.');
  });

  it('goes to the oldest line of the whole archive with Home, and on and back from there', async () => {
    const { rig, tea, bob } = await rooms();
    for (let n = 0; n < 3_000; n++) tea.speak(bob.self, `line ${n}.`);
    await rig.settle();
    await rig.press(keys.home);
    expect(rig.frame()).toContain('bob opened the room');
    expect(rig.frame()).toContain('line 0.');
    for (let page = 0; page < 10; page++) await rig.press(keys.pageDown);
    expect(rig.frame()).toContain('line 200.');
    await rig.press(keys.home);
    expect(rig.frame()).toContain('bob opened the room');
    await rig.press(keys.end);
    expect(rig.frame()).toContain('line 2999.');
  });

  it('goes to the oldest whisper with Home', async () => {
    const { rig, bob } = await rooms();
    for (let n = 0; n < 1_500; n++) await bob.whisper(rig.me.self.key, `whisper ${n}.`);
    await rig.press('/query bob', keys.enter, keys.home);
    expect(rig.frame()).toContain('whisper 0.');
    await rig.press(keys.end);
    expect(rig.frame()).toContain('whisper 1499.');
  });

  it('goes to the first line not seen with Alt+U', async () => {
    const { rig, tea, bob } = await long();
    await rig.press(keys.alt('1'));
    for (let n = 0; n < 60; n++) tea.speak(bob.self, `unseen ${n}.`);
    await rig.settle();
    await rig.press(keys.alt('2'));
    expect(rig.frame()).not.toContain('unseen 0.');
    await rig.press(keys.alt('u'));
    expect(rig.lines()[1]).toContain('new since you left');
    expect(rig.lines()[2]).toContain('unseen 0.');
  });

  it('empties the view with /clear and has the lines back on the way up', async () => {
    const { rig } = await long();
    await rig.press('/clear', keys.enter);
    expect(rig.frame()).not.toContain('line');
    await rig.press(keys.pageUp);
    expect(rig.frame()).toContain('line 99.');
  });
});

describe('the program', () => {
  it('lists all keys with Alt+H from their beginning', async () => {
    const { rig } = await rooms();
    await rig.press(keys.alt('h'));
    expect(rig.frame()).toMatch(/Writing/);
    expect(rig.frame()).toContain('more below');
  });

  it('closes the list of keys or commands with Esc, and the talk is there again', async () => {
    const { rig, bob, tea } = await rooms();
    tea.speak(bob.self, 'hello');
    await rig.settle();
    for (const open of [keys.alt('h'), '/help\r', '/help save\r', '/keys\r']) {
      await rig.press(open);
      expect(rig.frame()).toContain('Esc closes the help');
      await rig.press(keys.escape);
      await rig.until(() => !rig.frame().includes('Esc closes the help'));
      expect(rig.frame()).not.toMatch(/Writing|Basics|Also:/);
      expect(rig.frame()).toContain('bob: hello');
    }
  });

  it('opens the list of keys from its beginning again, instead of a second time', async () => {
    const { rig } = await rooms();
    await rig.press(keys.alt('h'), keys.pageDown, keys.end);
    expect(rig.frame()).not.toContain('Writing');
    await rig.press(keys.alt('h'));
    expect(rig.frame()).toContain('Writing');
    await rig.press(keys.pageUp, keys.pageUp, keys.pageUp);
    expect(rig.frame().match(/Writing/g)).toHaveLength(1);
    await rig.press(keys.pageDown, keys.pageDown, keys.pageDown, keys.pageDown);
    expect(rig.frame()).not.toContain('Writing');
  });

  it('takes Esc and what follows at once for two keys, so that no command becomes a message', async () => {
    const { rig, tea } = await rooms();
    const before = tea.lines.length;
    await rig.press(keys.alt('h'), '\x1b/nosuch thing\r');
    expect(rig.frame()).not.toContain('Esc closes the help');
    expect(input(rig)).toBe('› /nosuch thing');
    expect(tea.lines).toHaveLength(before);
    await rig.press(keys.ctrl('u'), '\x1bWords');
    expect(input(rig)).toBe('› Words');
  });

  it.each(['[25~', '[1;6P', 'OP', '[27;5;9~', '[?1;2c', '[57;5u', '[1;6A', '[I', '[O', 'Ow', '[1;5Q'])(
    'writes nothing for what a terminal says with Esc in front: %s',
    async (said) => {
      const { rig } = await rooms();
      await rig.press(`\x1b${said}`);
      expect(input(rig)).toBe('›');
    },
  );

  it('says once what is refused again and again, and how often', async () => {
    const { rig } = await rooms();
    await rig.press('/nosuch', keys.enter, keys.enter, keys.enter);
    expect(rig.frame().match(/There is no command/g)).toHaveLength(1);
    expect(rig.frame()).toContain('(×3)');
    expect(input(rig)).toBe('› /nosuch');
  });

  it('clears the line with Ctrl+C, keeps it in the history, and quits on the second', async () => {
    const { rig } = await rooms();
    await rig.press('precious', keys.ctrl('c'));
    expect(input(rig)).toBe('›');
    expect(rig.quits).toEqual([]);
    expect(rig.frame()).toContain('Ctrl+C once more quits');
    await rig.press(keys.ctrl('c'));
    expect(rig.quits).toHaveLength(1);
    await rig.press(keys.up);
    expect(input(rig)).toBe('› precious');
  });

  it.each([
    ['written', 'better so'],
    ['pasted', keys.paste('better so')],
    ['taken from the history', keys.up],
  ])('clears the line again when something was %s since the first Ctrl+C', async (_, written) => {
    const { rig } = await rooms();
    await rig.press('precious', keys.ctrl('c'), written);
    expect(rig.frame()).not.toContain('once more quits');
    await rig.press(keys.ctrl('c'));
    expect(rig.quits).toEqual([]);
    expect(input(rig)).toBe('›');
    expect(rig.frame()).toContain('Ctrl+C once more quits');
  });

  it('forgets the first Ctrl+C after a while', async () => {
    const { rig } = await rooms();
    await rig.press(keys.ctrl('c'));
    rig.clock.advance(5_000);
    await rig.press(keys.ctrl('c'));
    expect(rig.quits).toEqual([]);
  });

  it('quits with Ctrl+D only when nothing is written', async () => {
    const { rig } = await rooms();
    await rig.press('text', keys.ctrl('d'));
    expect(rig.quits).toEqual([]);
    await rig.press(keys.ctrl('u'), keys.ctrl('d'));
    expect(rig.quits).toHaveLength(1);
  });

  it('quits with /quit and its reason', async () => {
    const { rig } = await rooms();
    await rig.press('/quit good night', keys.enter);
    expect(rig.quits).toEqual(['good night']);
  });

  it('goes back to the shell with Ctrl+Z and keeps what is written', async () => {
    const { rig } = await rooms();
    await rig.press('draft', keys.ctrl('z'));
    await rig.until(() => rig.suspended() === 1);
    await rig.settle();
    expect(input(rig)).toBe('› draft');
  });

  it('draws the screen anew with Ctrl+L', async () => {
    const { rig } = await rooms();
    const { frames } = rig.stdout;
    await rig.press(keys.ctrl('l'));
    expect(rig.stdout.frames).toBeGreaterThan(frames);
  });

  it('rings for mentions and whispers that are not on screen, not for talk', async () => {
    const { rig, tea, bob } = await rooms();
    tea.speak(bob.self, 'hey Ada, you see this');
    expect(rig.calls).toEqual([]);
    rig.controller.focus(false);
    tea.speak(bob.self, 'adamant');
    expect(rig.calls).toEqual([]);
    tea.speak(bob.self, 'hey Ada!');
    await bob.whisper('ada', 'psst');
    expect(rig.calls).toEqual(['bob in tea: hey Ada!', 'bob whispers: psst']);
  });

  it('rings as /bell and /mute say', async () => {
    const { rig, tea, bob } = await rooms();
    rig.controller.focus(false);
    await rig.press('/bell all', keys.enter);
    tea.speak(bob.self, 'anything');
    expect(rig.calls).toHaveLength(1);
    await rig.press('/mute', keys.enter);
    tea.speak(bob.self, 'ada?');
    expect(rig.calls).toHaveLength(1);
    await rig.press('/unmute', keys.enter, '/unmute', keys.enter);
    tea.speak(bob.self, 'ada?');
    expect(rig.calls).toHaveLength(2);
    await rig.press('/bell off', keys.enter);
    tea.speak(bob.self, 'ada!');
    await bob.whisper('ada', 'psst');
    expect(rig.calls).toHaveLength(2);
    expect(rig.settings.values).toMatchObject({ bell: 'off', muted: [] });
  });
});
