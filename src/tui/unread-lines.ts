import type { RoomSession } from '../client/api.ts';
import type { RoomLine } from '../client/session-events.ts';
import type { ReadPosition } from './services.ts';
import { isMention, isNews, type Oneself } from './store/entries.ts';
import { PAGE_LINES } from './store/state.ts';

/** Lines of one room that are looked at, the newest, to count those that were not read. */
export const MAX_COUNTED = 1_000;

/** What the archive has that was not read. */
export interface UnreadLines {
  /** Number of the last line that was read. */
  readonly after: number;
  readonly unread: number;
  readonly mentions: number;
  readonly first: RoomLine | undefined;
}

/** `newest` are the last lines of the room's archive, where one was read up to `position`. */
export function unreadLines(
  session: Pick<RoomSession, 'history' | 'log'>,
  newest: readonly RoomLine[],
  position: ReadPosition,
  self: Oneself,
): UnreadLines {
  // Numbers of an earlier log say nothing of this one.
  const after = position.log === session.log ? position.seq : 0;
  const isUnread = (line: RoomLine): boolean => (line.seq ?? 0) > after && isNews(line, self);
  let [unread, mentions, looked] = [0, 0, 0];
  let first: RoomLine | undefined;
  let page = newest;
  for (;;) {
    const found = page.filter(isUnread);
    unread += found.length;
    mentions += found.filter((line) => isMention(line, self)).length;
    first = found[0] ?? first;
    looked += page.length;
    const oldest = page[0]?.seq ?? 0;
    if (oldest <= after) return { after, unread, mentions, first };
    if (looked >= MAX_COUNTED) break;
    page = session.history(PAGE_LINES, oldest);
  }
  const next = session.history(PAGE_LINES, after + 1 + PAGE_LINES).find(isUnread);
  return { after, unread, mentions, first: next ?? first };
}
