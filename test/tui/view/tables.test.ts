import { describe, expect, it } from 'vitest';
import { entryRows } from '../../../src/tui/view/entry-rows.ts';
import type { RowStyle } from '../../../src/tui/view/row-style.ts';
import { plainText } from '../../../src/tui/view/span.ts';

const style: RowStyle = {
  width: 42,
  nickWidth: 0,
  nick: 'ada',
  time: 'off',
  nickColors: true,
  nameOf: ({ nick }) => nick,
};

function rows(text: string, width: number): string[] {
  const entry = { key: 'n', at: 0, type: 'notice', tone: 'answer', text } as const;
  const breaks = { day: false, marker: false, found: false, folded: [] };
  return entryRows(entry, breaks, { ...style, width }).map(({ spans }) =>
    plainText(spans).replace(/^▎ /, '').trimEnd(),
  );
}

describe('tables in an answer', () => {
  it('go on in their last column', () => {
    expect(rows('bell  what rings: whispers and mentions, every line', 32)).toEqual([
      'bell  what rings: whispers and',
      '      mentions, every line',
    ]);
  });

  it('go on below the name where that column would be too narrow', () => {
    expect(rows('  /rooms [TEXT]            list the rooms in reach', 38)).toEqual([
      '  /rooms [TEXT]',
      '      list the rooms in reach',
    ]);
  });

  it('have room for every cell of what terminals measure otherwise', () => {
    expect(rows('नमस्ते क्षि x', 38)).toEqual(['नमस्ते  क्षि  x']);
  });
});
