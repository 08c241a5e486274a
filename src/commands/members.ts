import { refused, type ChatClient, type Refusal, type Result, type RoomSession } from '../client/api.ts';
import { fullName } from '../client/words/full-name.ts';
import type { Person } from '../client/session-events.ts';
import { parseIdentityKey } from '../shared/ids.ts';

/** Which of these `name` means: a nick, `nick~tag` or key. Two of one nick are told apart, never guessed; `none` where it means nobody. */
export function oneNamed(name: string, people: readonly Person[], none: Refusal): Result<Person> {
  const key = parseIdentityKey(name);
  const [nick = '', tag] = name.toLowerCase().split('~');
  const found = people.filter((person) =>
    key ? person.key === key : person.nick.toLowerCase() === nick && (tag ?? person.tag) === person.tag,
  );
  const [first] = found;
  if (!first) return none;
  if (found.length === 1) return { ok: true, value: first };
  return { ok: false, code: 'ambiguous-person', names: found.map(fullName) };
}

/** Somebody in this room, oneself included. */
export function memberNamed(name: string, room: RoomSession): Result<Person> {
  return oneNamed(name, room.members(), refused('no-such-member'));
}

/** Somebody in this room, or else somebody this profile knows. */
export function memberOrKnown(name: string, room: RoomSession, { people }: ChatClient): Result<Person> {
  const member = memberNamed(name, room);
  return !member.ok && member.code === 'no-such-member' ? people.find(name, room.info.id) : member;
}
