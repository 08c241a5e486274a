import type { Preferences } from '../../client/profile/preferences.ts';
import { mapRecord } from '../../shared/map-record.ts';
import { contrast, nearest256, type ColourDepth, type Hex } from './colour.ts';
import { MIN_CONTRAST, palettes, type FixedTone, type Paint, type ThemeName } from './palettes.ts';
import type { Env } from '../../shared/env.ts';

/** What a piece of text means on screen; a theme says what it looks like. */
export type Tone =
  | 'text'
  | 'dim'
  | 'line'
  | 'accent'
  | 'strong'
  | 'mention'
  | 'whisper'
  | 'good'
  | 'warn'
  | 'bad'
  | 'code'
  | 'link'
  | 'marker'
  | 'selected'
  /** Under a whole row; the others are written on it. */
  | 'bar'
  /** For cameras: they expect what is light to be light, whatever the terminal's colours are. */
  | 'picture'
  | `nick${number}`;

/** Ink's text attributes. */
export interface Look {
  readonly color?: string;
  readonly backgroundColor?: string;
  readonly dimColor?: boolean;
  readonly bold?: boolean;
  readonly italic?: boolean;
  readonly underline?: boolean;
  readonly inverse?: boolean;
}

export interface Theme {
  readonly name: ThemeName;
  /** Of the terminal's background. */
  readonly light: boolean;
  readonly tones: Readonly<Record<FixedTone, Look>>;
  /** A nickname's colour is picked from these by its key. */
  readonly nicks: readonly Look[];
}

/**
 * For 16 colours: those that most terminals show readably, but for the ones of errors and mentions. Each is there in bold as
 * well, but for green on white: many terminals show what is bold in the brighter colour, and that one nobody could read.
 */
const basicNicks: Readonly<Record<ThemeName, readonly Look[]>> = {
  dark: plainAndBold([
    'green',
    'magentaBright',
    'cyan',
    'blueBright',
    'greenBright',
    'redBright',
    'cyanBright',
  ]),
  light: [...plainAndBold(['blue', 'magenta', 'blueBright', 'magentaBright']), { color: 'green' }],
  'high-contrast': plainAndBold(['green', 'magentaBright', 'cyan', 'greenBright', 'cyanBright']),
  'high-contrast-light': plainAndBold(['blue', 'magenta']),
  mono: [],
};

/**
 * The theme a person chose, in the colours the terminal has; without colours it is `mono`. `background`: what the terminal
 * has answered.
 */
export function themeFor(
  chosen: Preferences['theme'],
  depth: ColourDepth,
  env: Env = {},
  background?: Hex,
): Theme {
  const light = background ? isLight(background) : hasLightBackground(env);
  const name = depth === 0 ? 'mono' : nameOn(light, chosen);
  const { tones, nicks, backgrounds } = palettes[name];
  const look = (paint: Paint): Look => lookIn(paint, depth, backgrounds);
  return {
    name,
    light,
    tones: mapRecord(tones, look),
    nicks: depth === 4 && name !== 'mono' ? basicNicks[name] : nicks.map(look),
  };
}

const pictureLook: Look = { color: 'whiteBright', backgroundColor: 'black' };

function nameOn(light: boolean, chosen: Preferences['theme']): ThemeName {
  if (chosen === 'auto') return light ? 'light' : 'dark';
  return chosen === 'high-contrast' && light ? 'high-contrast-light' : chosen;
}

export function lookOf(theme: Theme, tone: Tone): Look {
  if (tone === 'picture') return theme.name === 'mono' ? { inverse: theme.light } : pictureLook;
  if (!isNickTone(tone)) return theme.tones[tone];
  const index = Number(tone.slice('nick'.length));
  return theme.nicks[index % theme.nicks.length] ?? theme.tones.strong;
}

/** What is written on a bar. Where that is text turned round, all of it looks the same: other colours would be patches. */
export function lookOnBar(theme: Theme, tone: Tone): Look {
  const { bar, text } = theme.tones;
  return { ...(bar.inverse ? text : lookOf(theme, tone)), ...bar };
}

/** The same key has the same colour everywhere and always. */
export function nickTone(key: string): Tone {
  let hash = 0;
  for (let at = 0; at < 8; at++) hash = (hash * 33 + key.charCodeAt(at)) % 65_521;
  return `nick${hash}`;
}

function lookIn(paint: Paint, depth: ColourDepth, backgrounds: readonly Hex[]): Look {
  const { hex, basic, faint, back, ...rest } = paint;
  switch (depth) {
    case 24:
      return { ...rest, ...coloured(hex), ...behind(back), ...(hex ? {} : dimmed(faint)) };
    case 8: {
      const readable = (candidate: Hex): boolean =>
        backgrounds.every((each) => contrast(candidate, each) >= MIN_CONTRAST);
      // What was not readable from the start, such as a thin line, need not become so.
      const must = hex !== undefined && readable(hex);
      const near = hex && `ansi256(${nearest256(hex, must ? readable : undefined)})`;
      const under = back && `ansi256(${nearest256(back)})`;
      return { ...rest, ...coloured(near), ...behind(under), ...(hex ? {} : dimmed(faint)) };
    }
    case 4:
    case 0:
      return { ...rest, ...coloured(depth === 4 ? basic : undefined), ...dimmed(faint) };
  }
}

function plainAndBold(colours: readonly string[]): readonly Look[] {
  return colours.flatMap((color) => [{ color }, { color, bold: true }]);
}

function coloured(color: string | undefined): Look {
  return color === undefined ? {} : { color };
}

function behind(backgroundColor: string | undefined): Look {
  return backgroundColor === undefined ? {} : { backgroundColor };
}

function dimmed(dimColor: boolean | undefined): Look {
  return dimColor ? { dimColor } : {};
}

function isLight(background: Hex): boolean {
  return contrast(background, '#000000') > contrast(background, '#ffffff');
}

/** `COLORFGBG`, as rxvt, Konsole and others set it: the last number is the background. */
function hasLightBackground(env: Env): boolean {
  const back = Number(/;(\d+)$/.exec(env['COLORFGBG'] ?? '')?.[1] ?? Number.NaN);
  return back === 7 || (back >= 9 && back <= 15);
}

function isNickTone(tone: Tone): tone is `nick${number}` {
  return tone.startsWith('nick');
}
