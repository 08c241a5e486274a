import { describe, expect, it } from 'vitest';
import { colourDepth, contrast, hexOf256, nearest256, type Hex } from '../../../src/tui/theme/colour.ts';
import { MIN_CONTRAST, palettes, type Paint } from '../../../src/tui/theme/palettes.ts';
import { lookOf, lookOnBar, nickTone, themeFor } from '../../../src/tui/theme/theme.ts';
import { personNamed } from '../../support/memory-room.ts';

const names = ['dark', 'light', 'high-contrast'] as const;

/** Everything of a theme that is to be read; lines are only there to be seen. */
function readable(name: (typeof names)[number]): readonly (readonly [string, Paint])[] {
  const { tones, nicks } = palettes[name];
  const { line: _, ...read } = tones;
  return [...Object.entries(read), ...nicks.map((paint, index) => [`nick ${index}`, paint] as const)];
}

describe.each(names)('the theme %s', (name) => {
  const { backgrounds, tones } = palettes[name];

  it('is readable on every background that it is made for, and on its bar', () => {
    const under = tones.bar.back ? [...backgrounds, tones.bar.back] : backgrounds;
    for (const [tone, { hex }] of readable(name)) {
      for (const back of hex ? under : [])
        expect.soft(contrast(hex as Hex, back), `${tone} on ${back}`).toBeGreaterThanOrEqual(MIN_CONTRAST);
    }
  });

  it('is as readable in 256 colours', () => {
    const { tones: looks, nicks } = themeFor(name, 8);
    const { line: _, bar: __, ...read } = looks;
    for (const { color } of [...Object.values(read), ...nicks]) {
      const index = /^ansi256\((\d+)\)$/.exec(color ?? '')?.[1];
      for (const back of index === undefined ? [] : backgrounds)
        expect.soft(contrast(hexOf256(Number(index)), back), color).toBeGreaterThanOrEqual(MIN_CONTRAST);
    }
  });

  it('has a bar that is one strip', () => {
    const theme = themeFor(name, 24);
    const looks = (['text', 'dim', 'accent', 'warn', 'nick3'] as const).map((tone) => lookOnBar(theme, tone));
    // What is turned round has its colour behind the text.
    const behind = looks.map((look) => (look.inverse ? look.color : look.backgroundColor));
    expect(new Set(behind).size).toBe(1);
  });

  it('has nick colours that differ', () => {
    const hexes = palettes[name].nicks.map(({ hex }) => hex);
    expect(new Set(hexes).size).toBe(hexes.length);
    expect(hexes.length).toBeGreaterThanOrEqual(12);
  });

  it('uses only named colours where there are 16', () => {
    const { tones: looks, nicks } = themeFor(name, 4);
    for (const { color, backgroundColor } of [...Object.values(looks), ...nicks]) {
      expect(color ?? 'red').toMatch(/^[a-z]+(?:Bright)?$/);
      expect(backgroundColor).toBeUndefined();
    }
  });
});

describe('looks', () => {
  it('give a key one colour for good, on every depth', () => {
    const { key } = personNamed('ada');
    for (const depth of [4, 8, 24] as const) {
      const look = lookOf(themeFor('dark', depth), nickTone(key));
      expect(look.color).toBeDefined();
      expect(lookOf(themeFor('dark', depth), nickTone(key))).toEqual(look);
    }
  });

  it('have no colours where there are none', () => {
    const mono = themeFor('light', 0);
    expect(mono.name).toBe('mono');
    expect(JSON.stringify(mono)).not.toMatch(/"(?:color|backgroundColor)"/);
    expect(JSON.stringify(themeFor('mono', 24))).not.toMatch(/"(?:color|backgroundColor)"/);
  });

  it('follow the background that the terminal tells', () => {
    expect(themeFor('auto', 24, { COLORFGBG: '0;15' }).name).toBe('light');
    expect(themeFor('auto', 24, { COLORFGBG: '15;default;0' }).name).toBe('dark');
    expect(themeFor('auto', 24).name).toBe('dark');
    expect(themeFor('dark', 24, { COLORFGBG: '0;15' }).name).toBe('dark');
  });
});

describe('colours', () => {
  it.each([
    [{ NO_COLOR: '1', COLORTERM: 'truecolor' }, 0],
    [{ NO_COLOR: '', TERM: 'xterm' }, 4],
    [{ TERM: 'dumb' }, 0],
    [{ TERM: 'xterm-256color' }, 8],
    [{ TERM: 'tmux-256color', COLORTERM: 'truecolor' }, 24],
    [{ TERM: 'xterm-kitty' }, 24],
    [{ TERM: 'linux' }, 4],
    [{ TERM: 'xterm-256color', FORCE_COLOR: '1' }, 4],
  ] as const)('of %o are %i bits', (env, depth) => expect(colourDepth(env)).toBe(depth));

  it('have the contrast that WCAG gives them', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
    expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
    expect(hexOf256(196)).toBe('#ff0000');
    expect(nearest256('#fe0101')).toBe(196);
    expect(hexOf256(nearest256('#808080'))).toBe('#808080');
  });
});
