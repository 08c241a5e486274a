import type { Entry, EntryOf } from '../store/state.ts';
import { sameDay } from './clock.ts';

/** Fewer joins and leaves in a row than this stay as they are. */
const FOLD_FROM = 3;

/** What of a buffer is shown in one line: by index, the lines that the last of a run stands for, `hidden` those before it. */
export interface Folds {
  readonly last: ReadonlyMap<number, readonly EntryOf<'line'>[]>;
  readonly hidden: ReadonlySet<number>;
}

export const noFolds: Folds = { last: new Map(), hidden: new Set() };

const known = new WeakMap<readonly Entry[], { readonly marker: string | undefined; readonly folds: Folds }>();

/** Runs of joins and leaves end with the day and before the line that is new. */
export function foldsOf(entries: readonly Entry[], marker: string | undefined): Folds {
  const cached = known.get(entries);
  if (cached && cached.marker === marker) return cached.folds;
  const folds = findFolds(entries, marker);
  known.set(entries, { marker, folds });
  return folds;
}

function findFolds(entries: readonly Entry[], marker: string | undefined): Folds {
  const last = new Map<number, readonly EntryOf<'line'>[]>();
  const hidden = new Set<number>();
  let run: EntryOf<'line'>[] = [];
  const end = (after: number): void => {
    if (run.length >= FOLD_FROM) {
      last.set(after - 1, run.slice(0, -1));
      for (let index = after - run.length; index < after - 1; index++) hidden.add(index);
    }
    run = [];
  };
  for (const [index, entry] of entries.entries()) {
    const comes = entry.type === 'line' && (entry.line.kind === 'join' || entry.line.kind === 'leave');
    const before = run.at(-1);
    if (!comes || entry.key === marker || (before && !sameDay(before.at, entry.at))) end(index);
    if (comes) run.push(entry);
  }
  end(entries.length);
  return { last, hidden };
}
