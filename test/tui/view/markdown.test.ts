import { describe, expect, it } from 'vitest';
import { linksOf, markdownSpans } from '../../../src/tui/view/markdown.ts';
import { plainText } from '../../../src/tui/view/span.ts';
import { cpuMs } from '../../support/cpu-time.ts';

describe('markdown', () => {
  it('shows bold, italic, code and links', () => {
    expect(markdownSpans('a **b** *c* _d_ `e*` https://x.org/y.')).toEqual([
      { text: 'a ', tone: 'text' },
      { text: 'b', tone: 'text', bold: true },
      { text: ' ', tone: 'text' },
      { text: 'c', tone: 'text', italic: true },
      { text: ' ', tone: 'text' },
      { text: 'd', tone: 'text', italic: true },
      { text: ' ', tone: 'text' },
      { text: 'e*', tone: 'code' },
      { text: ' ', tone: 'text' },
      { text: 'https://x.org/y', tone: 'link', link: 'https://x.org/y' },
      { text: '.', tone: 'text' },
    ]);
  });

  it.each([
    'snake_case_name',
    '2*3*4',
    '* not a list',
    '**',
    '`',
    '``',
    '_ _',
    'a ** b ** c',
    '1 > 0',
    '```',
  ])('leaves %s as it was typed', (text) => {
    expect(plainText(markdownSpans(text))).toBe(text);
  });

  it.each([
    [
      'see https://en.wikipedia.org/wiki/Tea_(disambiguation).',
      'https://en.wikipedia.org/wiki/Tea_(disambiguation)',
    ],
    ['(see https://x.org/y)', 'https://x.org/y'],
    ['(see https://x.org/y_(z))', 'https://x.org/y_(z)'],
    ['[https://x.org/y]!?', 'https://x.org/y'],
    ['at http://[::1]:8080/, now', 'http://[::1]:8080/'],
    ['or http://[::1].', 'http://[::1]'],
    ['見て https://x.org/茶。', 'https://x.org/茶'],
    ['https://x.org/a)b', 'https://x.org/a)b'],
  ])('ends a link where its writer did: %s', (text, link) => {
    expect(linksOf(text)).toEqual([link]);
    expect(plainText(markdownSpans(text))).toBe(text);
  });

  it.each(['https://', 'https://)', 'http://...', 'https:// x'])('has no link in %s', (text) => {
    expect(linksOf(text)).toEqual([]);
    expect(plainText(markdownSpans(text))).toBe(text);
  });

  it('shows quotes and fenced code without their marks', () => {
    expect(plainText(markdownSpans('> said\nyes\n```js\nlet *x* = 1;\n```'))).toBe(
      '▏said\nyes\nlet *x* = 1;',
    );
  });

  it('takes no time over hostile lines', () => {
    const started = cpuMs();
    for (const part of [
      '**a ',
      '*a ',
      '_a ',
      '`',
      '`a',
      'https://',
      'https://x)',
      ')',
      '** **',
      '> ',
      '```\n',
    ]) {
      markdownSpans(part.repeat(4_096 / part.length));
      markdownSpans(`https://x${part.repeat(4_096 / part.length)}`);
    }
    expect(cpuMs() - started).toBeLessThan(500);
  });
});
