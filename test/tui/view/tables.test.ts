import { describe, expect, it } from 'vitest';
import type { NoticeTone } from '../../../src/tui/store/state.ts';
import { lookOf, themeFor } from '../../../src/tui/theme/theme.ts';
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

/** The words of a text for help that stand out. */
function standing(text: string): string[] {
  const entry = { key: 'n', at: 0, type: 'notice', tone: 'help', text } as const;
  const breaks = { day: false, marker: false, found: false, folded: [] };
  return entryRows(entry, breaks, style)
    .flatMap(({ spans }) => spans.slice(1))
    .filter(({ tone }) => tone !== 'text')
    .map(({ text: words }) => words.trim());
}

function rows(text: string, width: number): string[] {
  const entry = { key: 'n', at: 0, type: 'notice', tone: 'answer', text } as const;
  const breaks = { day: false, marker: false, found: false, folded: [] };
  return entryRows(entry, breaks, { ...style, width }).map(({ spans }) =>
    plainText(spans).replace(/^▎ /, '').trimEnd(),
  );
}

describe('a picture in an answer', () => {
  it('is light on dark in every theme with colours, as cameras expect it', () => {
    const entry = {
      key: 'n',
      at: 0,
      type: 'notice',
      tone: 'answer',
      text: 'Link:\n█▀▀█ ▄█\n▀▀▀▀▀▀▀',
    } as const;
    const breaks = { day: false, marker: false, found: false, folded: [] };
    const tones = entryRows(entry, breaks, style).map(({ spans }) => spans.at(-1)?.tone);
    expect(tones).toEqual(['text', 'picture', 'picture']);
    expect(rows(entry.text, 42)).toEqual(['Link:', '█▀▀█ ▄█', '███████']);
    for (const depth of [4, 8, 24] as const)
      for (const name of ['dark', 'light', 'high-contrast'] as const)
        expect(lookOf(themeFor(name, depth), 'picture')).toEqual({
          color: 'whiteBright',
          backgroundColor: 'black',
        });
  });

  it('is turned round without colours where the background is light', () => {
    expect(lookOf(themeFor('auto', 0), 'picture')).toEqual({ inverse: false });
    expect(lookOf(themeFor('auto', 0, {}, '#ffffff'), 'picture')).toEqual({ inverse: true });
    expect(lookOf(themeFor('mono', 24, { COLORFGBG: '0;15' }), 'picture')).toEqual({ inverse: true });
  });
});

describe('an answer where nicknames have no column', () => {
  const at = new Date(2026, 10, 20, 18, 2).getTime();
  const shown = (text: string, change: Partial<RowStyle> = {}, tone: NoticeTone = 'warning'): string[] => {
    const breaks = { day: false, marker: false, found: false, folded: [] };
    const entry = { key: 'n', at, type: 'notice', tone, text } as const;
    return entryRows(entry, breaks, { ...style, width: 48, time: '24', ...change }).map(({ spans }) =>
      plainText(spans).trimEnd(),
    );
  };

  it('has its time behind the bar, once', () => {
    expect(shown('tea is open while this program runs; /unhost closes it.')).toEqual([
      '▎ 18:02 tea is open while this program runs;',
      '▎ /unhost closes it.',
    ]);
    expect(shown('No.', { time: '12' })).toEqual(['▎ 6:02 pm No.']);
    expect(shown('No.', { time: 'off' })).toEqual(['▎ No.']);
  });

  it('has none where that would cost too much: in a help, a table, a very narrow window', () => {
    expect(shown('Rooms', {}, 'help')).toEqual(['▎ Rooms']);
    expect(shown('ada  here\nbob  away')).toEqual(['▎ ada  here', '▎ bob  away']);
    expect(shown('No.', { width: 20 })).toEqual(['▎ No.']);
  });
});

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

  it('begin what is longer than a row behind its name, not below it', () => {
    expect(rows(`Key   ${'k'.repeat(40)}`, 32)).toEqual([
      `Key   ${'k'.repeat(24)}`,
      `      ${'k'.repeat(16)}`,
    ]);
    expect(rows(`漢字  ${'k'.repeat(40)}`, 32)).toEqual([
      `漢字  ${'k'.repeat(24)}`,
      `      ${'k'.repeat(16)}`,
    ]);
  });

  it('have all of their rows the same way', () => {
    const help = [
      'Rooms',
      '  /rooms [TEXT]            list the rooms in reach',
      '  /win N                   show it',
    ];
    expect(rows(help.join('\n'), 38)).toEqual([
      'Rooms',
      '  /rooms [TEXT]',
      '      list the rooms in reach',
      '  /win N',
      '      show it',
    ]);
    expect(rows(help.join('\n'), 60)).toEqual(help);
  });

  it('stand out in what helps by their headings and names', () => {
    const long = '  /rooms [TEXT]            list the rooms in reach';
    const help = `Rooms\n${long}\n  /win N                   show it\n/help tells more.`;
    expect(standing(help)).toEqual(['Rooms', '/rooms [TEXT]', '/win N']);
    expect(standing('Keys\n  Enter    send; in the lobby with nothing written: join')).toEqual([
      'Keys',
      'Enter',
    ]);
  });

  it('have room for every cell of what terminals measure otherwise', () => {
    expect(rows('नमस्ते क्षि x', 38)).toEqual(['नमस्ते  क्षि  x']);
  });
});
