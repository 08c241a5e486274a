import { wordMatcher } from '../../shared/word-matcher.ts';
import type { ArchiveDatabase, Row } from './archive-database.ts';

/** Lines looked through before the index is asked, and at a time. */
const MAX_LOOKED_THROUGH = 2_000;
const AT_ONCE = 250;

/**
 * The newest `limit` lines of a stream with words that begin like `words`, newest first, where its newest 2 000 lines have
 * so many; else undefined. The index gathers every line of the room for the first letter that is typed, and the newest
 * are all that is shown. `columns` are of `line`, with `seq`, `kind` and `body` among them.
 */
export function recentHits(
  db: ArchiveDatabase,
  columns: string,
  words: readonly string[],
  limit: number,
  stream: number,
): readonly Row[] | undefined {
  // Other letters the index takes apart in ways of its own.
  if (!words.every((word) => /^[a-z0-9]+$/i.test(word))) return undefined;
  const matches = wordMatcher(words);
  const hits: Row[] = [];
  let before = Number.MAX_SAFE_INTEGER;
  for (let looked = 0; looked < MAX_LOOKED_THROUGH; looked += AT_ONCE) {
    const rows = db.all(
      `SELECT ${columns} FROM line WHERE stream = ? AND seq < ? ORDER BY seq DESC LIMIT ?`,
      stream,
      before,
      AT_ONCE,
    );
    for (const row of rows) {
      const { seq, kind, body } = row;
      before = Number(seq);
      if (kind !== 'text' && kind !== 'me') continue;
      if (!matches(String(body))) continue;
      if (hits.push(row) === limit) return hits;
    }
    if (rows.length < AT_ONCE) return undefined;
  }
  return undefined;
}
