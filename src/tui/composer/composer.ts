import type { Completion } from '../../commands/complete.ts';
import type { MessageId } from '../../shared/ids.ts';
import { startCycle, stepCycle, type CompletionCycle } from './completion-cycle.ts';
import { atEdge, edit, emptyEditor, type EditAction, type EditorState } from './editor-state.ts';
import {
  emptyHistory,
  emptySearch,
  goTo,
  remember,
  searchFor,
  searchOlder,
  walk,
  type HistorySearch,
  type InputHistory,
} from './history.ts';

/** A line of one's own that is being rewritten in the input. */
export interface Rewriting {
  readonly of: MessageId;
  /** What it said. */
  readonly text: string;
  /** What stood in the input before. */
  readonly draft: EditorState;
}

/** The whole input of one buffer. While `search` is there, typing changes the query instead of the text. */
export interface ComposerState {
  readonly editor: EditorState;
  readonly history: InputHistory;
  readonly search?: HistorySearch;
  readonly cycle?: CompletionCycle;
  readonly rewriting?: Rewriting;
}

export type ComposerAction =
  | EditAction
  /** A line up or down in the text, beyond its edge a step through the history. */
  | { readonly type: 'up' | 'down' }
  /** Tab and Shift+Tab; `complete` is asked on the first of a row. */
  | {
      readonly type: 'complete';
      readonly direction: 'next' | 'previous';
      readonly complete: (text: string, cursor: number) => Completion;
    }
  /** Ctrl+R: begins, then goes to older matches. */
  | { readonly type: 'search' }
  /** Esc: back to the text from before. */
  | { readonly type: 'search-cancel' }
  /** Takes what was found into the line. */
  | { readonly type: 'search-accept' }
  /** What stands in the line was taken: it goes into the history and the line is empty. */
  | { readonly type: 'taken' }
  /** Puts a line of one's own there to be changed. */
  | { readonly type: 'rewrite'; readonly of: MessageId; readonly text: string }
  /** Back to what was being written; the changed text goes into the history. */
  | { readonly type: 'rewrite-end' };

/** What changes the line itself, whatever it is written for. */
type LineAction = Exclude<ComposerAction, { type: 'rewrite' | 'rewrite-end' }>;

export const emptyComposer: ComposerState = { editor: emptyEditor, history: emptyHistory };

export function compose(state: ComposerState, action: ComposerAction): ComposerState {
  const { rewriting } = state;
  switch (action.type) {
    case 'rewrite': {
      const { editor, history } = settled(rewriting ? ended(state, rewriting) : state);
      const { of, text } = action;
      return {
        editor: edit(emptied(editor), { type: 'set', text }),
        history,
        rewriting: { of, text, draft: editor },
      };
    }
    case 'rewrite-end':
      return rewriting ? ended(state, rewriting) : state;
    default: {
      const next = composed(state, action);
      return rewriting ? { ...next, rewriting } : next;
    }
  }
}

function ended(state: ComposerState, { text, draft }: Rewriting): ComposerState {
  const line = composed(state, { type: 'search-accept' });
  const { editor, history } = line;
  return {
    editor: { ...draft, kills: editor.kills },
    history: editor.text === text ? settled(line).history : remember(history, editor.text),
  };
}

/** The end of a walk through the history: an unchanged entry gives way to the draft it was walked away from. */
export function settled(state: ComposerState): ComposerState {
  const { editor, history } = composed(state, { type: 'search-cancel' });
  const end = history.entries.length;
  const rest = { ...history, at: end, drafts: new Map<number, string>() };
  if (history.at === end) return { editor, history: rest };
  const draft = history.drafts.get(end) ?? '';
  if (editor.text === history.entries[history.at]) {
    return {
      editor: { ...emptyEditor, text: draft, cursor: draft.length, kills: editor.kills },
      history: rest,
    };
  }
  return { editor, history: draft === '' ? rest : remember(rest, draft) };
}

function composed(state: ComposerState, action: LineAction): ComposerState {
  if (state.search) return composeSearch(state, state.search, action);
  const { editor, history } = state;
  switch (action.type) {
    case 'up':
    case 'down':
      return vertical(state, action.type);
    case 'complete': {
      const { direction } = action;
      const shown = state.cycle
        ? stepCycle(state.cycle, direction)
        : startCycle(editor, action.complete(editor.text, editor.cursor), direction);
      return shown ? { history, ...shown } : state;
    }
    case 'search':
      return { editor, history, search: emptySearch };
    case 'search-cancel':
    case 'search-accept':
      return state;
    case 'taken':
      return { editor: emptied(editor), history: remember(history, editor.text) };
    default:
      return { history, editor: edit(editor, action) };
  }
}

/** What stands in the line: while searching the entry found. */
export function shownText({ editor, history, search }: ComposerState): string {
  return search?.found === undefined ? editor.text : (history.entries[search.found] ?? editor.text);
}

function composeSearch(state: ComposerState, search: HistorySearch, action: LineAction): ComposerState {
  const { editor, history } = state;
  switch (action.type) {
    case 'insert':
      return { ...state, search: searchFor(history, search.query + edit(emptyEditor, action).text) };
    case 'delete': {
      const query = edit(edit(emptyEditor, { type: 'set', text: search.query }), action).text;
      return { ...state, search: searchFor(history, query) };
    }
    case 'search':
      return { ...state, search: searchOlder(history, search) };
    case 'search-cancel':
      return { editor, history };
    case 'search-accept':
      return accepted(state, search);
    default:
      // Any other key takes what was found and then does what it always does.
      return composed(accepted(state, search), action);
  }
}

function accepted({ editor, history }: ComposerState, { found }: HistorySearch): ComposerState {
  if (found === undefined) return { editor, history };
  const gone = goTo(history, found, editor.text);
  return { editor: edit(editor, { type: 'set', text: gone.text }), history: gone.history };
}

function vertical(state: ComposerState, direction: 'up' | 'down'): ComposerState {
  const { editor, history } = state;
  if (!atEdge(editor, direction)) return { history, editor: edit(editor, { type: 'move', to: direction }) };
  const walked = walk(history, direction === 'up' ? 'older' : 'newer', editor.text);
  if (!walked) return { editor, history };
  return { editor: edit(editor, { type: 'set', text: walked.text }), history: walked.history };
}

function emptied(editor: EditorState): EditorState {
  return { ...emptyEditor, kills: editor.kills };
}
