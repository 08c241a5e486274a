import {
  compose,
  emptyComposer,
  shownText,
  type ComposerAction,
  type ComposerState,
} from './composer/composer.ts';
import { edit, emptyEditor, type EditorState } from './composer/editor-state.ts';
import { remember } from './composer/history.ts';
import type { BufferId } from './store/state.ts';

/** What is being written, in every buffer: each has its draft, all share one history. Nothing written is thrown away. */
export class Input {
  #state: ComposerState = emptyComposer;
  #buffer: BufferId = 'lobby';
  readonly #drafts: Map<string, EditorState>;
  #pasted = false;
  readonly #listeners = new Set<() => void>();

  /** `drafts` are texts by buffer, of the program before this one. */
  constructor(drafts: ReadonlyMap<string, string> = new Map()) {
    this.#drafts = new Map([...drafts].map(([id, text]) => [id, edit(emptyEditor, { type: 'set', text })]));
    this.#state = { ...emptyComposer, editor: this.#drafts.get(this.#buffer) ?? emptyEditor };
  }

  readonly get = (): ComposerState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  get text(): string {
    return shownText(this.#state);
  }

  /** Whether some of what stands there was pasted. */
  get pasted(): boolean {
    return this.#pasted;
  }

  /** What is written and not sent, by buffer. */
  drafts(): ReadonlyMap<string, string> {
    const { editor } = settled(this.#state);
    const all = new Map<string, EditorState>([...this.#drafts, [this.#buffer, editor]]);
    return new Map([...all].flatMap(([id, { text }]) => (text.trim() === '' ? [] : [[id, text] as const])));
  }

  paste(text: string): void {
    this.act({ type: 'insert', text });
    this.#pasted = true;
  }

  act(action: ComposerAction): void {
    this.#set(compose(this.#state, action));
    if (this.#state.editor.text === '') this.#pasted = false;
  }

  /** Empties the line into the history and returns what stood there. */
  take(): string {
    const { text } = this;
    this.act({ type: 'search-accept' });
    this.act({ type: 'taken' });
    return text;
  }

  /** Ctrl+C: empties the line, which can still be had from the history. */
  drop(): void {
    if (this.#state.search) this.act({ type: 'search-cancel' });
    else this.take();
  }

  /** Puts text that was not accepted back, unless something else has been written since: then it is in the history. */
  giveBack(buffer: BufferId, text: string): void {
    if (buffer === this.#buffer) {
      if (this.#state.editor.text === '') this.act({ type: 'set', text });
    } else if ((this.#drafts.get(buffer)?.text ?? '') === '') {
      this.#drafts.set(buffer, edit(emptyEditor, { type: 'set', text }));
    }
  }

  show(buffer: BufferId): void {
    if (buffer === this.#buffer) return;
    const { editor, history } = settled(this.#state);
    this.#pasted = false;
    if (editor.text === '') this.#drafts.delete(this.#buffer);
    else this.#drafts.set(this.#buffer, editor);
    this.#buffer = buffer;
    const draft = this.#drafts.get(buffer) ?? emptyEditor;
    this.#set({ editor: { ...draft, kills: editor.kills }, history });
  }

  /** A buffer is gone; its draft goes into the history. */
  forget(buffer: BufferId): void {
    const draft = this.#drafts.get(buffer)?.text ?? '';
    this.#drafts.delete(buffer);
    if (draft !== '') this.#set({ ...this.#state, history: remember(this.#state.history, draft) });
  }

  #set(state: ComposerState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

/** The end of a walk through the history: an unchanged entry gives way to the draft it was walked away from. */
function settled(state: ComposerState): ComposerState {
  const { editor, history } = compose(state, { type: 'search-cancel' });
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
