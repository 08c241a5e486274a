import type { Filter } from '../../shared/room/events.ts';
import { parseWords } from '../../shared/crypto/invite-words.ts';
import { sanitize } from '../../shared/text.ts';

const patterns: Readonly<Record<Filter, RegExp>> = {
  invites: /\btcs?:\/\/\S/i,
  links: /\b(?!tcs?:)[a-z][a-z\d+.-]*:\/\/\S|\bwww\.\S|\bmailto:\S/i,
};

/** The first filter that a text does not pass, as people would see it. */
export function filtered(text: string, active: readonly Filter[]): Filter | undefined {
  if (active.length === 0) return undefined;
  const shown = sanitize(text);
  return active.find(
    (filter) => patterns[filter].test(shown) || (filter === 'invites' && parseWords(shown)?.ok === true),
  );
}
