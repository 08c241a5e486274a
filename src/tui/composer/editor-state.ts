import { utf8 } from '../../shared/bytes.ts';
import { KIB, MAX_TEXT_BYTES, MAX_TEXT_LINES } from '../../shared/limits.ts';
import { countLines, graphemes, sanitize } from '../../shared/text.ts';
import { mostCells } from '../terminal/cells.ts';
import { emptyKillRing, killed, newestKill, type KillRing } from './kill-ring.ts';

/** Most a draft may hold: room for a paste to be shortened by hand, none for a whole log file. */
export const MAX_DRAFT_BYTES = 64 * KIB;

/** Changes that can be taken back. */
export const MAX_UNDO = 50;

/** What is being typed. `cursor` is an index into `text`, always between two graphemes. */
export interface EditorState {
  readonly text: string;
  readonly cursor: number;
  readonly kills: KillRing;
  /** Cells from the line's start that up and down aim at, while nothing else moves the cursor. */
  readonly column?: number;
  /** The last change was a kill: the next one of its kind adds to it. */
  readonly killing: boolean;
  /** How it was before each change, oldest first. */
  readonly before: readonly Pick<EditorState, 'text' | 'cursor'>[];
  /** The last change was one of these; another one behind it is taken back together with it. */
  readonly run?: 'insert' | 'delete';
  /** The last insertion did not fit into a draft and was left out whole. */
  readonly tooBig?: { readonly bytes: number };
}

export type EditAction =
  /** Typed or pasted: newlines are text, and nothing in it is a key. */
  | { readonly type: 'insert'; readonly text: string }
  | { readonly type: 'replace'; readonly from: number; readonly to: number; readonly text: string }
  | { readonly type: 'set'; readonly text: string }
  | { readonly type: 'move'; readonly to: Motion }
  /** Removes up to where the motion leads. */
  | { readonly type: 'delete'; readonly to: Motion }
  /** Removes likewise, for `yank`. */
  | { readonly type: 'kill'; readonly to: Motion }
  | { readonly type: 'yank' }
  /** Takes back the last change: a word that was typed, a row of deletions, a paste. */
  | { readonly type: 'undo' };

/** `line-` is the line of the text the cursor is in, not the row on screen. */
export type Motion =
  | 'left'
  | 'right'
  | 'word-left'
  | 'word-right'
  | 'blank-word-left'
  | 'line-start'
  | 'line-end'
  | 'up'
  | 'down';

export const emptyEditor: EditorState = {
  text: '',
  cursor: 0,
  kills: emptyKillRing,
  killing: false,
  before: [],
};

export function edit(state: EditorState, action: EditAction): EditorState {
  if (action.type === 'undo') {
    const { text, cursor } = state.before.at(-1) ?? state;
    return { ...settled(state, text, cursor), before: state.before.slice(0, -1) };
  }
  const next = changed(state, action);
  if (next.text === state.text) return next;
  const run = runOf(action);
  const goesOn =
    run !== undefined && run === state.run && !(action.type === 'insert' && /^\s/.test(action.text));
  const { text, cursor, before } = state;
  return {
    ...next,
    before: goesOn ? before : [...before, { text, cursor }].slice(-MAX_UNDO),
    ...(run && { run }),
  };
}

/** Letters as they are typed; what comes at once was pasted. */
function runOf(action: EditAction): EditorState['run'] {
  if (action.type === 'delete') return 'delete';
  return action.type === 'insert' && action.text.length <= 2 ? 'insert' : undefined;
}

function changed(state: EditorState, action: Exclude<EditAction, { type: 'undo' }>): EditorState {
  switch (action.type) {
    case 'insert':
      return inserted(state, state.cursor, state.cursor, action.text);
    case 'replace':
      return inserted(state, action.from, action.to, action.text);
    case 'set':
      return inserted(state, 0, state.text.length, action.text);
    case 'move':
      return moved(state, action.to);
    case 'delete':
      return cut(state, destination(state, action.to));
    case 'kill':
      return kill(state, action.to);
    case 'yank':
      return inserted(state, state.cursor, state.cursor, newestKill(state.kills) ?? '');
  }
}

/** How the text exceeds what one message may hold; undefined when it can be sent. */
export function overLimit(text: string): { readonly bytes: number; readonly lines: number } | undefined {
  const bytes = utf8(text).length;
  const lines = countLines(text);
  return bytes > MAX_TEXT_BYTES || lines > MAX_TEXT_LINES ? { bytes, lines } : undefined;
}

/** True where up or down has no line to go to, so that it means the history. */
export function atEdge({ text, cursor }: EditorState, direction: 'up' | 'down'): boolean {
  return direction === 'up' ? !text.slice(0, cursor).includes('\n') : !text.slice(cursor).includes('\n');
}

function inserted(state: EditorState, from: number, to: number, raw: string): EditorState {
  const head = state.text.slice(0, from);
  // A combining mark or a joiner means something only behind the character it belongs to.
  const base = graphemes(head.slice(lineStart(head, head.length))).at(-1) ?? '';
  const before = head.slice(0, head.length - base.length) + sanitize(base + raw);
  const text = before + state.text.slice(to);
  const bytes = utf8(text).length;
  if (bytes > MAX_DRAFT_BYTES) return { ...settled(state, state.text, state.cursor), tooBig: { bytes } };
  return settled(state, text, before.length);
}

/** The state after a change; the cursor moves on to the next boundary, since neighbours may have become one grapheme. */
function settled(state: EditorState, text: string, cursor: number, killing = false): EditorState {
  const { before, kills } = state;
  return { text, cursor: boundaryFrom(text, cursor), kills, killing, before };
}

function moved(state: EditorState, to: Motion): EditorState {
  if (to !== 'up' && to !== 'down') return settled(state, state.text, destination(state, to));
  const column = state.column ?? columnOf(state);
  return { ...settled(state, state.text, destination({ ...state, column }, to)), column };
}

function cut(state: EditorState, other: number, killing = false): EditorState {
  const [from, to] = state.cursor < other ? [state.cursor, other] : [other, state.cursor];
  return settled(state, state.text.slice(0, from) + state.text.slice(to), from, killing);
}

function kill(state: EditorState, motion: Motion): EditorState {
  let other = destination(state, motion);
  // As in readline: at the end of a line the newline itself goes.
  if (motion === 'line-end' && other === state.cursor) other = destination(state, 'right');
  if (other === state.cursor) return state;
  const backwards = other < state.cursor;
  const taken = backwards ? state.text.slice(other, state.cursor) : state.text.slice(state.cursor, other);
  const kills = killed(state.kills, taken, state.killing ? (backwards ? 'before' : 'after') : 'new');
  return cut({ ...state, kills }, other, true);
}

function destination(state: EditorState, motion: Motion): number {
  const { text, cursor } = state;
  switch (motion) {
    case 'left':
      return previousBoundary(text, cursor);
    case 'right':
      return nextBoundary(text, cursor);
    case 'word-left':
      return wordLeft(text, cursor, wordCharacter);
    case 'blank-word-left':
      return wordLeft(text, cursor, /\S/);
    case 'word-right':
      return wordRight(text, cursor);
    case 'line-start':
      return lineStart(text, cursor);
    case 'line-end':
      return lineEnd(text, cursor);
    case 'up': {
      const start = lineStart(text, cursor);
      return start === 0 ? 0 : atColumn(text, lineStart(text, start - 1), state.column ?? columnOf(state));
    }
    case 'down': {
      const end = lineEnd(text, cursor);
      return end === text.length ? end : atColumn(text, end + 1, state.column ?? columnOf(state));
    }
  }
}

function columnOf({ text, cursor }: EditorState): number {
  return graphemes(text.slice(lineStart(text, cursor), cursor)).reduce(
    (sum, each) => sum + mostCells(each),
    0,
  );
}

function atColumn(text: string, start: number, column: number): number {
  let at = start;
  let width = 0;
  for (const grapheme of graphemes(text.slice(start, lineEnd(text, start)))) {
    width += mostCells(grapheme);
    if (width > column) break;
    at += grapheme.length;
  }
  return at;
}

function lineStart(text: string, at: number): number {
  return at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1;
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

// A newline is a boundary on both sides, so one line is enough to look at.
function previousBoundary(text: string, at: number): number {
  const start = lineStart(text, at);
  if (at === start) return Math.max(0, at - 1);
  return at - (graphemes(text.slice(start, at)).at(-1)?.length ?? 0);
}

function nextBoundary(text: string, at: number): number {
  const end = lineEnd(text, at);
  if (at === end) return Math.min(text.length, at + 1);
  return at + (graphemes(text.slice(at, end))[0]?.length ?? 0);
}

function boundaryFrom(text: string, at: number): number {
  let boundary = lineStart(text, at);
  for (const grapheme of graphemes(text.slice(boundary, lineEnd(text, at)))) {
    if (boundary >= at) break;
    boundary += grapheme.length;
  }
  return boundary;
}

const wordCharacter = /[\p{L}\p{N}\p{M}_]/u;

function wordLeft(text: string, cursor: number, isWord: RegExp): number {
  const before = graphemes(text.slice(0, cursor));
  let at = before.length;
  let index = cursor;
  const step = (): void => {
    at -= 1;
    index -= before[at]?.length ?? 0;
  };
  while (at > 0 && !isWord.test(before[at - 1] ?? '')) step();
  while (at > 0 && isWord.test(before[at - 1] ?? '')) step();
  return index;
}

function wordRight(text: string, cursor: number): number {
  const after = graphemes(text.slice(cursor));
  let at = 0;
  while (at < after.length && !wordCharacter.test(after[at] ?? '')) at += 1;
  while (at < after.length && wordCharacter.test(after[at] ?? '')) at += 1;
  return cursor + after.slice(0, at).join('').length;
}
