import type { Preferences } from '../../client/profile/preferences.ts';

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** `18:02` or ` 6:02 pm`, in the time zone of this machine. */
export function clockTime(ms: number, style: Preferences['time'] = '24'): string {
  if (style === 'off') return '';
  const at = new Date(ms);
  const hours = at.getHours();
  if (style === '24') return `${two(hours)}:${two(at.getMinutes())}`;
  return `${String(hours % 12 || 12).padStart(2)}:${two(at.getMinutes())} ${hours < 12 ? 'am' : 'pm'}`;
}

/** Cells that every such time takes. */
export function timeCells(style: Preferences['time']): number {
  return { '24': 5, '12': 8, off: 0 }[style];
}

/** `Friday 20 November 2026`. */
export function dayName(ms: number): string {
  const at = new Date(ms);
  return `${days[at.getDay()]} ${at.getDate()} ${months[at.getMonth()]} ${at.getFullYear()}`;
}

/** `20 Nov`; the day takes two cells. */
export function shortDay(ms: number): string {
  const at = new Date(ms);
  return `${String(at.getDate()).padStart(2)} ${months[at.getMonth()]?.slice(0, 3)}`;
}

export function sameDay(a: number, b: number): boolean {
  return new Date(a).toDateString() === new Date(b).toDateString();
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
