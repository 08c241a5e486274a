import { keyTag } from '../../shared/crypto/sign.ts';
import { idBytes, parseIdentityKey, type IdentityKey } from '../../shared/ids.ts';
import { refused, type Result } from '../api.ts';
import type { KnownPerson, NickPin } from '../archive/archive.ts';
import { fold } from '../fold.ts';
import type { Person } from '../session-events.ts';
import { fullName } from '../words/full-name.ts';

export interface PeopleInReach {
  readonly self: IdentityKey;
  /** Members of the room that is looked through first, then of the others. */
  readonly here: readonly Person[];
  readonly elsewhere: readonly Person[];
  readonly known: (nick: string) => readonly KnownPerson[];
  readonly byKey: (key: IdentityKey) => Person | undefined;
  /** Whom this profile knows by a nick, the newest first. */
  readonly pins: (nick: string) => readonly NickPin[];
}

/**
 * `to` is a nick, `nick~tag` or a key. Refused with `changed-key` where only somebody else than the person known by this
 * nick is here.
 */
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
  const met = known.filter(({ stranger }) => !stranger);
  const groups = [people.here.filter(fits), people.elsewhere.filter(fits), met, known];
  const found = new Map(
    (groups.find((group) => group.length > 0) ?? []).map((person) => [person.key, person]),
  );
  // Somebody else may have taken the name of a person we whispered with.
  for (const person of met) if (person.whispered && !found.has(person.key)) found.set(person.key, person);
  const [first] = found.values();
  if (!first) return refused('no-such-person');
  if (found.size === 1) return { ok: true, value: plain(first) };
  const names = [...found.values()].map(fullName);
  const present = new Map([...people.here, ...people.elsewhere].filter(fits).map((one) => [one.key, one]));
  const pins = tag === undefined ? people.pins(nick) : [];
  const [one] = present.values();
  const newest = pins[0] && found.get(pins[0].key);
  if (present.size === 1 && one && pins.length > 0) {
    if (one.key === newest?.key) return { ok: true, value: plain(one) };
    if (!pins.some(({ key: pinned }) => pinned === one.key)) {
      const others = names.filter((each) => each !== fullName(one));
      return { ok: false, code: 'changed-key', names: [fullName(one), ...others], about: 'person' };
    }
  }
  if (present.size === 0 && newest) return { ok: true, value: plain(newest) };
  return { ok: false, code: 'ambiguous-person', names };
}

function plain({ key, tag, nick }: Person): Person {
  return { key, tag, nick };
}
