import { expect, it } from 'vitest';
import { textWidth } from '../../../src/shared/text.ts';
import { inPlainSigns } from '../../../src/tui/terminal/plain-signs.ts';
import { presenceMarks, roleMarks } from '../../../src/tui/view/words.ts';

/** What fonts of the console have beside ASCII: code page 437. */
const has = /^[\p{ASCII}•○↑↓→←─│└┘┌┐█▌▐▀▄░√«»·]*$/u;

it('of the screen are ones that the console of Linux has, and take as many cells', () => {
  const marks = [...Object.values(presenceMarks), ...Object.values(roleMarks)];
  const screen = `${marks.join('')} › 1–2 of 9 ✓ ✗ ∅ » you → bob ↳ ▎▏ more … \u2800│─█░ ↑ ↓ •••• nobody’s ·`;
  expect(inPlainSigns(screen)).toMatch(has);
  expect(textWidth(inPlainSigns(screen))).toBe(textWidth(screen));
  expect(new Set(Object.values(presenceMarks).map(inPlainSigns)).size).toBe(3);
  expect(inPlainSigns('\u001b[1mgrüße 漢字')).toBe('\u001b[1mgrüße 漢字');
});
