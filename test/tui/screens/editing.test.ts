import { describe, expect, it } from 'vitest';
import type { RoomLine } from '../../../src/client/session-events.ts';
import { keys, teaRig } from '../rig.tsx';

/** Ada at the screen, in `tea`, which bob hosts. */
async function room(columns = 100) {
  const { rig, bob } = await teaRig({ columns });
  const typed = (line: string) => rig.press(line, keys.enter);
  const escape = async () => {
    const before = rig.frame();
    await rig.press(keys.escape);
    await rig.until(() => rig.frame() !== before);
  };
  const input = () => rig.lines().at(-1)?.trim();
  const said = (): RoomLine[] =>
    (rig.me.rooms()[0]?.history(100) ?? []).filter((line) => line.kind === 'text' || line.kind === 'me');
  return { rig, bob, typed, escape, input, said };
}
function firstOf([line]: readonly RoomLine[]): RoomLine {
  if (!line) throw new Error('nothing was said');
  return line;
}
const bar = 'rewriting your message: Enter sends it, Esc leaves it as it was';

describe('/edit alone', () => {
  it('puts the last own line into the input, and Enter sends what it became', async () => {
    const { rig, bob, typed, input, said } = await room();
    await typed('helo');
    bob.rooms()[0]?.say('hm?');
    await typed('/edit');
    expect(input()).toBe('› helo');
    expect(rig.frame()).toContain(bar);
    await rig.press(keys.ctrl('u'));
    await typed('hello, all');
    expect(rig.frame()).toContain('hello, all (edited) ✓');
    expect(said()).toMatchObject([{ text: 'hello, all', edited: true }, { text: 'hm?' }]);
    expect(rig.frame()).not.toContain(bar);
    expect(input()).toBe('›');
    expect(bob.rooms()[0]?.history(10)).toMatchObject([{}, {}, {}, { text: 'hello, all' }, {}]);
  });

  it('is left by Escape, which changes nothing and gives back what was being written', async () => {
    const { rig, typed, escape, input, said } = await room();
    await typed('helo');
    rig.controller.input.act({ type: 'set', text: 'a draft' });
    rig.controller.input.rewrite(rig.me.rooms()[0]?.info.id ?? 'lobby', firstOf(said()).id, 'helo');
    await rig.settle();
    expect(input()).toBe('› helo');
    await rig.press(' there');
    await escape();
    expect(input()).toBe('› a draft');
    expect(said()).toMatchObject([{ text: 'helo' }]);
    expect(said()[0]).not.toHaveProperty('edited');
    // What was changed and not sent can be had again.
    await rig.press(keys.ctrl('u'), keys.up);
    expect(input()).toBe('› helo there');
  });

  it('takes what is written for text, whatever it begins with', async () => {
    const { rig, typed, said } = await room();
    await typed('helo');
    await typed('/edit');
    await rig.press(keys.ctrl('u'));
    await typed('/quit');
    expect(rig.quits).toEqual([]);
    expect(said()).toMatchObject([{ text: '/quit', edited: true }]);
  });

  it('sends nothing where nothing was changed, or nothing is left', async () => {
    const { rig, typed, input, said } = await room();
    await typed('hello');
    await typed('/edit');
    await rig.press(keys.enter);
    expect(said()[0]).not.toHaveProperty('edited');
    expect(input()).toBe('›');
    await typed('/edit');
    await rig.press(keys.ctrl('u'), keys.enter);
    expect(rig.frame()).toContain('/delete takes a message back');
    expect(rig.frame()).toContain(bar);
    expect(said()[0]).not.toHaveProperty('edited');
  });

  it('stays where it is when the room does not take it', async () => {
    const { rig, typed, input, said } = await room();
    await typed('helo');
    await typed('/edit');
    rig.me.rooms()[0]?.room.setHostAway(true);
    await typed('!');
    expect(rig.frame()).toContain("The room's host is out of reach");
    expect(input()).toBe('› helo!');
    rig.me.rooms()[0]?.room.setHostAway(false);
    await rig.press(keys.enter);
    expect(said()).toMatchObject([{ text: 'helo!', edited: true }]);
  });

  it('is for the line it was asked for, though another was said since, and waits in its room', async () => {
    const { rig, typed, input, said } = await room();
    await typed('first');
    await typed('/edit');
    rig.me.rooms()[0]?.say('second');
    await rig.press(' line', keys.alt('0'));
    expect(rig.frame()).not.toContain(bar);
    expect(input()).not.toContain('first');
    await rig.press(keys.alt('1'));
    expect(rig.frame()).toContain(bar);
    await rig.press(keys.enter);
    expect(said()).toMatchObject([{ text: 'first line', edited: true }, { text: 'second' }]);
  });

  it('is refused where nothing was said, and Ctrl+C leaves it, too', async () => {
    const { rig, typed, input, said } = await room();
    await typed('/edit');
    expect(rig.frame()).toContain('You have said nothing here');
    await rig.press(keys.ctrl('u'));
    await typed('hello');
    await typed('/edit');
    await rig.press('!', keys.ctrl('c'));
    expect(input()).toBe('›');
    expect(rig.quits).toEqual([]);
    expect(said()[0]).toMatchObject({ text: 'hello' });
    expect(said()[0]).not.toHaveProperty('edited');
  });

  it('says what it is doing in 40 columns', async () => {
    const { rig, typed } = await room(40);
    await typed('helo');
    await typed('/edit');
    expect(rig.frame()).toContain('rewriting: Enter sends, Esc leaves it');
  });
});

describe('/edit with a text, /delete, /react and /quote', () => {
  it('change what is on the screen', async () => {
    const { rig, bob, typed, said } = await room();
    bob.rooms()[0]?.say('milk first?');
    await typed('/quote bob never');
    expect(rig.frame()).toMatch(/↳ {2}bob: milk first\?.*\n.*ada {2}never ✓/);
    await typed('/edit not at all');
    expect(rig.frame()).toContain('not at all (edited) ✓');
    await typed('/react :+1:');
    expect(rig.frame()).toContain('👍 1');
    await typed('/react :+1: bob');
    expect(rig.frame()).not.toContain('👍 1');
    bob.rooms()[0]?.act({ type: 'edit', of: firstOf(said()).id, text: 'milk last?' });
    await rig.settle();
    expect(rig.frame()).toContain('↳  bob: milk last?');
    await typed('/delete');
    expect(rig.frame()).toContain('(taken back)');
    expect(rig.frame()).not.toContain('not at all');
  });
});
