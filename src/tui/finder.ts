import type { RoomSession } from '../client/api.ts';
import type { RoomLine } from '../client/session-events.ts';
import { edit, emptyEditor, type EditAction, type EditorState } from './composer/editor-state.ts';
import { isPersonId, type Finding } from './store/state.ts';
import type { Store } from './store/store.ts';

/** Most hits shown; more words find fewer. */
export const MAX_HITS = 200;

/** The search over everything said in a room: it looks again with every letter. */
export class Finder {
  readonly #store: Store;
  readonly #session: (id: Finding['room']) => RoomSession | undefined;

  constructor(store: Store, session: (id: Finding['room']) => RoomSession | undefined) {
    this.#store = store;
    this.#session = session;
  }

  get open(): Finding | undefined {
    return this.#store.get().finding;
  }

  /** False outside rooms. */
  start(text = ''): boolean {
    const { current } = this.#store.get();
    if (current === 'lobby' || isPersonId(current)) return false;
    this.#look(current, edit(emptyEditor, { type: 'set', text: text.replaceAll('\n', ' ') }));
    return true;
  }

  edit(action: EditAction): void {
    const { open } = this;
    if (!open) return;
    const editor = edit(open.editor, action);
    if (editor.text === open.editor.text) this.#set({ ...open, editor });
    else this.#look(open.room, editor);
  }

  /** Towards older hits when positive. */
  move(step: number): void {
    const { open } = this;
    if (!open) return;
    this.#set({ ...open, at: Math.max(0, Math.min(open.hits.length - 1, open.at + step)) });
  }

  choose(at: number): void {
    this.move(at - (this.open?.at ?? 0));
  }

  /** Closes the search; returns what was chosen. */
  take(): RoomLine | undefined {
    const { open } = this;
    this.close();
    return open?.hits[open.at];
  }

  close(): void {
    if (this.open) this.#set(undefined);
  }

  #look(room: Finding['room'], editor: EditorState): void {
    const hits = this.#session(room)?.search(editor.text, MAX_HITS) ?? [];
    this.#set({ room, editor, hits, at: 0 });
  }

  #set(finding: Finding | undefined): void {
    this.#store.dispatch({ type: 'finding', finding });
  }
}
