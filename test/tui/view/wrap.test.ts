import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { graphemes, textWidth } from '../../../src/shared/text.ts';
import { printable } from '../../../src/tui/view/span.ts';
import { wrapText } from '../../../src/tui/view/wrap.ts';

describe('wrapping', () => {
  it('breaks after spaces, keeps newlines, and cuts words only where it must', () => {
    expect(wrapText('the quick brown fox', 10)).toEqual(['the quick', 'brown fox']);
    expect(wrapText('a\n\nb', 10)).toEqual(['a', '', 'b']);
    expect(wrapText('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij']);
    expect(wrapText('see abcdefgh', 6)).toEqual(['see', 'abcdef', 'gh']);
    expect(wrapText('', 5)).toEqual(['']);
  });

  it('breaks between wide characters, never inside one', () => {
    expect(wrapText('日本語の', 5)).toEqual(['日本', '語の']);
    expect(wrapText('👨‍👩‍👧 e\u0301e\u0301', 2)).toEqual(['👨‍👩‍👧', 'e\u0301e\u0301']);
    expect(wrapText('日', 1)).toEqual(['…']);
    expect(wrapText(' abcdefg日x', 8)).toEqual(['', 'abcdefg', '日x']);
  });

  it('begins no row with what closes a sentence, and ends none with what opens one', () => {
    expect(wrapText('日本語です。それは', 10)).toEqual(['日本語で', 'す。それは']);
    expect(wrapText('彼は言った「はい」。', 12)).toEqual(['彼は言った', '「はい」。']);
    expect(wrapText('よい、と言う「はい」。', 18)).toEqual(['よい、と言う「は', 'い」。']);
    expect(wrapText('コーヒー', 6)).toEqual(['コー', 'ヒー']);
    expect(wrapText('。。。。。', 4)).toEqual(['。。', '。。', '。']);
  });

  it('makes no row wider than asked and loses nothing but spaces', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 200 }),
          fc.string({ unit: fc.constantFrom('a', ' ', '漢', '。', '「'), maxLength: 60 }),
        ),
        fc.integer({ min: 2, max: 40 }),
        (raw, width) => {
          const text = printable(raw);
          const rows = wrapText(text, width);
          for (const row of rows) expect(textWidth(row)).toBeLessThanOrEqual(width);
          const bare = (each: string): string => each.replace(/[ \n]/g, '');
          const kept = graphemes(text).map((each) => (textWidth(each) > width ? '…' : each));
          expect(bare(rows.join(''))).toBe(bare(kept.join('')));
        },
      ),
    );
  });
});
