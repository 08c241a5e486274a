import { describe, expect, it } from 'vitest';
import type { Anchor, Entry } from '../../../src/tui/store/state.ts';
import { RowCache } from '../../../src/tui/view/row-cache.ts';
import type { RowStyle } from '../../../src/tui/view/row-style.ts';
import { plainText } from '../../../src/tui/view/span.ts';
import { anchorShowing, scrolled, viewport, type Sheet } from '../../../src/tui/view/viewport.ts';

function notices(texts: readonly string[]): Entry[] {
  return texts.map((text, index) => ({ key: `k${index}`, at: 0, type: 'notice', text, tone: 'answer' }));
}

const style: RowStyle = {
  width: 12,
  nickWidth: 0,
  nick: 'ada',
  time: '24',
  nickColors: true,
  nameOf: ({ nick }) => nick,
};

function sheetOf(entries: readonly Entry[], anchor?: Anchor, cache = new RowCache(), marker?: string): Sheet {
  return {
    buffer: { entries, anchor, marker, found: undefined },
    style,
    cache,
    fold: true,
  };
}

function texts(sheet: Sheet, height: number): string[] {
  return viewport(sheet, height).rows.map((row) => plainText(row.spans).replace(/^▎ /, ''));
}

const ten = notices(Array.from({ length: 10 }, (_, n) => `n${n}`));
const tall = notices(['a', 'b1\nb2\nb3', 'c1\nc2', 'd']);

describe('the view over a buffer', () => {
  it('shows the newest rows, and only as many as fit', () => {
    expect(texts(sheetOf(ten), 3)).toEqual(['n7', 'n8', 'n9']);
    expect(texts(sheetOf(tall), 4)).toEqual(['b3', 'c1', 'c2', 'd']);
    expect(viewport(sheetOf(ten), 10).atTop).toBe(true);
    expect(viewport(sheetOf(ten), 9).atTop).toBe(false);
  });

  it('builds no rows but those it shows', () => {
    const cache = new RowCache();
    const many = notices(Array.from({ length: 2_000 }, (_, n) => `n${n}`));
    viewport(sheetOf(many, undefined, cache), 24);
    expect(cache.size).toBe(24);
  });

  it('stays where it is while entries come and go', () => {
    const anchor = scrolled(sheetOf(ten), 3, -2);
    expect(texts(sheetOf(ten, anchor), 3)).toEqual(['n5', 'n6', 'n7']);
    const later = [...ten.slice(2), ...notices(['x']).map((entry) => ({ ...entry, key: 'new' }))];
    expect(texts(sheetOf(later, anchor), 3)).toEqual(['n5', 'n6', 'n7']);
  });

  it('scrolls row by row through entries of many rows, and back to following', () => {
    let anchor: Anchor | undefined;
    const seen: string[] = [];
    for (let step = 0; step < 4; step++) {
      anchor = scrolled(sheetOf(tall, anchor), 3, -1);
      seen.push(texts(sheetOf(tall, anchor), 3).join());
    }
    expect(seen).toEqual(['b3,c1,c2', 'b2,b3,c1', 'b1,b2,b3', 'a,b1,b2']);
    expect(scrolled(sheetOf(tall, anchor), 3, -5)).toEqual(anchor);
    for (let step = 0; step < 4; step++) anchor = scrolled(sheetOf(tall, anchor), 3, 1);
    expect(anchor).toBeUndefined();
  });

  it('never scrolls past the first full screen', () => {
    const anchor = scrolled(sheetOf(ten), 4, -Number.MAX_SAFE_INTEGER);
    expect(texts(sheetOf(ten, anchor), 4)).toEqual(['n0', 'n1', 'n2', 'n3']);
    expect(scrolled(sheetOf(ten), 20, -3)).toBeUndefined();
    expect(scrolled(sheetOf([]), 4, -3)).toBeUndefined();
  });

  it('can show an entry at its top', () => {
    expect(texts(sheetOf(ten, anchorShowing(sheetOf(ten), 3, 'k2')), 3)).toEqual(['n2', 'n3', 'n4']);
    expect(anchorShowing(sheetOf(ten), 3, 'k9')).toBeUndefined();
  });

  it('follows the newest rows when its anchor is gone', () => {
    expect(texts(sheetOf(ten, { key: 'gone', hidden: 4 }), 2)).toEqual(['n8', 'n9']);
  });
});

describe('the cache of rows', () => {
  it('keeps no more entries than its limit, the least used out first', () => {
    const cache = new RowCache(3);
    viewport(sheetOf(ten, undefined, cache), 10);
    expect(cache.size).toBe(3);
  });

  it('gives the same rows for the same entry, and new ones when anything about it changes', () => {
    const cache = new RowCache();
    const [entry] = ten;
    if (!entry) throw new Error('none');
    const breaks = { day: false, marker: false, found: false, folded: [] };
    const rows = cache.rows(entry, breaks, style);
    expect(cache.rows(entry, breaks, style)).toBe(rows);
    expect(cache.rows(entry, breaks, { ...style, width: 21 })).not.toBe(rows);
    expect(cache.rows({ ...entry }, breaks, style)).not.toBe(rows);
  });
});
