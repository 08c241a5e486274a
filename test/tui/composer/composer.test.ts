import { describe, expect, it } from 'vitest';
import { complete, type CompletionSource } from '../../../src/commands/complete.ts';
import { commands } from '../../../src/commands/table.ts';
import {
  compose,
  emptyComposer,
  shownText,
  type ComposerAction,
  type ComposerState,
} from '../../../src/tui/composer/composer.ts';
import { messageId } from '../../../src/shared/ids.ts';
import { MAX_HISTORY } from '../../../src/tui/composer/history.ts';

const source: CompletionSource = {
  table: commands,
  nicks: ['bob', 'ada', 'adam'],
  rooms: [],
  relays: [],
  topic: '',
  windows: [],
};
const type_ = (text: string): ComposerAction => ({ type: 'insert', text });
const tab = (direction: 'next' | 'previous' = 'next'): ComposerAction => ({
  type: 'complete',
  direction,
  complete: (text, cursor) => complete(text, cursor, source),
});
const [up, down, taken, search, cancel, accept] = (
  ['up', 'down', 'taken', 'search', 'search-cancel', 'search-accept'] as const
).map((type): ComposerAction => ({ type }));

function run(state: ComposerState, ...actions: (ComposerAction | undefined)[]): ComposerState {
  return actions.reduce<ComposerState>((now, action) => (action ? compose(now, action) : now), state);
}
function sent(...lines: string[]): ComposerState {
  return run(emptyComposer, ...lines.flatMap((line) => [type_(line), taken]));
}

describe('the input history', () => {
  it('goes up through what was sent and down to the draft', () => {
    let state = run(sent('one', 'two'), type_('draft'), up);
    expect(state.editor.text).toBe('two');
    state = run(state, up, up);
    expect(state.editor.text).toBe('one');
    state = run(state, down, down);
    expect(state.editor.text).toBe('draft');
    expect(run(state, down).editor.text).toBe('draft');
  });

  it('keeps what was changed on the way, until a line is sent', () => {
    let state = run(sent('one', 'two'), up, type_('!'), up, down);
    expect(state.editor.text).toBe('two!');
    state = run(state, taken, up, up);
    expect(state.editor.text).toBe('two');
    expect(state.history.entries).toEqual(['one', 'two', 'two!']);
  });

  it('is reached from inside many lines only at their edge', () => {
    let state = run(sent('old'), type_('one\ntwo'), up);
    expect(state.editor).toMatchObject({ text: 'one\ntwo', cursor: 3 });
    state = run(state, up);
    expect(state.editor.text).toBe('old');
    expect(run(state, down).editor.text).toBe('one\ntwo');
  });

  it('keeps a line said twice in a row once, blank ones never, and a bounded number', () => {
    expect(sent('a', 'a', ' ', 'b').history.entries).toEqual(['a', 'b']);
    const many = sent(...Array.from({ length: MAX_HISTORY + 3 }, (_, at) => `${at}`));
    expect(many.history.entries).toHaveLength(MAX_HISTORY);
    expect(many.history.entries[0]).toBe('3');
  });
});

describe('searching the history', () => {
  const lines = sent('make tea', 'drink coffee', 'more tea', 'wash up');

  it('shows the newest line that fits, then older ones, and stays at the oldest', () => {
    let state = run(lines, type_('draft'), search, type_('TE'));
    expect(shownText(state)).toBe('more tea');
    state = run(state, search);
    expect(shownText(state)).toBe('make tea');
    expect(shownText(run(state, search))).toBe('make tea');
  });

  it('searches again for a shorter query', () => {
    const state = run(lines, search, type_('teax'));
    expect(state.search).toEqual({ query: 'teax' });
    expect(shownText(run(state, { type: 'delete', to: 'left' }))).toBe('more tea');
  });

  it('goes back to the draft when it is cancelled', () => {
    const state = run(lines, type_('draft'), search, type_('tea'), cancel);
    expect(state.search).toBeUndefined();
    expect(state.editor.text).toBe('draft');
  });

  it('takes the line found, and lets the draft be walked back to', () => {
    const state = run(lines, type_('draft'), search, type_('coffee'), accept);
    expect(state.editor.text).toBe('drink coffee');
    expect(run(state, up).editor.text).toBe('make tea');
    expect(run(state, down, down, down).editor.text).toBe('draft');
  });

  it('takes the line found when another key is pressed, which then does its work', () => {
    const state = run(lines, search, type_('coffee'), { type: 'move', to: 'line-start' });
    expect(state.search).toBeUndefined();
    expect(state.editor).toMatchObject({ text: 'drink coffee', cursor: 0 });
  });
});

describe('completing', () => {
  it('goes through the candidates, past what was typed, and round again', () => {
    let state = run(emptyComposer, type_('ad'), tab());
    const seen = [state.editor.text];
    for (let i = 0; i < 3; i++) {
      state = run(state, tab());
      seen.push(state.editor.text);
    }
    expect(seen).toEqual(['ada: ', 'adam: ', 'ad', 'ada: ']);
    expect(run(state, tab('previous'), tab('previous')).editor.text).toBe('adam: ');
  });

  it('begins at the last candidate with Shift+Tab', () => {
    expect(run(emptyComposer, type_('ad'), tab('previous')).editor.text).toBe('adam: ');
  });

  it('keeps the rest of the line and puts the cursor behind the candidate', () => {
    const state = run(emptyComposer, type_('bo there'), { type: 'move', to: 'line-start' });
    const inside = run(state, { type: 'move', to: 'right' }, { type: 'move', to: 'right' }, tab());
    expect(inside.editor).toMatchObject({ text: 'bob:  there', cursor: 5 });
  });

  it('ends when anything is typed, so that the next Tab asks anew', () => {
    const state = run(emptyComposer, type_('ad'), tab(), type_('bo'), tab());
    expect(state.editor.text).toBe('ada: bob');
    expect(state.cycle).toBeUndefined();
  });

  it('does nothing where nothing fits', () => {
    const state = run(emptyComposer, type_('zzz'));
    expect(run(state, tab())).toBe(state);
  });
});

describe('rewriting a line', () => {
  const rewrite: ComposerAction = { type: 'rewrite', of: messageId(new Uint8Array(16)), text: 'said' };
  const end: ComposerAction = { type: 'rewrite-end' };

  it('puts the line there and gives the draft back', () => {
    const during = run(emptyComposer, type_('draft'), rewrite, type_('!'));
    expect(during.editor.text).toBe('said!');
    const after = run(during, end);
    expect(after.editor.text).toBe('draft');
    expect(after).not.toHaveProperty('rewriting');
    expect(run(after, up).editor.text).toBe('said!');
  });

  it('leaves no trace where nothing was changed', () => {
    const after = run(sent('one'), type_('draft'), rewrite, end);
    expect(after.editor.text).toBe('draft');
    expect(after.history.entries).toEqual(['one']);
  });

  it('goes on while the history is searched or walked, and ends from there, too', () => {
    const walked = run(sent('one', 'two'), type_('draft'), rewrite, up);
    expect(walked.editor.text).toBe('two');
    expect(run(walked, down).editor.text).toBe('said');
    const searching = run(sent('one', 'two'), type_('draft'), rewrite, search, type_('on'));
    expect(searching).toHaveProperty('rewriting');
    expect(run(searching, cancel).editor.text).toBe('said');
    expect(run(searching, accept, type_('!')).editor.text).toBe('one!');
    expect(run(searching, end).editor.text).toBe('draft');
  });

  it('of another line begins from the same draft', () => {
    const other: ComposerAction = {
      type: 'rewrite',
      of: messageId(new Uint8Array(16).fill(1)),
      text: 'other',
    };
    const state = run(emptyComposer, type_('draft'), rewrite, other);
    expect(state.editor.text).toBe('other');
    expect(run(state, end).editor.text).toBe('draft');
  });
});
