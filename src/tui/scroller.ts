import type { ChatClient } from '../client/api.ts';
import type { RoomLine } from '../client/session-events.ts';
import type { Busy } from './busy.ts';
import type { Pages } from './pages.ts';
import { sessionOf } from './sessions.ts';
import { isMention, lineKey, oldestSeq, whisperKey } from './store/entries.ts';
import {
  currentBuffer,
  MAX_HITS,
  personOf,
  roomOf,
  type Anchor,
  type Buffer,
  type BufferId,
  type PersonId,
} from './store/state.ts';
import type { Store } from './store/store.ts';
import type { Layout } from './view/layout.ts';
import { talkHeight, type Sheets } from './view/sheets.ts';
import type { Row } from './view/span.ts';
import { anchorAround, anchorShowing, rowsOf, scrolled, viewport, type Sheet } from './view/viewport.ts';

/** Rows of the old screen that stay when a page is turned. */
const OVERLAP = 1;
/** Rows a turn of the mouse wheel moves. */
const WHEEL_ROWS = 3;

export interface ScrollerParts {
  readonly client: ChatClient;
  readonly store: Store;
  readonly pages: Pages;
  readonly sheets: Sheets;
  readonly busy: Busy;
}

/** Moves the view over the lines of the buffer on screen, fetching those that are not in memory. */
export class Scroller {
  readonly #parts: ScrollerParts;

  constructor(parts: ScrollerParts) {
    this.#parts = parts;
  }

  page(direction: 1 | -1, layout: Layout): void {
    const { height } = this.#view(layout);
    this.#by(direction * Math.max(1, height - OVERLAP), layout);
  }

  wheel(direction: 1 | -1, layout: Layout): void {
    this.#by(direction * WHEEL_ROWS, layout);
  }

  /** The oldest line of the archive; once there, older ones are fetched from the host. */
  home(layout: Layout): void {
    this.#parts.pages.oldest(currentBuffer(this.#parts.store.get()).id);
    const { sheet, height, buffer } = this.#view(layout);
    this.#to(buffer, scrolled(sheet, height, -Number.MAX_SAFE_INTEGER));
  }

  end(): void {
    this.toBottom(currentBuffer(this.#parts.store.get()).id);
  }

  toBottom(id: BufferId): void {
    this.#parts.pages.newest(id);
    this.#parts.store.dispatch({ type: 'scrolled', buffer: id, anchor: undefined });
  }

  firstUnread(layout: Layout): void {
    const { buffer } = this.#view(layout);
    const { marker } = buffer;
    if (marker === undefined) return;
    const gone = buffer.type === 'room' && !buffer.entries.some(({ key }) => key === marker);
    if (gone && buffer.markerSeq !== undefined) this.#parts.pages.around(buffer.id, buffer.markerSeq);
    const view = this.#view(layout);
    this.#to(view.buffer, anchorShowing(view.sheet, view.height, marker));
  }

  /** Shows a line of the archive, wherever it is; false when the archive of this log has it no more. */
  jump(line: Pick<RoomLine, 'id' | 'seq'>, layout: Layout): boolean {
    const { buffer } = this.#view(layout);
    if (buffer.type === 'person') return this.#jumpToWhisper(buffer.id, whisperKey(line.id), layout);
    const key = lineKey(line.id);
    if (!buffer.entries.some((entry) => entry.key === key)) {
      if (line.seq === undefined) return false;
      this.#parts.pages.around(buffer.id, line.seq);
    }
    return this.#around(key, layout);
  }

  #jumpToWhisper(id: PersonId, key: string, layout: Layout): boolean {
    const { pages, store } = this.#parts;
    const isHere = (): boolean =>
      personOf(store.get(), id)?.entries.some((each) => each.key === key) === true;
    if (!isHere()) pages.newest(id);
    while (!isHere() && pages.older(id));
    return this.#around(key, layout);
  }

  #around(key: string, layout: Layout): boolean {
    const { sheet, height, buffer } = this.#view(layout);
    if (!buffer.entries.some((entry) => entry.key === key)) return false;
    this.#to(buffer, anchorAround(sheet, height, key));
    this.#parts.store.dispatch({ type: 'found', buffer: buffer.id, key });
    return true;
  }

  /** Shows the line with `many` lines below it, the oldest where there are fewer; resolves with how many there are. */
  async goBack(many: number, layout: Layout): Promise<number> {
    const { busy, client, pages, store } = this.#parts;
    const room = roomOf(store.get(), store.get().current);
    const session = room && sessionOf(client, room.id);
    if (!room || !session) return 0;
    const wanted = Math.max(1, room.head - many + 1);
    await busy.while('fetching older lines', () => pages.reach(room.id, wanted));
    const lines = session.history(many);
    const [line] = lines;
    if (line && store.get().current === room.id) this.jump(line, layout);
    // A notice would stand at the end, which is not on screen now.
    if (lines.length < many) busy.hint(`That is all there is: ${lines.length} lines`);
    return lines.length;
  }

  /** The mention before the one that was jumped to last, else the newest. */
  previousMention(layout: Layout): void {
    const buffer = currentBuffer(this.#parts.store.get());
    const at = buffer.entries.findIndex(({ key }) => key === buffer.found);
    const above = at < 0 ? buffer.entries : buffer.entries.slice(0, at);
    const entry = above.findLast((each) => each.type === 'line' && each.mention);
    const line = entry?.type === 'line' ? entry.line : this.#archivedMention(buffer);
    if (line) this.jump(line, layout);
    else this.#parts.busy.hint('No earlier line names you');
  }

  /** The row of the middle pane with this number from its top. */
  rowAt(row: number, layout: Layout): Row | undefined {
    const { sheet, height } = this.#view(layout);
    const { rows } = viewport(sheet, height);
    return rows[row - (height - rows.length)];
  }

  /** Likewise of the search. */
  findingAt(row: number, layout: Layout): Row | undefined {
    const state = this.#parts.store.get();
    return state.finding && this.#parts.sheets.finding(state, state.finding, layout)[row];
  }

  /** Key of the newest entry on screen. */
  newest(): string | undefined {
    return currentBuffer(this.#parts.store.get()).entries.at(-1)?.key;
  }

  /** An answer that came after `before` and is longer than the screen is read from its beginning. */
  revealAnswer(layout: Layout, before: string | undefined): void {
    const { sheet, height, buffer } = this.#view(layout);
    const last = buffer.entries.at(-1);
    if (buffer.anchor || last?.type !== 'notice' || last.key === before) return;
    if (last.tone !== 'answer' && last.tone !== 'help') return;
    if (rowsOf(sheet, last.key) > height) this.#to(buffer, anchorShowing(sheet, height, last.key));
  }

  /** Older than what is in memory. */
  #archivedMention(buffer: Buffer): RoomLine | undefined {
    if (buffer.type !== 'room') return undefined;
    const { client, store } = this.#parts;
    const first = oldestSeq(buffer.entries) ?? 0;
    const { self } = store.get();
    // The search takes the beginning of a word for a hit.
    const hits = sessionOf(client, buffer.id)?.search(self.nick, MAX_HITS) ?? [];
    return hits.find((line) => line.seq !== undefined && line.seq < first && isMention(line, self));
  }

  #by(rows: number, layout: Layout): void {
    const { sheet, height, buffer } = this.#view(layout);
    const anchor = scrolled(sheet, height, rows);
    if (!this.#fetch(buffer, sheet, anchor, height, rows)) return this.#to(buffer, anchor);
    // What was fetched has moved nothing, the anchor names an entry; but it has filled what was blank.
    const blank = rows < 0 ? height - viewport(sheet, height).rows.length : 0;
    const view = this.#view(layout);
    this.#to(view.buffer, scrolled(view.sheet, view.height, rows < 0 ? Math.min(0, rows + blank) : rows));
  }

  #fetch(buffer: Buffer, sheet: Sheet, anchor: Anchor | undefined, height: number, rows: number): boolean {
    if (buffer.type === 'lobby') return false;
    if (rows > 0) return anchor === undefined && this.#parts.pages.newer(buffer.id);
    const { atTop } = viewport({ ...sheet, buffer: { ...buffer, anchor } }, height + 1);
    return atTop && this.#parts.pages.older(buffer.id);
  }

  #to(buffer: Buffer, anchor: Anchor | undefined): void {
    this.#parts.store.dispatch({ type: 'scrolled', buffer: buffer.id, anchor });
  }

  #view(layout: Layout): { sheet: Sheet; height: number; buffer: Buffer } {
    const state = this.#parts.store.get();
    const buffer = currentBuffer(state);
    return {
      sheet: this.#parts.sheets.sheet(state, buffer, layout),
      height: talkHeight(state, buffer, layout),
      buffer,
    };
  }
}
