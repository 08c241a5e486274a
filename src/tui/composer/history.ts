/** Lines remembered; the oldest goes first. */
export const MAX_HISTORY = 500;

/** Lines sent before, oldest first, and what is being done to them while walking through. */
export interface InputHistory {
  readonly entries: readonly string[];
  /** Index into `entries`; `entries.length` is the draft below them. */
  readonly at: number;
  /** Texts changed but not sent, by index: walking away and back finds them as they were left. */
  readonly drafts: ReadonlyMap<number, string>;
}

export const emptyHistory: InputHistory = { entries: [], at: 0, drafts: new Map() };

/** After a line was sent: repeated lines are kept once, drafts are dropped, the walk starts anew. */
export function remember(history: InputHistory, line: string): InputHistory {
  const { entries } = history;
  const kept = line.trim() === '' || entries.at(-1) === line ? entries : [...entries, line];
  const bounded = kept.slice(-MAX_HISTORY);
  return { entries: bounded, at: bounded.length, drafts: new Map() };
}

/** Leaves `text` where it is and goes one line up or down; undefined at either end. */
export function walk(
  history: InputHistory,
  direction: 'older' | 'newer',
  text: string,
): { readonly history: InputHistory; readonly text: string } | undefined {
  const to = history.at + (direction === 'older' ? -1 : 1);
  if (to < 0 || to > history.entries.length) return undefined;
  return goTo(history, to, text);
}

/** Goes to an entry as if by walking. */
export function goTo(
  history: InputHistory,
  to: number,
  text: string,
): { readonly history: InputHistory; readonly text: string } {
  const drafts = new Map(history.drafts);
  if (text === (history.entries[history.at] ?? '')) drafts.delete(history.at);
  else drafts.set(history.at, text);
  return { history: { ...history, at: to, drafts }, text: drafts.get(to) ?? history.entries[to] ?? '' };
}

/** Ctrl+R: the newest entry that holds `query`, below `from`. */
export interface HistorySearch {
  readonly query: string;
  /** Index of what was found; undefined while nothing is. */
  readonly found?: number;
}

export const emptySearch: HistorySearch = { query: '' };

/** A longer or shorter query starts from the newest entry again. */
export function searchFor(history: InputHistory, query: string): HistorySearch {
  return find(history, query, history.entries.length);
}

/** Ctrl+R once more; stays where it is when there is nothing older. */
export function searchOlder(history: InputHistory, search: HistorySearch): HistorySearch {
  const older = find(history, search.query, search.found ?? history.entries.length);
  return older.found === undefined ? search : older;
}

function find({ entries }: InputHistory, query: string, before: number): HistorySearch {
  if (query === '') return { query };
  const wanted = query.toLowerCase();
  for (let at = before - 1; at >= 0; at--) {
    if (entries[at]?.toLowerCase().includes(wanted)) return { query, found: at };
  }
  return { query };
}
