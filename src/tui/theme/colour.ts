import type { Env } from '../../shared/env.ts';

/** `#rrggbb`. */
export type Hex = `#${string}`;

/** How many colours a terminal shows, in bits; 0 is none. */
export type ColourDepth = 0 | 4 | 8 | 24;

const forced: Readonly<Record<string, ColourDepth>> = { '0': 0, '1': 4, '2': 8, '3': 24 };

/** `NO_COLOR` (no-color.org: present and not empty) and dumb terminals have none; `FORCE_COLOR` says what there is. */
export function colourDepth(env: Env, platform: NodeJS.Platform = process.platform): ColourDepth {
  if (env['NO_COLOR']) return 0;
  const force = env['FORCE_COLOR'];
  if (force !== undefined) return forced[force] ?? 4;
  const term = env['TERM'] ?? '';
  if (term === 'dumb') return 0;
  // Every console of a Windows that Node.js runs on has them all, and none has a name.
  if (platform === 'win32' && term === '') return 24;
  if (/^(?:truecolor|24bit)$/i.test(env['COLORTERM'] ?? '')) return 24;
  if (env['WT_SESSION'] || /-(?:direct|truecolor)$|kitty|ghostty|alacritty|wezterm/.test(term)) return 24;
  return /-256(?:color)?$/.test(term) ? 8 : 4;
}

/** `rgb:ffff/ffff/ffff`, with one to four digits each, as terminals answer; undefined for anything else. */
export function colourOfReply(reply: string): Hex | undefined {
  const parts = /^rgba?:([\da-f]{1,4})\/([\da-f]{1,4})\/([\da-f]{1,4})/i.exec(reply)?.slice(1);
  const [r = 0, g = 0, b = 0] = (parts ?? []).map((part) =>
    Math.round((255 * Number.parseInt(part, 16)) / (16 ** part.length - 1)),
  );
  return parts && toHex(r, g, b);
}

/** WCAG 2 contrast of two colours, 1 to 21. */
export function contrast(a: Hex, b: Hex): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].toSorted((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

/** The colour of the 256 (of the cube and the greys: the first 16 look different everywhere) that is nearest. */
export function nearest256(colour: Hex, fits: (candidate: Hex) => boolean = () => true): number {
  const [r, g, b] = channels(colour);
  let best = 16;
  let least = Number.POSITIVE_INFINITY;
  for (let index = 16; index < 256; index++) {
    const hex = hexOf256(index);
    const [x, y, z] = channels(hex);
    const distance = 2 * (r - x) ** 2 + 4 * (g - y) ** 2 + 3 * (b - z) ** 2;
    if (distance >= least || !fits(hex)) continue;
    best = index;
    least = distance;
  }
  return best;
}

export function hexOf256(index: number): Hex {
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return toHex(grey, grey, grey);
  }
  const level = (value: number): number => (value === 0 ? 0 : 55 + value * 40);
  const cube = index - 16;
  return toHex(level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6));
}

/** Hue in degrees, the others from 0 to 1. */
export function hsl(hue: number, saturation: number, lightness: number): Hex {
  const reach = saturation * Math.min(lightness, 1 - lightness);
  const channel = (offset: number): number => {
    const at = (offset + hue / 30) % 12;
    return Math.round(255 * (lightness - reach * Math.max(-1, Math.min(at - 3, 9 - at, 1))));
  };
  return toHex(channel(0), channel(8), channel(4));
}

function luminance(colour: Hex): number {
  const [r, g, b] = channels(colour).map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * (r ?? 0) + 0.7152 * (g ?? 0) + 0.0722 * (b ?? 0);
}

function channels(colour: Hex): readonly [number, number, number] {
  const value = Number.parseInt(colour.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

function toHex(r: number, g: number, b: number): Hex {
  return `#${((r << 16) | (g << 8) | b).toString(16).padStart(6, '0')}`;
}
