import { describe, expect, it } from 'vitest';
import { Input } from '../../../src/tui/input.ts';
import { DraftKeeper, SAVE_DRAFTS_MS } from '../../../src/tui/draft-keeper.ts';
import { MAX_TEXT_LINES } from '../../../src/shared/limits.ts';
import { keys, teaRig, TestClock } from '../rig.tsx';

const room = () => teaRig({ columns: 100 });

describe('settings', () => {
  it('are listed, explained and checked, and kept', async () => {
    const { rig } = await room();
    await rig.press('/set', keys.enter);
    expect(rig.frame()).toMatch(/theme +auto +auto dark light/);
    await rig.press('/set bell', keys.enter);
    expect(rig.frame()).toContain('one of: mention, all, off (default mention)');
    await rig.press('/set bell loud', keys.enter);
    expect(rig.frame()).toContain('bell is one of mention, all, off; loud is not.');
    await rig.press(keys.ctrl('u'), '/set nothing', keys.enter);
    expect(rig.frame()).toContain('There is no setting nothing');
    await rig.press(keys.ctrl('u'), '/set bell all', keys.enter, '/theme LIGHT', keys.enter);
    expect(rig.settings.values).toMatchObject({ bell: 'all', theme: 'light' });
    await rig.press('/set bell default', keys.enter);
    expect(rig.settings.values.bell).toBeUndefined();
  });

  it('are completed, names and values', async () => {
    const { rig } = await room();
    await rig.press('/set th', keys.tab, 'hi', keys.tab);
    expect(rig.lines().at(-1)).toBe('› /set theme high-contrast');
  });

  it('change the screen at once', async () => {
    const { rig, tea, bob } = await room();
    tea.speak(bob.self, 'hello');
    await rig.settle();
    expect(rig.frame()).toMatch(/\d\d:\d\d +bob {2}hello/);
    await rig.press('/time 12', keys.enter);
    expect(rig.frame()).toMatch(/\d:\d\d [ap]m +bob {2}hello/);
    await rig.press('/time off', keys.enter);
    expect(rig.frame()).toMatch(/│ +bob {2}hello/);
  });

  it('hide who types and do not tell that one does', async () => {
    const { rig, tea, bob } = await room();
    const told: string[] = [];
    bob.subscribe((event) => told.push(event.type));
    bob.rooms()[0]?.typing();
    await rig.settle();
    expect(rig.frame()).toContain('bob is typing…');
    await rig.press('/set typing off', keys.enter);
    bob.rooms()[0]?.typing();
    await rig.settle();
    expect(rig.frame()).not.toContain('is typing');
    told.length = 0;
    await rig.press('hello there');
    expect(told).not.toContain('typing');
    expect(tea.seats.size).toBe(2);
  });
});

describe('a paste of many lines', () => {
  it('ends with its last line, as it would in an editor, and not with an empty one', async () => {
    const { rig, tea } = await room();
    await rig.press(keys.paste('one\r\ntwo\nthree\n'), keys.enter);
    expect(tea.lines.at(-1)).toMatchObject({ text: 'one\ntwo\nthree' });
    const most = Array.from({ length: MAX_TEXT_LINES }, (_, n) => `${n}`).join('\n');
    await rig.press(keys.paste(`${most}\n`), keys.enter, 'y');
    expect(tea.lines.at(-1)).toMatchObject({ text: most });
    await rig.press('after', keys.ctrl('a'), keys.paste('before\n'), keys.enter);
    expect(tea.lines.at(-1)).toMatchObject({ text: 'before\nafter' });
  });

  it('asks before it is sent, and stays where it is after a no', async () => {
    const { rig, tea } = await room();
    const before = tea.lines.length;
    await rig.press(keys.paste('one\ntwo\nthree\nfour'), keys.enter);
    expect(rig.frame()).toContain('Send these 4 pasted lines as one message?');
    await rig.press('n');
    expect(tea.lines).toHaveLength(before);
    expect(rig.frame()).toContain('› one\n  two');
    await rig.press(keys.enter, 'y');
    expect(tea.lines.at(-1)).toMatchObject({ text: 'one\ntwo\nthree\nfour' });
    await rig.press(keys.paste('one\ntwo'), keys.enter);
    expect(tea.lines.at(-1)).toMatchObject({ text: 'one\ntwo' });
  });

  it('is not sent to a room that came up while it was asked about', async () => {
    const { rig, tea, bob, world } = await room();
    const chess = world.addRoom({ title: 'chess', owner: bob.self });
    const call = rig.me.holdCall();
    await rig.press('/join chess', keys.enter);
    await rig.press(keys.paste('one\ntwo\nthree\nfour'), keys.enter);
    call.goOn();
    await rig.settle();
    await rig.press('y');
    const said = [...tea.lines, ...chess.lines].filter(({ kind }) => kind === 'text');
    expect(said).toEqual([]);
    await rig.press(keys.alt('1'));
    expect(rig.lines().slice(-5)).toEqual([
      expect.stringContaining('Connected'),
      '› one',
      '  two',
      '  three',
      '  four',
    ]);
    expect(rig.frame()).not.toContain('nothing to send');
  });

  it('is asked about in whole words in a narrow window too', async () => {
    const { rig } = await room();
    await rig.resize(40, 10);
    await rig.press(keys.paste('one\ntwo\nthree\nfour'), keys.enter);
    expect(rig.lines().slice(-2)).toEqual(['? Send these 4 pasted lines as one', 'message?  y or n']);
    await rig.press('n');
    expect(rig.lines().at(-1)).toBe('  four');
  });
});

describe('a secret', () => {
  it('is asked for in whole words in a narrow window, and Esc changes nothing', async () => {
    const { rig } = await room();
    await rig.resize(40, 6);
    await rig.press('/register lovelace', keys.enter, 'tea');
    expect(rig.lines().slice(-3)).toEqual([
      '? Password of lovelace for other',
      'devices; empty: this device only',
      '  •••',
    ]);
    await rig.press(keys.escape);
    await rig.until(() => rig.frame().includes('was given.'));
    expect(rig.frame()).not.toContain('script');
    await rig.resize(80, 24);
    await rig.press(keys.enter);
    const asked = rig.lines().slice(-3).join(' ').replaceAll(/\s+/g, ' ');
    expect(asked).toContain('this device only Enter sends it, Esc gives up');
  });
});

describe('drafts', () => {
  function kept(clock: TestClock, stored: ReadonlyMap<string, string>) {
    const saved: ReadonlyMap<string, string>[] = [];
    const input = new Input(stored);
    const keeper = new DraftKeeper(input, { load: () => stored, save: (all) => saved.push(all) }, clock);
    return { input, keeper, saved };
  }

  it('are written soon after they are typed, and go at once when they are sent', () => {
    const clock = new TestClock();
    const { input, saved } = kept(clock, new Map());
    input.act({ type: 'insert', text: 'half ' });
    input.act({ type: 'insert', text: 'a thought' });
    expect(saved).toEqual([]);
    clock.advance(SAVE_DRAFTS_MS);
    expect(saved).toEqual([new Map([['lobby', 'half a thought']])]);
    input.take();
    clock.advance(0);
    expect(saved.at(-1)).toEqual(new Map());
    input.act({ type: 'insert', text: 'more' });
    clock.advance(0);
    expect(saved).toHaveLength(2);
  });

  it('are there again, each in its buffer', () => {
    const room = 'a-room' as Parameters<Input['show']>[0];
    const stored = new Map([
      ['lobby', '/host'],
      [room, 'for tea'],
    ]);
    const { input, keeper, saved } = kept(new TestClock(), stored);
    expect(input.text).toBe('/host');
    input.show(room);
    expect(input.text).toBe('for tea');
    keeper.close();
    expect(saved).toEqual([]);
    expect(input.drafts()).toEqual(stored);
  });
});
