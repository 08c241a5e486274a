import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8 } from '../../src/shared/bytes.ts';
import { MAX_NICK_BYTES, MAX_TITLE_BYTES } from '../../src/shared/limits.ts';
import {
  cleanNick,
  cleanTitle,
  countLines,
  displayText,
  fileNamePart,
  graphemes,
  sanitize,
  sanitizeLine,
  textWidth,
  truncate,
} from '../../src/shared/text.ts';
import { cpuMs } from '../support/cpu-time.ts';

const ESC = '\u001b';
const family = '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}';

/** What a terminal could act on, what hides, what reorders: none of it may be left. */
const harmful =
  /[\p{Cc}--\n]|[\p{Cs}\p{Co}\u061c\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u3164\uffa0\u115f\u1160\u00ad\u180e\u2028\u2029]|[\u{e0000}-\u{e0fff}]/v;

const sequences = [
  `${ESC}[31m`,
  `${ESC}[2J`,
  `${ESC}[?1049h`,
  `${ESC}[6n`,
  `${ESC}[1;2;3 q`,
  `${ESC}]0;title\u0007`,
  `${ESC}]2;title${ESC}\\`,
  `${ESC}]8;;http://example.org${ESC}\\`,
  `${ESC}]9;notify\u0007`,
  `${ESC}]52;c;QUJD\u0007`,
  `${ESC}]1337;File=inline=1:AAAA\u0007`,
  `${ESC}P1$r0m${ESC}\\`,
  `${ESC}_app${ESC}\\`,
  `${ESC}^privacy${ESC}\\`,
  `${ESC}Xstart${ESC}\\`,
  `${ESC}kscreen${ESC}\\`,
  `${ESC}c`,
  `${ESC}7`,
  `${ESC}(0`,
  `${ESC}#8`,
  '\u009b31m',
  '\u009d0;title\u009c',
  '\u0090q\u009c',
  '\u009fapp\u009c',
  '\u009eprivacy\u009c',
  '\u0098start\u009c',
  '\u0084',
  '\u0085',
];

const pieces = fc.oneof(
  fc.constantFrom(...sequences),
  fc
    .constantFrom(...sequences)
    .chain((text) => fc.nat({ max: text.length }).map((end) => text.slice(0, end))),
  fc
    .constantFrom(...sequences)
    .chain((text) => fc.nat({ max: text.length }).map((start) => text.slice(start))),
  fc.constantFrom(
    '\u0000',
    '\u0007',
    '\b',
    '\t',
    '\n',
    '\v',
    '\f',
    '\r',
    '\r\n',
    ESC,
    '\u007f',
    '\u009b',
    '\u009c',
    '\u2028',
    '\u2029',
    '\u202e',
    '\u2066',
    '\u200b',
    '\u200c',
    '\u200d',
    '\u200e',
    '\u2060',
    '\ufeff',
    '\ufe0f',
    '\ufe0e',
    '\u00ad',
    '\u3164',
    '\u{e0041}',
    '\u{e0100}',
    '\u{f0000}',
    '\ue000',
    '\ufffe',
    '\ud800',
    '\udc00',
    '\u0301',
    '\u20e3',
    '\u034f',
    '\u1160',
    family,
    '\u{1f44d}\u{1f3fd}',
    '\u{1f3fb}',
    '\u2764\ufe0f',
    '1\ufe0f\u20e3',
    '\u{1f1e9}\u{1f1ea}',
    'e\u0301',
    '\u1112\u1161\u11ab',
    '\u0915\u094d\u0937\u093f',
    '\u4e2d',
    '\u05d0',
    '\u0627',
    ';',
    'm',
    '\\',
  ),
  fc.string({ unit: 'grapheme', maxLength: 5 }),
  fc.string({ unit: 'binary', maxLength: 5 }),
  fc.string({ unit: 'binary-ascii', maxLength: 5 }),
);
const hostileText = fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join(''));

describe('sanitize', () => {
  it('leaves nothing but printable text, whatever comes', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const clean = sanitize(text);
        expect(clean).not.toMatch(harmful);
        expect(clean.isWellFormed()).toBe(true);
        expect(clean.normalize('NFC')).toBe(clean);
      }),
      { numRuns: 5_000 },
    );
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const clean = sanitize(text);
        expect(sanitize(clean)).toBe(clean);
        expect(sanitizeLine(sanitizeLine(text))).toBe(sanitizeLine(text));
      }),
      { numRuns: 5_000 },
    );
  });

  it('leaves what people write as it is', () => {
    const texts = [
      'hello',
      'two\nlines',
      'Grüße aus Köln',
      '日本語のテキスト',
      'שלום עולם',
      'مرحبا',
      'क्षि नमस्ते',
      '한국어',
      'Tiếng Việt',
      `${family} 👍🏽 ❤️ 1️⃣ 🇩🇪 ✔️ 👩‍❤️‍👨`,
      'a\u00a0b \u2014 \u201cc\u201d \u2026',
    ];
    for (const text of texts) expect(sanitize(text)).toBe(text);
  });

  it.each(sequences.filter((text) => text !== '\u0085'))(
    'takes out %j, what is around it stays',
    (sequence) => {
      expect(sanitize(`a${sequence}b`)).toBe('ab');
    },
  );

  it.each([
    ['OSC', `a${ESC}]0;title`],
    ['8-bit OSC', 'a\u009d0;title'],
    ['DCS', `a${ESC}Pq#0;2;0`],
    ['APC', `a${ESC}_payload`],
    ['CSI', `a${ESC}[38;5;`],
    ['8-bit CSI', 'a\u009b38;5;'],
    ['a lone escape', `a${ESC}`],
  ])('takes out an unterminated %s to the end of the line', (_what, text) => {
    expect(sanitize(text)).toBe('a');
    expect(sanitize(`${text}\nb`)).toBe('a\nb');
  });

  it('is not tricked by a sequence inside a sequence', () => {
    expect(sanitize(`${ESC}${ESC}[31m[31mred`)).toBe('31mred');
    expect(sanitize(`${ESC}[${ESC}[31m31mred`)).toBe('31mred');
    expect(sanitize(`\u009b\u009b31mred`)).toBe('red');
    expect(sanitize(`${ESC}]0;${ESC}]0;x\u0007y`)).toBe('y');
  });

  it.each([
    ['a carriage return', 'a\rb', 'a\nb'],
    ['a Windows line break', 'a\r\nb', 'a\nb'],
    ['a line separator', 'a\u2028b', 'a\nb'],
    ['a paragraph separator', 'a\u2029b', 'a\nb'],
    ['a next line', 'a\u0085b', 'a\nb'],
    ['a form feed', 'a\fb', 'a\nb'],
    ['a tab', 'a\tb', 'a    b'],
    ['a backspace', 'a\bb', 'ab'],
    ['a bell', 'a\u0007b', 'ab'],
    ['a zero', 'a\0b', 'ab'],
    ['delete', 'a\u007fb', 'ab'],
    ['a bidi override', 'a\u202eb\u202c', 'ab'],
    ['a bidi isolate', 'a\u2066b\u2069', 'ab'],
    ['an Arabic letter mark', 'a\u061cb', 'ab'],
    ['a zero-width space', 'a\u200bb', 'ab'],
    ['a zero-width non-joiner', 'a\u200cb', 'ab'],
    ['a word joiner', 'a\u2060b', 'ab'],
    ['a byte order mark', '\ufeffab', 'ab'],
    ['a soft hyphen', 'a\u00adb', 'ab'],
    ['a Hangul filler', 'a\u3164b', 'ab'],
    ['tag characters', 'a\u{e0061}\u{e007f}b', 'ab'],
    ['a variation selector', 'a\ufe00\u{e0100}b', 'ab'],
    ['an interlinear annotation', 'a\ufff9b\ufffbc', 'abc'],
    ['private use', 'a\ue000\u{f0000}b', 'a\ufffd\ufffdb'],
    ['a noncharacter', 'a\ufffeb', 'a\ufffdb'],
    ['half a surrogate pair', 'a\ud800b', 'a\ufffdb'],
    ['the other half', 'a\udc00b', 'a\ufffdb'],
    ['a decomposed letter', 'e\u0301', 'é'],
    ['a letter with something hidden in it', 'e\u200b\u0301', 'é'],
    ['a joiner between letters', 'a\u200db', 'ab'],
    ['a joiner at the end', '\u{1f468}\u200d', '\u{1f468}'],
    ['two joiners', '\u{1f468}\u200d\u200d\u{1f469}', '\u{1f468}\u{1f469}'],
    ['an emoji selector on a letter', 'a\ufe0f', 'a'],
    ['an emoji selector on a plain digit', '1\ufe0f2', '12'],
    ['two emoji selectors', '\u2764\ufe0f\ufe0f', '\u2764\ufe0f'],
    ['a mark without a base', '\u0301a\n\u0301b', 'a\nb'],
    ['a mark on a space', 'a \u0301b', 'a b'],
  ])('treats %s', (_what, text, clean) => {
    expect(sanitize(text)).toBe(clean);
  });

  it('keeps four combining marks on one character', () => {
    expect(sanitize(`x${'\u0336'.repeat(4)}`)).toBe(`x${'\u0336'.repeat(4)}`);
    expect(sanitize(`x${'\u0336'.repeat(50)}y`)).toBe(`x${'\u0336'.repeat(4)}y`);
    fc.assert(
      fc.property(hostileText, (text) => {
        expect(sanitize(text)).not.toMatch(/\p{M}{5}/u);
      }),
    );
  });

  it('replaces a grapheme of more than 16 code points', () => {
    const people = (count: number) => Array.from({ length: count }, () => '\u{1f468}').join('\u200d');
    expect(sanitize(`a${people(8)}b`)).toBe(`a${people(8)}b`);
    expect(sanitize(`a${people(9)}b`)).toBe('a\ufffdb');
    fc.assert(
      fc.property(hostileText, (text) => {
        for (const grapheme of graphemes(sanitize(text)))
          expect(Array.from(grapheme).length).toBeLessThanOrEqual(16);
      }),
    );
  });

  it('takes a long hostile text in no more than linear time', () => {
    const inputs = [
      `${ESC}]`,
      `${ESC}[`,
      '\u0301',
      '\u200d',
      '\ufe0f',
      '\u{1f468}\u200d',
      '\u{1f3fb}',
      `a${ESC}P`,
    ];
    const slow = inputs.filter((input) => {
      const started = cpuMs();
      displayText(sanitize(input.repeat(20_000)));
      return cpuMs() - started > 2_000;
    });
    expect(slow).toEqual([]);
  });
});

describe('sanitizeLine', () => {
  it('makes one line', () => {
    expect(sanitizeLine('a\nb\r\n\nc')).toBe('a b c');
    fc.assert(
      fc.property(hostileText, (text) => {
        expect(sanitizeLine(text)).not.toContain('\n');
      }),
    );
  });
});

describe('graphemes', () => {
  it('are what a reader calls characters', () => {
    expect(graphemes('abc')).toEqual(['a', 'b', 'c']);
    expect(graphemes(`${family}e\u0301🇩🇪`)).toEqual([family, 'e\u0301', '🇩🇪']);
    expect(graphemes('')).toEqual([]);
  });

  it('put together are the text', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        expect(graphemes(text).join('')).toBe(text);
      }),
    );
  });
});

describe('textWidth', () => {
  it.each([
    ['', 0],
    ['abc', 3],
    ['日本', 4],
    ['e\u0301', 1],
    [family, 2],
    ['🇩🇪', 2],
    ['é…', 2],
  ])('of "%s" is %i cells', (text, cells) => {
    expect(textWidth(text)).toBe(cells);
  });

  it('is the sum of the graphemes’ widths', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const line = sanitizeLine(text);
        expect(textWidth(line)).toBe(graphemes(line).reduce((sum, each) => sum + textWidth(each), 0));
      }),
    );
  });
});

describe('truncate', () => {
  it.each([
    ['hello', 5, 'hello'],
    ['hello', 4, 'hel…'],
    ['hello', 1, '…'],
    ['hello', 0, ''],
    ['日本語', 5, '日本…'],
    ['日本語', 4, '日…'],
    [`${family}${family}`, 3, `${family}…`],
  ])('of "%s" to %i cells is "%s"', (text, cells, cut) => {
    expect(truncate(text, cells)).toBe(cut);
  });

  it('never exceeds the cells, and keeps what fits', () => {
    fc.assert(
      fc.property(hostileText, fc.nat({ max: 30 }), (text, cells) => {
        const line = sanitizeLine(text);
        expect(textWidth(truncate(line, cells))).toBeLessThanOrEqual(cells);
        expect(textWidth(line) > cells || truncate(line, cells) === line).toBe(true);
      }),
    );
  });
});

describe('countLines', () => {
  it('counts the last line too', () => {
    expect([countLines(''), countLines('a'), countLines('a\nb'), countLines('a\n')]).toEqual([1, 1, 2, 2]);
  });
});

describe('displayText', () => {
  it.each([
    ['a skin tone', '👍🏽', '👍'],
    ['a skin tone in a sequence', '👩🏽‍🚀', '👩🚀'],
    ['what joins emoji', '👨‍👩‍👧', '👨👩👧'],
    ['skin tones in a row', '👍🏽🏾🏿', '👍'],
    ['a skin tone on nothing', 'a🏽 🏾🏿', 'a■ ■'],
    ['an emoji selector', '❤️ ✔️', '\u2764 \u2714'],
    ['a keycap', '1️⃣', '1'],
    ['a keycap that is put on twice', '1\ufe0f\u20e3\u20e3', '1'],
  ])('drops %s, of whose width terminals disagree', (_what, text, shown) => {
    expect(displayText(text)).toBe(shown);
  });

  it('keeps all other text', () => {
    for (const text of ['plain', 'Grüße', '🇩🇪', '日本\n語']) expect(displayText(text)).toBe(text);
  });

  it('changes nothing the second time, and makes nothing harmful of clean text', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const shown = displayText(sanitize(text));
        expect(displayText(shown)).toBe(shown);
        expect(shown).not.toMatch(harmful);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('cleanNick', () => {
  it.each([
    ['ada', 'ada'],
    [' ada ', 'ada'],
    ['Grüße', 'Grüße'],
    ['日本', '日本'],
    [`${ESC}[31mada${ESC}[0m`, 'ada'],
    ['a\u200bda', 'ada'],
    ['a'.repeat(20), 'a'.repeat(20)],
    ['a#b', 'a#b'],
  ])('makes %j the nick "%s"', (text, nick) => {
    expect(cleanNick(text)).toBe(nick);
  });

  it.each([
    '',
    ' ',
    'a b',
    'a\nb',
    'a\tb',
    'a\u00a0b',
    '#tea',
    '/quit',
    '@ada',
    '~x',
    'ada~k7q2',
    'a'.repeat(21),
    // What lines show in place of an author, of somebody who whispers, and of the person at the screen.
    '·',
    '»',
    '*',
    '▎',
    '--',
    '->',
    '<ada>',
    'ada>',
    'you',
    'YOU',
    '\u2800',
    'ada\u2800',
    `${ESC}[31m`,
    '\u200b',
  ])('refuses %j', (text) => {
    expect(cleanNick(text)).toBeUndefined();
  });

  it('gives what it would give again, and what fits the wire', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const nick = cleanNick(text);
        expect(nick === undefined || (cleanNick(nick) === nick && utf8(nick).length <= MAX_NICK_BYTES)).toBe(
          true,
        );
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('cleanTitle', () => {
  it.each([
    ['tea', 'tea'],
    ['  tea \n at  five ', 'tea at five'],
    ['t'.repeat(64), 't'.repeat(64)],
    [`${ESC}]0;x\u0007tea`, 'tea'],
  ])('makes %j the title "%s"', (text, title) => {
    expect(cleanTitle(text)).toBe(title);
  });

  it.each(['', '  ', 'tea~k7q2', 't'.repeat(65), '日'.repeat(64) + '日', '👩‍👩‍👧‍👦'.repeat(12)])(
    'refuses %j',
    (text) => {
      expect(cleanTitle(text)).toBeUndefined();
    },
  );

  it('gives what it would give again, and what fits the wire', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const title = cleanTitle(text);
        expect(
          title === undefined || (cleanTitle(title) === title && utf8(title).length <= MAX_TITLE_BYTES),
        ).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('fileNamePart', () => {
  it.each([
    ['tea', 'tea'],
    ['tea at five', 'tea-at-five'],
    ['../../etc/passwd', 'etc-passwd'],
    ['a\\b:c*d?e"f<g>h|i', 'a-b-c-d-e-f-g-h-i'],
    ['-rf', 'rf'],
    ['.hidden', 'hidden'],
    ['trailing. . .', 'trailing'],
    ['', 'unnamed'],
    ['...', 'unnamed'],
    ['\u202e', 'unnamed'],
    ['CON', '_CON'],
    ['com1.txt', '_com1.txt'],
    ['console', 'console'],
    ['日本', '日本'],
    [`${ESC}[31mred`, 'red'],
  ])('of %j is "%s"', (text, part) => {
    expect(fileNamePart(text)).toBe(part);
  });

  it('is safe for every text', () => {
    fc.assert(
      fc.property(fc.oneof(hostileText, fc.string({ unit: 'grapheme', maxLength: 300 })), (text) => {
        const part = fileNamePart(text);
        expect(part).toMatch(/^[^\s/\\:*?"<>|~.-](?:[^\s/\\:*?"<>|~]*[^\s/\\:*?"<>|~.-])?$/u);
        expect(part).not.toMatch(harmful);
        expect(utf8(part).length).toBeLessThanOrEqual(66);
        expect(fileNamePart(part)).toBe(part);
      }),
      { numRuns: 2_000 },
    );
  });
});
