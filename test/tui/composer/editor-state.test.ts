import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_TEXT_BYTES, MAX_TEXT_LINES } from '../../../src/shared/limits.ts';
import { graphemes } from '../../../src/shared/text.ts';
import {
  edit,
  emptyEditor,
  MAX_DRAFT_BYTES,
  MAX_UNDO,
  overLimit,
  type EditAction,
  type EditorState,
  type Motion,
} from '../../../src/tui/composer/editor-state.ts';
import { MAX_KILLS } from '../../../src/tui/composer/kill-ring.ts';

/** `ab|c` with the cursor at the bar. */
function at(marked: string): EditorState {
  return { ...emptyEditor, text: marked.replace('|', ''), cursor: marked.indexOf('|') };
}
function show({ text, cursor }: EditorState): string {
  return `${text.slice(0, cursor)}|${text.slice(cursor)}`;
}
function after(marked: string, ...actions: EditAction[]): string {
  return show(actions.reduce(edit, at(marked)));
}
const move = (to: Motion): EditAction => ({ type: 'move', to });
const remove = (to: Motion): EditAction => ({ type: 'delete', to });
const kill = (to: Motion): EditAction => ({ type: 'kill', to });
const insert = (text: string): EditAction => ({ type: 'insert', text });
const yank: EditAction = { type: 'yank' };
const undo: EditAction = { type: 'undo' };

const family = '👨‍👩‍👧';
const flag = '🇩🇪';

describe('typing', () => {
  it('puts text where the cursor is', () => {
    expect(after('a|d', insert('bc'))).toBe('abc|d');
  });

  it('takes many pasted lines as text, whatever newlines and keys they hold', () => {
    expect(after('|', insert('one\r\n/quit\rthree\u001b[A\u0003\ttab'))).toBe('one\n/quit\nthree    tab|');
  });

  it('joins a combining mark to the character before it', () => {
    expect(after('e|', insert('\u0301'))).toBe('é|');
    expect(after('x|', insert('\u0323'))).toBe('x\u0323|');
  });

  it('refuses a paste that fits no draft, whole, and says how big it was', () => {
    const state = edit(at('keep|'), insert('x'.repeat(MAX_DRAFT_BYTES)));
    expect(show(state)).toBe('keep|');
    expect(state.tooBig).toEqual({ bytes: MAX_DRAFT_BYTES + 4 });
    expect(edit(state, insert('!')).tooBig).toBeUndefined();
  });

  it('lets a message grow too long and tells by how much, instead of cutting it', () => {
    const state = edit(emptyEditor, insert('é'.repeat(MAX_TEXT_BYTES)));
    expect(state.text).toHaveLength(MAX_TEXT_BYTES);
    expect(overLimit(state.text)).toEqual({ bytes: 2 * MAX_TEXT_BYTES, lines: 1 });
    expect(overLimit('\n'.repeat(MAX_TEXT_LINES))).toEqual({
      bytes: MAX_TEXT_LINES,
      lines: MAX_TEXT_LINES + 1,
    });
    expect(overLimit('x'.repeat(MAX_TEXT_BYTES))).toBeUndefined();
  });
});

describe('moving and deleting', () => {
  it('goes by what a reader calls characters', () => {
    expect(after(`a${family}|`, move('left'))).toBe(`a|${family}`);
    expect(after(`a|${flag}b`, move('right'))).toBe(`a${flag}|b`);
    expect(after(`a${family}|`, remove('left'))).toBe('a|');
    expect(after(`|${flag}b`, remove('right'))).toBe('|b');
    expect(after('|', remove('left'), move('left'), move('right'))).toBe('|');
  });

  it('goes over newlines like over any character', () => {
    expect(after('a\n|b', move('left'))).toBe('a|\nb');
    expect(after('a|\nb', move('right'))).toBe('a\n|b');
    expect(after('a\n|b', remove('left'))).toBe('a|b');
  });

  it('does not stop inside a grapheme that a deletion made', () => {
    expect(after('🇩x|🇪', remove('left'))).toBe('🇩🇪|');
  });

  it('moves by words in any script', () => {
    expect(after('say "größe_1", да|', move('word-left'))).toBe('say "größe_1", |да');
    expect(after('say "größe_1", |да', move('word-left'))).toBe('say "|größe_1", да');
    expect(after('say| "größe_1", да', move('word-right'))).toBe('say "größe_1|", да');
    expect(after('say ...|', move('word-left'))).toBe('|say ...');
  });

  it('goes to the ends of the line it is in', () => {
    expect(after('one\ntw|o\nthree', move('line-start'))).toBe('one\n|two\nthree');
    expect(after('one\ntw|o\nthree', move('line-end'))).toBe('one\ntwo|\nthree');
  });

  it('keeps its column, in cells, through shorter lines', () => {
    expect(after('日本語\n\nabcdef|', move('up'))).toBe('日本語\n|\nabcdef');
    expect(after('日本語\n\nabcdef|', move('up'), move('up'))).toBe('日本語|\n\nabcdef');
    expect(after('abc|\nd\nefgh', move('down'), move('down'))).toBe('abc\nd\nefg|h');
    expect(after('日|本\nabc', move('down'))).toBe('日本\nab|c');
  });
});

describe('killing and yanking', () => {
  it('takes the rest of the line, then its newline, and gives them back', () => {
    expect(after('on|e\ntwo', kill('line-end'))).toBe('on|\ntwo');
    expect(after('on|e\ntwo', kill('line-end'), kill('line-end'))).toBe('on|two');
    expect(after('on|e\ntwo', kill('line-end'), kill('line-end'), move('line-end'), yank)).toBe('ontwoe\n|');
  });

  it('adds kills in a row on the side they were made', () => {
    expect(after('one two|', kill('blank-word-left'), kill('blank-word-left'), yank)).toBe('one two|');
    expect(after('one |two', kill('line-start'), kill('line-end'), yank)).toBe('one two|');
  });

  it('starts anew after anything else', () => {
    expect(after('one two|', kill('blank-word-left'), move('left'), kill('line-start'), yank)).toBe('one| ');
  });

  it('takes a whole word with its punctuation backwards, up to a space', () => {
    expect(after('see https://x.org/a|', kill('blank-word-left'))).toBe('see |');
    expect(after('see https://x.org/a|', kill('word-left'))).toBe('see https://x.org/|');
  });

  it('remembers a bounded number of kills', () => {
    let state = emptyEditor;
    for (let i = 0; i < 3 * MAX_KILLS; i++) {
      state = [insert(`${i}`), kill('line-start')].reduce(edit, { ...state, killing: false });
    }
    expect(state.kills).toHaveLength(MAX_KILLS);
    expect(show(edit(state, yank))).toBe(`${3 * MAX_KILLS - 1}|`);
  });
});

const motions: readonly Motion[] = [
  'left',
  'right',
  'word-left',
  'word-right',
  'blank-word-left',
  'line-start',
  'line-end',
  'up',
  'down',
];
const snippet = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(
    '\n',
    'a b',
    family,
    flag,
    '🇪',
    '\u0301',
    '\u200d',
    'e\u0301',
    '日本',
    '👍🏽',
    '\u1100',
    '\u1161',
    '\r\n',
  ),
);
const action: fc.Arbitrary<EditAction> = fc.oneof(
  snippet.map(insert),
  fc.constantFrom(...motions).map(move),
  fc.constantFrom(...motions).map(remove),
  fc.constantFrom(...motions).map(kill),
  fc.constant(yank),
);

function boundaries(text: string): number[] {
  const all = [0];
  for (const grapheme of graphemes(text)) all.push((all.at(-1) ?? 0) + grapheme.length);
  return all;
}

describe('undo', () => {
  const typed = (text: string) => graphemes(text).map(insert);

  it('takes back word by word what was typed, and a paste at once', () => {
    const written = [...typed('one two'), insert(' pasted words')];
    expect(after('|', ...written, undo)).toBe('one two|');
    expect(after('|', ...written, undo, undo)).toBe('one|');
    expect(after('|', ...written, undo, undo, undo, undo)).toBe('|');
  });

  it('gives back what was deleted in a row, or cut, with the cursor where it was', () => {
    expect(after('one two|', remove('left'), remove('left'), undo)).toBe('one two|');
    expect(after('one |two', kill('line-start'), undo)).toBe('one |two');
    expect(after('one two|', kill('word-left'), move('line-start'), ...typed('x'), undo, undo)).toBe(
      'one two|',
    );
  });

  it('begins a new step wherever the cursor was moved', () => {
    const moved = [...typed('ac'), move('left'), ...typed('b')];
    expect(after('|', ...moved)).toBe('ab|c');
    expect(after('|', ...moved, undo)).toBe('a|c');
  });

  it('goes back a bounded number of changes', () => {
    const many = Array.from({ length: MAX_UNDO + 5 }, () => insert('some'));
    const back = Array.from({ length: MAX_UNDO + 5 }, () => undo);
    expect(after('|', ...many, ...back)).toBe(`${'some'.repeat(5)}|`);
  });
});

describe('whatever is done', () => {
  it('leaves the cursor between two graphemes', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
        let state = emptyEditor;
        for (const each of actions) {
          state = edit(state, each);
          expect(boundaries(state.text)).toContain(state.cursor);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('gives back with a yank exactly what a kill took', () => {
    fc.assert(
      fc.property(
        fc.array(snippet, { maxLength: 8 }),
        fc.array(fc.constantFrom(...motions)),
        fc.constantFrom('line-start', 'line-end'),
        (parts, moves, to) => {
          const typed = edit(emptyEditor, insert(parts.join('')));
          const placed = moves.map(move).reduce(edit, typed);
          // At the end of a line the newline goes, and what it kept apart may become one grapheme.
          fc.pre(edit(placed, move(to)).cursor !== placed.cursor);
          const killed = edit(placed, kill(to));
          expect(killed.text.length).toBeLessThan(placed.text.length);
          expect(edit(killed, yank).text).toBe(placed.text);
        },
      ),
    );
  });

  it('takes back its own text unchanged', () => {
    fc.assert(
      fc.property(fc.array(snippet, { maxLength: 8 }), (parts) => {
        const { text } = edit(emptyEditor, insert(parts.join('')));
        expect(edit(at('old|'), { type: 'set', text }).text).toBe(text);
      }),
    );
  });

  it('walks over every grapheme once from end to end', () => {
    fc.assert(
      fc.property(fc.array(snippet, { maxLength: 8 }), (parts) => {
        const typed = edit(emptyEditor, insert(parts.join('')));
        const stops = boundaries(typed.text);
        let state: EditorState = { ...typed, cursor: 0 };
        for (const stop of stops.slice(1)) {
          state = edit(state, move('right'));
          expect(state.cursor).toBe(stop);
        }
        for (const stop of stops.slice(0, -1).toReversed()) {
          state = edit(state, move('left'));
          expect(state.cursor).toBe(stop);
        }
      }),
    );
  });
});
