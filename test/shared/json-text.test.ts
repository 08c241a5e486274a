import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonText, printableJson } from '../../src/shared/json-text.ts';
import { escapeCorpus } from '../support/escape-corpus.ts';
import { unprintableIn } from '../support/foreign-bytes.ts';

describe('a line of JSON', () => {
  it.each(escapeCorpus.map(({ what, text }) => [what, text]))(
    'is printable and means the same: %s',
    (_, text) => {
      const line = jsonText({ text, [text]: 1 });
      expect(unprintableIn(line.replace(/[\u0300-\u036f\u0489]{5,}/g, ''))).toEqual([]);
      expect(JSON.parse(line)).toEqual({ text, [text]: 1 });
    },
  );

  it('holds no line end of its own', () => {
    expect(jsonText('a\nb\r\u0085\u2028\u2029')).toBe(String.raw`"a\nb\r\u0085\u2028\u2029"`);
  });

  it('keeps the line end behind it', () => {
    expect(printableJson('{"a":"\u009b"}\n')).toBe('{"a":"\\u009b"}\n');
  });

  it('means the same whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(JSON.parse(jsonText(text))).toBe(text);
      }),
    );
  });
});
