import type { Preferences } from '../../client/profile/preferences.ts';
import { contrast, hsl, type Hex } from './colour.ts';
import type { Tone } from './theme.ts';

/** `high-contrast-light` is `high-contrast` where the background is light. */
export type ThemeName = Exclude<Preferences['theme'], 'auto'> | 'high-contrast-light';
/** Every tone but the nicknames', and what looks the same in each theme. */
export type FixedTone = Exclude<Tone, `nick${number}` | 'picture'>;

/** One look in all depths: `hex` where there are 256 colours and more, `basic` (and `faint`) where there are 16. */
export interface Paint {
  readonly hex?: Hex;
  readonly basic?: string;
  readonly faint?: boolean;
  readonly back?: Hex;
  readonly bold?: boolean;
  readonly italic?: boolean;
  readonly underline?: boolean;
  readonly inverse?: boolean;
}

export interface Palette {
  /** Backgrounds that terminals of this kind have; what is written is readable on each. Empty: no colours. */
  readonly backgrounds: readonly Hex[];
  readonly tones: Readonly<Record<FixedTone, Paint>>;
  readonly nicks: readonly Paint[];
}

/** Least contrast of anything that is to be read, by WCAG 2. */
export const MIN_CONTRAST = 4.5;
/** What WCAG 2 wants at its highest level. */
export const HIGH_CONTRAST = 7;
const NICK_COLOURS = 15;
/** Beyond that, so that they stand on a bar as well. */
const NICK_MARGIN = 0.35;

const darkBacks: readonly Hex[] = ['#000000', '#1e1e1e', '#282c34'];
const lightBacks: readonly Hex[] = ['#ffffff', '#faf4e6'];

const dark: Palette = {
  backgrounds: darkBacks,
  tones: {
    text: {},
    dim: { hex: '#a0a8b4', faint: true },
    line: { hex: '#565f6e', faint: true },
    accent: { hex: '#6cc7f5', basic: 'cyan' },
    strong: { bold: true },
    mention: { hex: '#ffcf5c', basic: 'yellow', bold: true },
    whisper: { hex: '#d9a9ff', basic: 'magenta' },
    good: { hex: '#7fd88f', basic: 'green' },
    warn: { hex: '#f2b866', basic: 'yellow' },
    bad: { hex: '#ff8f85', basic: 'red' },
    code: { hex: '#8fd9cb', basic: 'cyan' },
    link: { hex: '#8fbcff', basic: 'blueBright', underline: true },
    marker: { hex: '#ff8f85', basic: 'red' },
    selected: { hex: '#6cc7f5', basic: 'cyan', bold: true, inverse: true },
    bar: { back: '#2b313b' },
  },
  nicks: nickPaints(darkBacks, 0.66),
};

const light: Palette = {
  backgrounds: lightBacks,
  tones: {
    text: {},
    dim: { hex: '#5a616c', basic: 'blackBright' },
    line: { hex: '#b4b9c2', basic: 'blackBright' },
    accent: { hex: '#0a5d9c', basic: 'blue' },
    strong: { bold: true },
    mention: { hex: '#8a4300', basic: 'red', bold: true },
    whisper: { hex: '#7a2fb0', basic: 'magenta' },
    good: { hex: '#17662f', basic: 'green' },
    warn: { hex: '#804b00', basic: 'magenta' },
    bad: { hex: '#b3261e', basic: 'red' },
    code: { hex: '#0b645b', basic: 'blue' },
    link: { hex: '#0b57c4', basic: 'blue', underline: true },
    marker: { hex: '#b3261e', basic: 'red' },
    selected: { hex: '#0a5d9c', basic: 'blue', bold: true, inverse: true },
    bar: { back: '#eceff4' },
  },
  nicks: nickPaints(lightBacks, 0.42),
};

const contrasting: Palette = {
  backgrounds: ['#000000'],
  tones: {
    text: { hex: '#ffffff', basic: 'whiteBright' },
    dim: { hex: '#d0d0d0', basic: 'white' },
    line: { hex: '#ffffff', basic: 'whiteBright' },
    accent: { hex: '#5fffff', basic: 'cyanBright', bold: true },
    strong: { hex: '#ffffff', basic: 'whiteBright', bold: true },
    mention: { hex: '#ffff00', basic: 'yellowBright', bold: true, inverse: true },
    whisper: { hex: '#ffafff', basic: 'magentaBright', bold: true },
    good: { hex: '#5fff5f', basic: 'greenBright' },
    warn: { hex: '#ffd75f', basic: 'yellowBright', bold: true },
    bad: { hex: '#ffa0a0', basic: 'redBright', bold: true },
    code: { hex: '#5fffff', basic: 'cyanBright' },
    link: { hex: '#afd7ff', basic: 'cyanBright', underline: true },
    marker: { hex: '#ffff00', basic: 'yellowBright', bold: true },
    selected: { hex: '#ffffff', basic: 'whiteBright', bold: true, inverse: true },
    bar: { inverse: true, bold: true },
  },
  nicks: nickPaints(['#000000'], 0.75).map((paint) => ({ ...paint, bold: true })),
};

const contrastingLight: Palette = {
  backgrounds: lightBacks,
  tones: {
    text: { hex: '#000000', basic: 'black' },
    dim: { hex: '#303030', basic: 'black' },
    line: { hex: '#000000', basic: 'black' },
    accent: { hex: '#003b8e', basic: 'blue', bold: true },
    strong: { hex: '#000000', basic: 'black', bold: true },
    mention: { hex: '#7a0000', basic: 'red', bold: true, inverse: true },
    whisper: { hex: '#5c0079', basic: 'magenta', bold: true },
    good: { hex: '#004d1f', basic: 'black' },
    warn: { hex: '#5c3a00', basic: 'magenta', bold: true },
    bad: { hex: '#8c0000', basic: 'red', bold: true },
    code: { hex: '#003b8e', basic: 'blue' },
    link: { hex: '#003b8e', basic: 'blue', underline: true },
    marker: { hex: '#7a0000', basic: 'red', bold: true },
    selected: { hex: '#000000', basic: 'black', bold: true, inverse: true },
    bar: { inverse: true, bold: true },
  },
  nicks: nickPaints(lightBacks, 0.25, HIGH_CONTRAST).map((paint) => ({ ...paint, bold: true })),
};

const mono: Palette = {
  backgrounds: [],
  tones: {
    text: {},
    dim: { faint: true },
    line: { faint: true },
    accent: { bold: true },
    strong: { bold: true },
    mention: { bold: true, underline: true },
    whisper: { italic: true },
    good: {},
    warn: { bold: true },
    bad: { bold: true },
    code: { underline: true },
    link: { underline: true },
    marker: { bold: true },
    selected: { inverse: true },
    bar: {},
  },
  nicks: [{ bold: true }],
};

export const palettes: Readonly<Record<ThemeName, Palette>> = {
  dark,
  light,
  'high-contrast': contrasting,
  'high-contrast-light': contrastingLight,
  mono,
};

/** Hues all around, each made lighter or darker until it is readable on every background. */
function nickPaints(
  backgrounds: readonly Hex[],
  lightness: number,
  least = MIN_CONTRAST + NICK_MARGIN,
): Paint[] {
  const step = lightness > 0.5 ? 0.01 : -0.01;
  return Array.from({ length: NICK_COLOURS }, (_, index) => {
    const hue = (index * 360) / NICK_COLOURS;
    let light = lightness;
    const paint = (): Hex => hsl(hue, 0.72, light);
    while (light > 0 && light < 1 && backgrounds.some((back) => contrast(paint(), back) < least))
      light += step;
    return { hex: paint() };
  });
}
