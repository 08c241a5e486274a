import type { Controller } from './controller.ts';
import { currentBuffer, type Anchor, type Buffer } from './store/state.ts';
import type { Layout } from './view/layout.ts';
import { talkHeight, type Sheets } from './view/sheets.ts';
import { anchorShowing, rowsOf, scrolled, viewport, type Sheet } from './view/viewport.ts';

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

  /** The oldest line in memory; once there, older ones are fetched. */
  home(layout: Layout): void {
    this.#controller.pages.older(currentBuffer(this.#controller.store.get()).id);
    const { sheet, height, buffer } = this.#view(layout);
    this.#to(buffer, scrolled(sheet, height, -Number.MAX_SAFE_INTEGER));
  }

  end(): void {
    this.#controller.toBottom(currentBuffer(this.#controller.store.get()).id);
  }

  firstUnread(layout: Layout): void {
    const { sheet, height, buffer } = this.#view(layout);
    if (buffer.marker !== undefined) this.#to(buffer, anchorShowing(sheet, height, buffer.marker));
  }

  /** Key of the newest entry on screen. */
  newest(): string | undefined {
    return currentBuffer(this.#controller.store.get()).entries.at(-1)?.key;
  }

  /** An answer that came after `before` and is longer than the screen is read from its beginning. */
  revealAnswer(layout: Layout, before: string | undefined): void {
    const { sheet, height, buffer } = this.#view(layout);
    const last = buffer.entries.at(-1);
    if (buffer.anchor || last?.type !== 'notice' || last.tone !== 'answer' || last.key === before) return;
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
