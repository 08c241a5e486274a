import type { RoomId } from '../shared/ids.ts';
import { textWidth } from '../shared/text.ts';
import type { Scroller } from './scroller.ts';
import { allBuffers, currentBuffer, type BufferId, type State } from './store/state.ts';
import type { Layout } from './view/layout.ts';
import { lobbyList } from './view/sheets.ts';
import { roomListRows } from './view/room-list.ts';
import type { Row } from './view/span.ts';

/** What a click means. */
export type Target =
  | { readonly type: 'buffer'; readonly buffer: BufferId }
  | { readonly type: 'listed'; readonly room: RoomId }
  | { readonly type: 'link'; readonly url: string }
  | { readonly type: 'hit'; readonly at: number };

/** What is drawn at a cell of the screen, both from 0; undefined where a click means nothing. */
export function clickAt(
  x: number,
  y: number,
  layout: Layout,
  state: State,
  scroller: Pick<Scroller, 'rowAt' | 'findingAt'>,
): Target | undefined {
  const { roomsWidth, mainWidth, bodyHeight } = layout;
  // The topic is above the panes.
  const row = y - 1;
  if (row < 0 || row >= bodyHeight) return undefined;
  if (x < roomsWidth) return bufferTarget(state, roomListRows(state, roomsWidth, bodyHeight)[row]?.key);
  const column = x - (roomsWidth > 0 ? roomsWidth + 2 : 0);
  if (column < 0 || column >= mainWidth) return undefined;
  if (state.finding) {
    const at = Number(scroller.findingAt(row, layout)?.key ?? Number.NaN);
    return Number.isInteger(at) ? { type: 'hit', at } : undefined;
  }
  const list = currentBuffer(state).type === 'lobby' ? lobbyList(state, layout) : [];
  if (row < list.length) {
    const room = state.listed.find(({ id }) => id === list[row]?.key);
    return room && { type: 'listed', room: room.id };
  }
  const url = linkAt(scroller.rowAt(row - list.length, layout), column);
  return url === undefined ? undefined : { type: 'link', url };
}

function bufferTarget(state: State, key: string | undefined): Target | undefined {
  const found = allBuffers(state).find(({ id }) => id === key);
  return found && { type: 'buffer', buffer: found.id };
}

function linkAt(row: Row | undefined, column: number): string | undefined {
  let from = 0;
  for (const { text, link } of row?.spans ?? []) {
    const to = from + textWidth(text);
    if (column >= from && column < to) return link;
    from = to;
  }
  return undefined;
}
