import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { graphemes, textWidth } from '../../../src/shared/text.ts';
import { edit, emptyEditor } from '../../../src/tui/composer/editor-state.ts';
import { visualLines } from '../../../src/tui/composer/visual-lines.ts';
import { cpuMs } from '../../support/cpu-time.ts';

/** The rows with the cursor as a bar; `ab|c` is the text with its cursor. */
function rows(marked: string, width: number): string[] {
  const cursor = marked.indexOf('|');
  const view = visualLines({ text: marked.replace('|', ''), cursor }, width);
  return view.lines.map(({ text }, row) => {
    if (row !== view.cursor.row) return text;
    const shown = graphemes(text);
    let width = 0;
    let at = 0;
    while (width < view.cursor.column) width += textWidth(shown[at++] ?? '');
    return [...shown.slice(0, at), '|', ...shown.slice(at)].join('');
  });
}

describe('the rows of the input', () => {
  it('are one empty row for nothing', () => {
    expect(rows('|', 10)).toEqual(['|']);
  });

  it('break at newlines and at the width', () => {
    expect(rows('abcdef\ng|h', 4)).toEqual(['abcd', 'ef', 'g|h']);
    expect(rows('a\n\n|b\n', 4)).toEqual(['a', '', '|b', '']);
  });

  it('give the cursor behind a full row a row of its own', () => {
    expect(rows('abcd|', 4)).toEqual(['abcd', '|']);
    expect(rows('abcd|\ne', 4)).toEqual(['abcd', '|', 'e']);
    expect(rows('abcd|e', 4)).toEqual(['abcd', '|e']);
    expect(rows('abc|d', 4)).toEqual(['abc|d']);
  });

  it('never split a wide character', () => {
    expect(rows('a日本|語', 4)).toEqual(['a日', '本|語']);
    expect(rows('日|本', 1)).toEqual(['日', '|本']);
  });

  it('hold the whole text in order, fit the width, and have the cursor in it', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 80 }),
        fc.integer({ min: 2, max: 20 }),
        fc.nat(),
        (raw, width, place) => {
          const { text } = edit(emptyEditor, { type: 'insert', text: raw.replaceAll('x', '\n') });
          const shown = graphemes(text);
          const cursor = shown.slice(0, place % (shown.length + 1)).join('').length;
          const view = visualLines({ text, cursor }, width);
          expect(view.lines.map((line) => line.text).join('')).toBe(text.replaceAll('\n', ''));
          for (const line of view.lines) {
            expect(line.text).toBe(text.slice(line.from, line.to));
            // Some graphemes, notes of music for one, are wider than two cells and stand alone.
            const cells = graphemes(line.text).length > 1 ? textWidth(line.text) : 0;
            expect(cells).toBeLessThanOrEqual(width);
          }
          const row = view.lines[view.cursor.row];
          expect(view.cursor.column).toBe(textWidth(text.slice(row?.from, cursor)));
          expect(view.cursor.column).toBeLessThan(width);
        },
      ),
    );
  });

  it('give a grapheme that is wider than the width a row of its own', () => {
    expect(rows('a𝅘𝅥𝅲|b', 2)).toEqual(['a', '𝅘𝅥𝅲', '|b']);
  });

  it('are computed in time that grows with the text, not with its square', () => {
    const took = (length: number): number => {
      const text = '日本 abc👍 '.repeat(length);
      visualLines({ text, cursor: text.length }, 80);
      const start = cpuMs();
      visualLines({ text, cursor: text.length }, 80);
      return cpuMs() - start;
    };
    const small = took(300);
    // Sixteen times the text would take 256 times as long if it were quadratic.
    expect(took(16 * 300)).toBeLessThan(100 * small + 50);
  });
});
