import type { Key } from 'ink';
import { describe, expect, it } from 'vitest';
import { commandOf, keymap, keysHelp } from '../../src/tui/keymap.ts';
import { strokesOf } from '../../src/tui/strokes.ts';

const none: Key = {
  upArrow: false,
  downArrow: false,
  leftArrow: false,
  rightArrow: false,
  pageDown: false,
  pageUp: false,
  home: false,
  end: false,
  return: false,
  escape: false,
  ctrl: false,
  shift: false,
  tab: false,
  backspace: false,
  delete: false,
  meta: false,
  super: false,
  hyper: false,
  capsLock: false,
  numLock: false,
};

describe('the keymap', () => {
  const bindings = Object.values(keymap).flat();

  it('gives every key one meaning', () => {
    const chords = bindings.flatMap(({ chords: each }) => [...each]);
    expect(new Set(chords).size).toBe(chords.length);
  });

  it('binds no function key: they do not arrive', () => {
    expect(bindings.flatMap(({ chords }) => [...chords]).filter((chord) => /f\d+$/.test(chord))).toEqual([]);
  });

  it('is what the help is made of', () => {
    const words = bindings.flatMap((binding) => ('help' in binding ? [binding.help] : []));
    for (const each of words) expect(keysHelp()).toContain(each);
    expect(
      keysHelp()
        .split('\n')
        .every((line) => line.length <= 80),
    ).toBe(true);
  });
});

describe('strokes', () => {
  it('splits a chunk of fast typing into text and keys', () => {
    expect(strokesOf('hello\r', none)).toEqual([
      { type: 'text', text: 'hello' },
      { type: 'key', chord: 'enter' },
    ]);
    expect(strokesOf('a\x01\tb\x7f', none).map((each) => ('chord' in each ? each.chord : each.text))).toEqual(
      ['a', 'ctrl+a', 'tab', 'b', 'backspace'],
    );
  });

  it.each([
    ['', { return: true, meta: true }, 'newline'],
    ['', { return: true, shift: true }, 'newline'],
    ['\n', {}, 'newline'],
    ['n', { ctrl: true }, 'room-next'],
    ['_', { ctrl: true }, 'undo'],
    ['\x1f', {}, 'undo'],
    ['3', { meta: true }, 'room-number'],
    ['', { upArrow: true, meta: true }, 'room-previous'],
    ['', { tab: true, shift: true }, 'complete-back'],
    ['', { leftArrow: true, ctrl: true }, 'word-left'],
    ['', { escape: true, meta: true }, 'escape'],
  ])('names the key of %j %j', (input, flags, command) => {
    const [stroke] = strokesOf(input, { ...none, ...flags });
    expect(stroke?.type === 'key' && commandOf(stroke.chord)).toBe(command);
  });

  it('ignores keys that are let go', () => {
    expect(strokesOf('a', { ...none, eventType: 'release' })).toEqual([]);
  });
});
