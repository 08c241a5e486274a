import { UnicodeGraphemesAddon } from '@xterm/addon-unicode-graphemes';
import xterm from '@xterm/headless';
import { describe, expect, it } from 'vitest';
import { roomy } from '../../../src/tui/terminal/cells.ts';
import { anchored } from '../../../src/tui/terminal/anchor.ts';
import { displayText, textWidth } from '../../../src/shared/text.ts';

/** How a terminal measures one code point; marks join the cell before where they take none. */
type Measure = (character: string) => 0 | 1 | 2;
const measures: Readonly<Record<string, Measure | 'graphemes'>> = {
  'by graphemes': 'graphemes',
  'code point by code point': (character) => (/\p{Mn}|\p{Me}|\p{Cf}/u.test(character) ? 0 : width(character)),
  'emoji and whatever else is new as narrow': (character) =>
    /\p{M}|\p{Cf}/u.test(character) ? 0 : /[\u3000-\ud7a3]/.test(character) ? 2 : 1,
  'every sign wide': (character) => (character > '\u02ff' && !/[─-╿]/.test(character) ? 2 : 1),
};
const scripts = {
  Hindi: 'नमस्ते क्षि श्री',
  Tamil: 'நி தமிழ் க்ஷ',
  Thai: 'กำ น้ำ ที่',
  Khmer: 'ខ្មែរ ស្ត្រី',
  Tibetan: 'བོད་སྐད',
  Jamo: 'ᄀᆞᆨ 한글',
  Chinese: '漢字 かな',
  Hebrew: 'שָׁלוֹם עולם',
  Arabic: 'مَرْحَبًا ﷽',
  marks: 'Z͑ͫa̐l͋go e\u0301',
  emoji: '👩🏽‍🚀 👨‍👩‍👧 🇩🇪 ❤️ 1️⃣ 🫠',
  music: '𝅘𝅥𝅮 ꧅',
};

function width(character: string): 0 | 1 | 2 {
  return textWidth(character) === 2 ? 2 : 1;
}

/** What a terminal shows of a row, by cell. */
async function cells(written: string, measure: Measure | 'graphemes'): Promise<(column: number) => string> {
  const screen = new xterm.Terminal({ cols: 60, rows: 3, allowProposedApi: true });
  if (measure === 'graphemes') screen.loadAddon(new UnicodeGraphemesAddon());
  else {
    const wcwidth = (codePoint: number): 0 | 1 | 2 => measure(String.fromCodePoint(codePoint));
    screen.unicode.register({
      version: 'test',
      wcwidth,
      charProperties(codePoint, preceding) {
        const before = (preceding >> 1) & 3;
        const own = codePoint < 0x7f ? 1 : wcwidth(codePoint);
        const joined = own === 0 && before > 0;
        return ((joined ? before : own) << 1) | (joined ? 1 : 0);
      },
    });
    screen.unicode.activeVersion = 'test';
  }
  await new Promise<void>((resolve) => screen.write(`\u001b[?7l${written}`, resolve));
  return (column) => screen.buffer.active.getLine(0)?.getCell(column)?.getChars() ?? '';
}

function row(text: string): string {
  const shown = roomy(displayText(text));
  return `\u001b[1G\u001b[2mon \u001b[22m${shown}${' '.repeat(40 - textWidth(shown))}│ Here`;
}

describe('columns behind text that terminals measure otherwise', () => {
  it.each(
    Object.entries(scripts).flatMap(([script, text]) =>
      Object.keys(measures).map((measure) => [script, measure, text] as const),
    ),
  )('hold for %s in a terminal that measures %s', async (_, measure, text) => {
    const cell = await cells(anchored(row(text)), measures[measure] ?? 'graphemes');
    expect([43, 45, 46, 47, 48].map(cell).join('')).toBe('│Here');
  });

  it.each(Object.entries(scripts))(
    'cost %s none of its letters where code points are added up',
    async (_, text) => {
      const cell = await cells(anchored(row(text)), measures['code point by code point'] ?? 'graphemes');
      const shown = Array.from({ length: 40 }, (__, at) => cell(at + 3)).join('');
      expect(shown.replace(/ +/g, '')).toBe(displayText(text).replace(/ +/g, ''));
    },
  );

  it('would not hold by themselves', async () => {
    const cell = await cells(row(scripts.Hindi), measures['code point by code point'] ?? 'graphemes');
    expect(cell(43)).not.toBe('│');
  });

  it('are not touched where all agree', () => {
    const plain = '\u001b[1G\u001b[1mhello\u001b[22m grüße – привет 漢字 ─│● ✓\n';
    expect(anchored(plain)).toBe(plain);
  });

  it('are reached in one step over rows that stay', () => {
    const steps = '\u001b[E'.repeat(22);
    expect(anchored(`\u001b[23A${steps}\u001b[3Ga`)).toBe('\u001b[23A\u001b[22E\u001b[3Ga');
    expect(anchored(`${steps}a\u001b[E\u001b[Eक\u001b[Eb`)).toBe('\u001b[22Ea\u001b[2Eक\u001b[2G\u001b[Eb');
  });

  it('have no colours before them that nothing is written in', () => {
    const vain = '\u001b[38;2;1;2;3m\u001b[39m\u001b[36m';
    expect(anchored(`${vain}\u001b[1m\u001b[38;5;9ma\u001b[39m b\u001b[90m`)).toBe(
      '\u001b[36m\u001b[1m\u001b[38;5;9ma\u001b[39m b\u001b[90m',
    );
    expect(anchored('\u001b[31m\u001b[48;5;2m\u001b[31m\u001b[49m')).toBe(
      '\u001b[31m\u001b[48;5;2m\u001b[31m\u001b[49m',
    );
  });

  it('go on from where a part of a row is drawn anew', () => {
    expect(anchored('\u001b[2E\u001b[7G\u001b[Kक् b')).toBe('\u001b[2E\u001b[7G\u001b[Kक्\u001b[8G b');
    expect(anchored('abc\nक')).toBe('abc\nक\u001b[2G');
    expect(anchored('\u001b[4;9Hक')).toBe('\u001b[4;9Hक\u001b[10G');
    expect(anchored('\u001b]8;;https://example.org\u0007क')).toBe(
      '\u001b]8;;https://example.org\u0007क\u001b[2G',
    );
  });
});
