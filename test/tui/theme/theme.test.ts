import { describe, expect, it } from 'vitest';
import {
  colourDepth,
  contrast,
  hexOf256,
  nearest256,
  type ColourDepth,
  type Hex,
} from '../../../src/tui/theme/colour.ts';
import { HIGH_CONTRAST, MIN_CONTRAST, palettes, type Paint } from '../../../src/tui/theme/palettes.ts';
import { lookOf, lookOnBar, nickTone, themeFor, type Theme } from '../../../src/tui/theme/theme.ts';
import { personNamed } from '../../support/memory-room.ts';

const names = ['dark', 'light', 'high-contrast', 'high-contrast-light'] as const;

/** The theme of this name, as it is come by. */
function theme(name: (typeof names)[number], depth: ColourDepth): Theme {
  if (name !== 'high-contrast-light') return themeFor(name, depth);
  return themeFor('high-contrast', depth, {}, '#ffffff');
}

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
    const least = name.startsWith('high') ? HIGH_CONTRAST : MIN_CONTRAST;
    for (const [tone, { hex }] of readable(name)) {
      for (const back of hex ? under : [])
        expect.soft(contrast(hex as Hex, back), `${tone} on ${back}`).toBeGreaterThanOrEqual(least);
    }
  });

  it('is as readable in 256 colours', () => {
    const { tones: looks, nicks } = theme(name, 8);
    const { line: _, bar: __, ...read } = looks;
    for (const { color } of [...Object.values(read), ...nicks]) {
      const index = /^ansi256\((\d+)\)$/.exec(color ?? '')?.[1];
      for (const back of index === undefined ? [] : backgrounds)
        expect.soft(contrast(hexOf256(Number(index)), back), color).toBeGreaterThanOrEqual(MIN_CONTRAST);
    }
  });

  it('has a bar that is one strip', () => {
    const looks = (['text', 'dim', 'accent', 'warn', 'nick3'] as const).map((tone) =>
      lookOnBar(theme(name, 24), tone),
    );
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
    const { tones: looks, nicks } = theme(name, 4);
    for (const { color, backgroundColor } of [...Object.values(looks), ...nicks]) {
      expect(color ?? 'red').toMatch(/^[a-z]+(?:Bright)?$/);
      expect(backgroundColor).toBeUndefined();
    }
  });
});

/** What terminals make of the 16 colours: xterm, VGA, Windows, macOS, Tango. */
const terminals = [
  '000000 cd0000 00cd00 cdcd00 0000ee cd00cd 00cdcd e5e5e5 7f7f7f ff0000 00ff00 ffff00 5c5cff ff00ff 00ffff ffffff',
  '000000 aa0000 00aa00 aa5500 0000aa aa00aa 00aaaa aaaaaa 555555 ff5555 55ff55 ffff55 5555ff ff55ff 55ffff ffffff',
  '0c0c0c c50f1f 13a10e c19c00 0037da 881798 3a96dd cccccc 767676 e74856 16c60c f9f1a5 3b78ff b4009e 61d6d6 f2f2f2',
  '000000 990000 00a600 999900 0000b2 b200b2 00a6b2 bfbfbf 666666 e50000 00d900 e5e500 0000ff e500e5 00e5e5 e5e5e5',
  '2e3436 cc0000 4e9a06 c4a000 3465a4 75507b 06989a d3d7cf 555753 ef2929 8ae234 fce94f 729fcf ad7fa8 34e2e2 eeeeec',
].map((colours) => colours.split(' '));
const hues = ['red', 'green', 'yellow', 'blue', 'magenta', 'cyan'];
/** By their places among the 16, without black, white and the greys. */
const named = new Map([
  ...hues.map((hue, at) => [hue, at + 1] as const),
  ...hues.map((hue, at) => [`${hue}Bright`, at + 9] as const),
]);

/** In the middle one of the terminals. */
function usualContrast(colour: string, back: Hex): number {
  const at = named.get(colour) ?? 0;
  return terminals.map((colours) => contrast(`#${colours[at]}`, back)).toSorted((a, b) => a - b)[2] ?? 0;
}

describe.each([
  ['dark', '#1e1e1e', 14],
  ['light', '#ffffff', 9],
] as const)('the nicks of the theme %s in 16 colours', (name, back, many) => {
  const { tones, nicks } = themeFor(name, 4);

  it('have every colour that is readable and neither an error’s nor a mention’s', () => {
    // What is bold may be shown as bright.
    const taken = [tones.bad, tones.marker, tones.mention].flatMap(({ color = '', bold }) =>
      bold ? [color, `${color}Bright`] : [color],
    );
    const wanted = [...named.keys()].filter(
      (colour) => usualContrast(colour, back) >= 3 && !taken.includes(colour),
    );
    expect(new Set(nicks.map(({ color }) => color))).toEqual(new Set(wanted));
    const asBold = nicks.flatMap(({ color = '', bold }) => (bold ? [color] : []));
    const shown = asBold.map((colour) => (named.has(`${colour}Bright`) ? `${colour}Bright` : colour));
    expect(Math.min(...shown.map((colour) => usualContrast(colour, back)))).toBeGreaterThanOrEqual(3);
  });

  it('all look different, and are given to about as many people each', () => {
    expect(new Set(nicks.map((look) => JSON.stringify(look))).size).toBe(many);
    const people = 2_000;
    const given = new Map<string, number>();
    for (let n = 0; n < people; n++) {
      const look = JSON.stringify(lookOf(themeFor(name, 4), nickTone(personNamed(`person ${n}`).key)));
      given.set(look, (given.get(look) ?? 0) + 1);
    }
    expect(given.size).toBe(many);
    for (const count of given.values()) {
      expect(count).toBeGreaterThan((people / many) * 0.7);
      expect(count).toBeLessThan((people / many) * 1.3);
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

  it('believe what the terminal answers more than what was inherited', () => {
    const dark = { COLORFGBG: '15;0' };
    expect(themeFor('auto', 24, dark, '#fdf6e3').name).toBe('light');
    expect(themeFor('auto', 24, dark, '#2e3440').name).toBe('dark');
    expect(themeFor('auto', 24, { COLORFGBG: '0;15' }, '#300a24').name).toBe('dark');
    expect(themeFor('dark', 24, dark, '#ffffff').name).toBe('dark');
    expect(themeFor('high-contrast', 24, dark, '#ffffff').tones.text.color).toBe('#000000');
    expect(themeFor('high-contrast', 24, dark, '#000000').tones.text.color).toBe('#ffffff');
    expect(themeFor('high-contrast', 24).tones.text.color).toBe('#ffffff');
    expect(themeFor('auto', 0, dark, '#ffffff').name).toBe('mono');
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
  ] as const)('of %o are %i bits', (env, depth) => expect(colourDepth(env, 'linux')).toBe(depth));

  it('of a console of Windows, which has no name, are all', () => {
    expect(colourDepth({}, 'win32')).toBe(24);
    expect(colourDepth({ NO_COLOR: '1' }, 'win32')).toBe(0);
    expect(colourDepth({ TERM: 'xterm-256color' }, 'win32')).toBe(8);
  });

  it('have the contrast that WCAG gives them', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
    expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
    expect(hexOf256(196)).toBe('#ff0000');
    expect(nearest256('#fe0101')).toBe(196);
    expect(hexOf256(nearest256('#808080'))).toBe('#808080');
  });
});
