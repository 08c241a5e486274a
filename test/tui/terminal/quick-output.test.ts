import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
// @ts-expect-error -- a script without types
import { packagePatches } from '../../../scripts/package-patches.mjs';
import { quickOutput, type Frame } from '../../../src/tui/terminal/quick-output.ts';

interface Drawn extends Frame {
  write(x: number, y: number, text: string, options: { transformers: readonly unknown[] }): void;
  clip(clip: { x1?: number; x2?: number; y1?: number; y2?: number }): void;
  unclip(): void;
}
type DrawnClass = new (options: { width: number; height: number }) => Drawn;

const { default: Output } = (await import(new URL('output.js', import.meta.resolve('ink')).href)) as {
  readonly default: DrawnClass;
};
let slow = 0;
const Quick = quickOutput(
  class extends Output {
    override get(): ReturnType<Frame['get']> {
      slow += 1;
      return super.get();
    }
  },
) as DrawnClass;

const size = { width: 40, height: 6 };

function draw(Kind: DrawnClass, paint: (output: Drawn) => void): string {
  const output = new Kind(size);
  paint(output);
  return cellsOf(output.get().output);
}

/** The same cells in the same looks, however they were written: Ink's own spelling of them. */
function cellsOf(written: string): string {
  const output = new Output(size);
  output.write(0, 0, written, { transformers: [] });
  return output.get().output;
}

const words = fc.stringMatching(/^[ -~]{0,12}$/);
const shown = fc.oneof(
  words,
  fc.constantFrom('漢字', '│', '👍', 'e\u0301', '…', '─── x', 'ш', 'é ', '  ', '\u{1F1E9}\u{1F1EA}'),
  fc.string({ unit: 'grapheme', maxLength: 6 }).map((text) => text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '')),
);
const looks = fc.constantFrom(
  ['', ''],
  ['\x1b[1m', '\x1b[22m'],
  ['\x1b[2m', '\x1b[22m'],
  ['\x1b[38;2;9;30;200m', '\x1b[39m'],
  ['\x1b[48;5;22m\x1b[31m', '\x1b[39m\x1b[49m'],
  ['\x1b[4m\x1b[3m', '\x1b[23m\x1b[24m'],
  ['\x1b]8;id=x;https://example.org/\x07', '\x1b]8;;\x07'],
  ['\x1b]8;;https://example.org/\x07', ''],
  ['\x1b[31m', ''],
);
const text = fc
  .array(fc.tuple(looks, shown), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.map(([[on = '', off = ''], what]) => on + what + off).join(''));
const lines = fc.array(text, { minLength: 1, maxLength: 3 }).map((each) => each.join('\n'));
const at = fc.record({ x: fc.integer({ min: -2, max: 38 }), y: fc.integer({ min: -1, max: 6 }) });
const edge = fc.option(fc.integer({ min: 0, max: 40 }), { nil: undefined });

describe('the quick way to draw a frame', () => {
  it('shows what Ink would show, whatever is written where', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.record({ place: at, lines }),
            fc.record({ x1: edge, x2: edge, y1: edge, y2: edge }),
            fc.constant('unclip' as const),
          ),
          { maxLength: 8 },
        ),
        (steps) => {
          const paint = (output: Drawn): void => {
            for (const step of steps) {
              if (step === 'unclip') output.unclip();
              else if ('lines' in step)
                output.write(step.place.x, step.place.y, step.lines, { transformers: [] });
              else {
                const { x1, x2, y1, y2 } = step;
                output.clip({
                  ...(x1 !== undefined && x2 !== undefined ? { x1, x2 } : {}),
                  ...(y1 !== undefined && y2 !== undefined ? { y1, y2 } : {}),
                });
              }
            }
          };
          expect(draw(Quick, paint)).toBe(draw(Output, paint));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('needs no cells for panes side by side', () => {
    slow = 0;
    const paint = (output: Drawn): void => {
      output.write(10, 0, '\x1b[2m│\x1b[22m\n\x1b[2m│\x1b[22m', { transformers: [] });
      output.clip({ x1: 0, x2: 10, y1: 0, y2: 2 });
      output.write(0, 0, '\x1b[1m\x1b]8;id=1;https://a.b/\x07tea\x1b]8;;\x07\x1b[22m 漢字', {
        transformers: [],
      });
      output.unclip();
      output.write(12, 1, 'said', { transformers: [(line: string) => `\x1b[31m${line}\x1b[39m`] });
    };
    expect(draw(Quick, paint)).toBe(draw(Output, paint));
    expect(slow).toBe(0);
  });

  it('takes for narrow and for wide only what is', () => {
    const source: string = packagePatches.transform(
      'const x = new Intl.Segmenter(); /^[\\u0020-\\u007E]*$/; /^\\p{RGI_Emoji}$/v; for (const {segment} of segmenter.segment(string)) {',
      '/node_modules/string-width/index.js',
    );
    const [any, one, two] = Array.from(
      source.matchAll(/\/(\^\[.*?\][*]?\$)\//g),
      ([, each = 'none']) => each,
    );
    const [narrow, wide] = [matched(one ?? ''), matched(two ?? '')];
    expect(narrow.length).toBeGreaterThan(1_000);
    expect(wide.length).toBeGreaterThan(30_000);
    expect(any).toBe(one?.replace('$', '*$'));
    expect(narrow.filter((character) => stringWidth(character) !== 1)).toEqual([]);
    expect(wide.filter((character) => stringWidth(character) !== 2)).toEqual([]);
    for (const character of narrow) expect(stringWidth(`a${character}b${character}`)).toBe(4);
  });
});

/** Every character of one code unit that an expression takes. */
function matched(expression: string): readonly string[] {
  const all = Array.from({ length: 0x1_00_00 }, (_, code) => String.fromCharCode(code));
  return all.filter((character) => new RegExp(expression).test(character));
}
