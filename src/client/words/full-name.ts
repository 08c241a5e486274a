import type { Person } from '../session-events.ts';

/** `ada~k7q2`. */
export function fullName({ nick, tag }: Pick<Person, 'nick' | 'tag'>): string {
  return `${nick}~${tag}`;
}
