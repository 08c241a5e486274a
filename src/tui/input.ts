import {
  compose,
  emptyComposer,
  settled,
  shownText,
  type ComposerAction,
  type ComposerState,
  type Rewriting,
} from './composer/composer.ts';
import { edit, emptyEditor, type EditorState } from './composer/editor-state.ts';
import { remember } from './composer/history.ts';
import type { MessageId } from '../shared/ids.ts';
import { Listeners } from '../shared/listeners.ts';
import type { BufferId } from './store/state.ts';

/** What is being written, in every buffer: each has its draft, all share one history. Nothing written is thrown away. */
export class Input {
  #state: ComposerState = emptyComposer;
  #buffer: BufferId = 'lobby';
  readonly #drafts: Map<string, EditorState>;
  #pasted = false;
  /** What is being rewritten in buffers that are not shown. */
  readonly #rewritings = new Map<string, { readonly rewriting: Rewriting; readonly editor: EditorState }>();
  readonly #listeners = new Listeners();

  /** `drafts` are texts by buffer, of the program before this one. */
  constructor(drafts: ReadonlyMap<string, string> = new Map()) {
    this.#drafts = new Map([...drafts].map(([id, text]) => [id, edit(emptyEditor, { type: 'set', text })]));
    this.#state = { ...emptyComposer, editor: this.#drafts.get(this.#buffer) ?? emptyEditor };
  }

  readonly get = (): ComposerState => this.#state;

  readonly subscribe = this.#listeners.add;

  get text(): string {
    return shownText(this.#state);
  }

  /** Whether some of what stands there was pasted. */
  get pasted(): boolean {
    return this.#pasted;
  }

  /** What is written and not sent, by buffer. */
  drafts(): ReadonlyMap<string, string> {
    const editor = this.#state.rewriting?.draft ?? settled(this.#state).editor;
    const all = new Map<string, EditorState>([...this.#drafts, [this.#buffer, editor]]);
    return new Map([...all].flatMap(([id, { text }]) => (text.trim() === '' ? [] : [[id, text] as const])));
  }

  paste(text: string): void {
    const { text: before, cursor } = this.#state.editor;
    // The end of a file's last line begins no other line of a message.
    this.act({ type: 'insert', text: cursor === before.length ? text.replace(/[\r\n]+$/, '') : text });
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
    else if (this.#state.rewriting) this.act({ type: 'rewrite-end' });
    else this.take();
  }

  /** Puts a line of one's own into the input of `buffer`, where it is shown, to be changed. */
  rewrite(buffer: BufferId, of: MessageId, text: string): void {
    if (buffer === this.#buffer) this.act({ type: 'rewrite', of, text });
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
    const { rewriting } = this.#state;
    const { editor, history } = settled(this.#state);
    const draft = rewriting?.draft ?? editor;
    this.#pasted = false;
    if (rewriting) this.#rewritings.set(this.#buffer, { rewriting, editor });
    if (draft.text === '') this.#drafts.delete(this.#buffer);
    else this.#drafts.set(this.#buffer, draft);
    this.#buffer = buffer;
    const there = this.#rewritings.get(buffer);
    this.#rewritings.delete(buffer);
    const written = there?.editor ?? this.#drafts.get(buffer) ?? emptyEditor;
    this.#set({
      editor: { ...written, kills: editor.kills },
      history,
      ...(there ? { rewriting: there.rewriting } : {}),
    });
  }

  /** A buffer is gone; its draft goes into the history, and so does what was being rewritten there. */
  forget(buffer: BufferId): void {
    const draft = this.#drafts.get(buffer)?.text ?? '';
    const { editor, rewriting } = this.#rewritings.get(buffer) ?? {};
    const rewritten = editor && editor.text !== rewriting?.text ? editor.text : '';
    this.#drafts.delete(buffer);
    this.#rewritings.delete(buffer);
    const left = [draft, rewritten].filter((text) => text !== '');
    if (left.length > 0) this.#set({ ...this.#state, history: left.reduce(remember, this.#state.history) });
  }

  #set(state: ComposerState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#listeners.tell();
  }
}
