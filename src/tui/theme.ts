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
  | 'marker'
  | 'selected'
  | `nick${number}`;

/** Ink's text attributes, in names every 16-colour terminal has. */
export interface Look {
  readonly color?: string;
  readonly dimColor?: boolean;
  readonly bold?: boolean;
  readonly italic?: boolean;
  readonly underline?: boolean;
  readonly inverse?: boolean;
}

export interface Theme {
  readonly name: ThemeName;
  readonly tones: Readonly<Record<Exclude<Tone, `nick${number}`>, Look>>;
  /** A nickname's colour is picked from these by its key. */
  readonly nicks: readonly Look[];
}

export type ThemeName = 'dark' | 'mono';

const dark: Theme = {
  name: 'dark',
  tones: {
    text: {},
    dim: { dimColor: true },
    line: { dimColor: true },
    accent: { color: 'cyan' },
    strong: { bold: true },
    mention: { color: 'yellow', bold: true },
    whisper: { color: 'magenta' },
    good: { color: 'green' },
    warn: { color: 'yellow' },
    bad: { color: 'red' },
    code: { color: 'cyan' },
    marker: { color: 'red' },
    selected: { color: 'cyan', bold: true, inverse: true },
  },
  // Plain blue is missing on purpose: it cannot be read on a black background.
  nicks: [
    { color: 'green' },
    { color: 'magentaBright' },
    { color: 'yellow' },
    { color: 'blueBright' },
    { color: 'cyanBright' },
    { color: 'redBright' },
    { color: 'greenBright' },
    { color: 'magenta' },
    { color: 'yellowBright' },
  ],
};

const mono: Theme = {
  name: 'mono',
  tones: {
    text: {},
    dim: { dimColor: true },
    line: { dimColor: true },
    accent: { bold: true },
    strong: { bold: true },
    mention: { bold: true, underline: true },
    whisper: { italic: true },
    good: {},
    warn: { bold: true },
    bad: { bold: true },
    code: { underline: true },
    marker: { bold: true },
    selected: { inverse: true },
  },
  nicks: [{ bold: true }],
};

export const themes: Readonly<Record<ThemeName, Theme>> = { dark, mono };

/** `NO_COLOR` (no-color.org: present and not empty) and terminals that say they are dumb get no colours. */
export function themeFor(env: Readonly<Record<string, string | undefined>>): Theme {
  return env['NO_COLOR'] || env['TERM'] === 'dumb' ? themes.mono : themes.dark;
}

export function lookOf(theme: Theme, tone: Tone): Look {
  if (!isNickTone(tone)) return theme.tones[tone];
  const index = Number(tone.slice('nick'.length));
  return theme.nicks[index % theme.nicks.length] ?? theme.tones.strong;
}

/** The same key has the same colour everywhere and always. */
export function nickTone(key: string): Tone {
  let hash = 0;
  for (let at = 0; at < 8; at++) hash = (hash * 33 + key.charCodeAt(at)) % 65_521;
  return `nick${hash}`;
}

function isNickTone(tone: Tone): tone is `nick${number}` {
  return tone.startsWith('nick');
}
