import type { Person } from '../session-events.ts';

/** `ada~k7q2`. */
export function fullName({ nick, tag }: Person): string {
  return `${nick}~${tag}`;
}
