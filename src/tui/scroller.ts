import type { Controller } from './controller.ts';
import { currentBuffer, type Anchor, type Buffer } from './store/state.ts';
import type { Layout } from './view/layout.ts';
import { talkHeight, type Sheets } from './view/sheets.ts';
import type { RoomLine } from '../client/session-events.ts';
import type { Row } from './view/span.ts';
import { lineKey } from './store/entries.ts';
import { anchorAround, anchorShowing, rowsOf, scrolled, viewport, type Sheet } from './view/viewport.ts';

/** Rows of the old screen that stay when a page is turned. */
const OVERLAP = 1;
/** Rows a turn of the mouse wheel moves. */
const WHEEL_ROWS = 3;

/** Moves the view over the lines of the buffer on screen, fetching those that are not in memory. */
export class Scroller {
  readonly #controller: Controller;
  readonly #sheets: Sheets;

  constructor(controller: Controller, sheets: Sheets) {
    this.#controller = controller;
    this.#sheets = sheets;
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
    this.#controller.pages.oldest(currentBuffer(this.#controller.store.get()).id);
    const { sheet, height, buffer } = this.#view(layout);
    this.#to(buffer, scrolled(sheet, height, -Number.MAX_SAFE_INTEGER));
  }

  end(): void {
    this.#controller.navigator.toBottom(currentBuffer(this.#controller.store.get()).id);
  }

  firstUnread(layout: Layout): void {
    const { buffer } = this.#view(layout);
    const { marker } = buffer;
    if (marker === undefined) return;
    const gone = buffer.type === 'room' && !buffer.entries.some(({ key }) => key === marker);
    if (gone && buffer.markerSeq !== undefined) this.#controller.pages.around(buffer.id, buffer.markerSeq);
    const view = this.#view(layout);
    this.#to(view.buffer, anchorShowing(view.sheet, view.height, marker));
  }

  /** Shows a line of the archive, wherever it is; false when the archive of this log has it no more. */
  jump(line: Pick<RoomLine, 'id' | 'seq'>, layout: Layout): boolean {
    const key = lineKey(line.id);
    const { buffer } = this.#view(layout);
    if (!buffer.entries.some((entry) => entry.key === key)) {
      if (line.seq === undefined) return false;
      this.#controller.pages.around(buffer.id, line.seq);
    }
    const { sheet, height, buffer: now } = this.#view(layout);
    if (!now.entries.some((entry) => entry.key === key)) return false;
    this.#to(now, anchorAround(sheet, height, key));
    this.#controller.store.dispatch({ type: 'found', buffer: now.id, key });
    return true;
  }

  /** The row of the middle pane with this number from its top. */
  rowAt(row: number, layout: Layout): Row | undefined {
    const { sheet, height } = this.#view(layout);
    const { rows } = viewport(sheet, height);
    return rows[row - (height - rows.length)];
  }

  /** Likewise of the search. */
  findingAt(row: number, layout: Layout): Row | undefined {
    const state = this.#controller.store.get();
    return state.finding && this.#sheets.finding(state, state.finding, layout)[row];
  }

  /** Key of the newest entry on screen. */
  newest(): string | undefined {
    return currentBuffer(this.#controller.store.get()).entries.at(-1)?.key;
  }

  /** An answer that came after `before` and is longer than the screen is read from its beginning. */
  revealAnswer(layout: Layout, before: string | undefined): void {
    const { sheet, height, buffer } = this.#view(layout);
    const last = buffer.entries.at(-1);
    if (buffer.anchor || last?.type !== 'notice' || last.key === before) return;
    if (last.tone !== 'answer' && last.tone !== 'help') return;
    if (rowsOf(sheet, last.key) > height) this.#to(buffer, anchorShowing(sheet, height, last.key));
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
    if (rows > 0) return anchor === undefined && this.#controller.pages.newer(buffer.id);
    const { atTop } = viewport({ ...sheet, buffer: { ...buffer, anchor } }, height + 1);
    return atTop && this.#controller.pages.older(buffer.id);
  }

  #to(buffer: Buffer, anchor: Anchor | undefined): void {
    this.#controller.store.dispatch({ type: 'scrolled', buffer: buffer.id, anchor });
  }

  #view(layout: Layout): { sheet: Sheet; height: number; buffer: Buffer } {
    const state = this.#controller.store.get();
    const buffer = currentBuffer(state);
    return {
      sheet: this.#sheets.sheet(state, buffer, layout),
      height: talkHeight(state, buffer, layout),
      buffer,
    };
  }
}
