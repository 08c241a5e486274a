import { keyTag } from '../shared/crypto/sign.ts';
import { idBytes, parseIdentityKey, type IdentityKey } from '../shared/ids.ts';
import type { Result } from './api.ts';
import type { KnownPerson } from './archive.ts';
import { fold } from './people-archive.ts';
import type { Person } from './session-events.ts';

export interface PeopleInReach {
  readonly self: IdentityKey;
  /** Members of the room that is looked through first, then of the others. */
  readonly here: readonly Person[];
  readonly elsewhere: readonly Person[];
  readonly known: (nick: string) => readonly KnownPerson[];
  readonly byKey: (key: IdentityKey) => Person | undefined;
}

/** `to` is a nick, `nick~tag` or a key. */
export function resolvePerson(to: string, people: PeopleInReach): Result<Person> {
  const key = parseIdentityKey(to);
  if (key) {
    const tag = keyTag(idBytes(key));
    return { ok: true, value: people.byKey(key) ?? { key, tag, nick: tag } };
  }
  const at = to.lastIndexOf('~');
  const [nick, tag] = at < 0 ? [to, undefined] : [to.slice(0, at), to.slice(at + 1).toLowerCase()];
  const fits = (person: Person): boolean =>
    person.key !== people.self &&
    fold(person.nick) === fold(nick) &&
    (tag === undefined || person.tag === tag);
  const known = people.known(nick).filter(fits);
  const groups = [people.here.filter(fits), people.elsewhere.filter(fits), known];
  const found = new Map(
    (groups.find((group) => group.length > 0) ?? []).map((person) => [person.key, person]),
  );
  // Somebody else may have taken the name of a person we whispered with.
  for (const person of known) if (person.whispered) found.set(person.key, person);
  const [first] = found.values();
  if (!first) return { ok: false, code: 'no-such-person' };
  if (found.size > 1)
    return {
      ok: false,
      code: 'ambiguous-person',
      names: [...found.values()].map((one) => `${one.nick}~${one.tag}`),
    };
  return { ok: true, value: { key: first.key, tag: first.tag, nick: first.nick } };
}
