import type { RoomSession } from '../client/api.ts';
import { fetchHistory } from '../client/saving/fetch-history.ts';
import type { RoomLine } from '../client/session-events.ts';
import { edit, emptyEditor, type EditAction, type EditorState } from './composer/editor-state.ts';
import { MAX_HITS, type Finding } from './store/state.ts';
import type { Store } from './store/store.ts';

/** Most events that one search has fetched; the next one goes on. */
const MAX_FETCHED = 100_000;

/** What can be searched: a room, or the whispers with one person. */
export type Searched = Pick<RoomSession, 'search' | 'unfetched' | 'fetchOlder' | 'state'>;

/**
 * The search over everything said in one buffer: it looks again with every letter. What only the host has is fetched meanwhile,
 * until the search is closed.
 */
export class Finder {
  readonly #store: Store;
  readonly #searched: (id: Finding['buffer']) => Searched | undefined;
  /** Ends the fetching for the search that is open; undefined while nothing was fetched for it. */
  #fetching: AbortController | undefined;

  constructor(store: Store, searched: (id: Finding['buffer']) => Searched | undefined) {
    this.#store = store;
    this.#searched = searched;
  }

  get open(): Finding | undefined {
    return this.#store.get().finding;
  }

  /** False in the lobby. */
  start(text = ''): boolean {
    const { current } = this.#store.get();
    if (current === 'lobby') return false;
    this.close();
    this.#look(current, edit(emptyEditor, { type: 'set', text: text.replaceAll('\n', ' ') }));
    return true;
  }

  edit(action: EditAction): void {
    const { open } = this;
    if (!open) return;
    const editor = edit(open.editor, action);
    if (editor.text === open.editor.text) this.#set({ ...open, editor });
    else this.#look(open.buffer, editor);
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
    this.#fetching?.abort();
    this.#fetching = undefined;
    if (this.open) this.#set(undefined);
  }

  #look(buffer: Finding['buffer'], editor: EditorState): void {
    const session = this.#searched(buffer);
    const hits = session?.search(editor.text, MAX_HITS) ?? [];
    const [fetch, unfetched] = [this.open?.fetch, session?.unfetched ?? 0];
    this.#set({ buffer, editor, hits, at: 0, fetch, unfetched });
    if (editor.text.trim() !== '' && !this.#fetching && session) void this.#fetch(buffer, session);
  }

  async #fetch(buffer: Finding['buffer'], session: Searched): Promise<void> {
    if (session.unfetched === 0 || session.state !== 'online') return;
    const stop = new AbortController();
    this.#fetching = stop;
    await fetchHistory(session, {
      most: MAX_FETCHED,
      signal: stop.signal,
      progress: (done, total) => {
        // Whoever shows another room has closed the search without a word.
        if (this.open?.buffer !== buffer) stop.abort();
        if (!stop.signal.aborted) this.#lookAgain(session, done < total ? { done, total } : undefined);
      },
    });
    if (!stop.signal.aborted && this.open?.buffer === buffer) this.#lookAgain(session, undefined);
  }

  /** With the same words, for what has come meanwhile; the chosen hit stays chosen. */
  #lookAgain(session: Searched, fetch: Finding['fetch']): void {
    const { open } = this;
    if (!open) return;
    const hits = session.search(open.editor.text, MAX_HITS);
    const chosen = open.hits[open.at]?.id;
    const at = Math.max(
      0,
      hits.findIndex(({ id }) => id === chosen),
    );
    this.#set({ ...open, hits, at, fetch, unfetched: session.unfetched });
  }

  #set(finding: Finding | undefined): void {
    this.#store.dispatch({ type: 'finding', finding });
  }
}
