import type { ChatClient, Result, RoomSession } from '../client/api.ts';
import type { Person } from '../client/session-events.ts';
import { parseIdentityKey } from '../shared/ids.ts';

/** Somebody in this room, oneself included, by nick, `nick~tag` or key. Two of one nick are told apart, never guessed. */
export function memberNamed(name: string, room: RoomSession): Result<Person> {
  const key = parseIdentityKey(name);
  const [nick = '', tag] = name.split('~');
  const found = room
    .members()
    .filter((member) =>
      key
        ? member.key === key
        : member.nick.toLowerCase() === nick.toLowerCase() &&
          (tag === undefined || member.tag === tag.toLowerCase()),
    );
  const [first] = found;
  if (!first) return { ok: false, code: 'no-such-member' };
  if (found.length === 1) return { ok: true, value: first };
  return {
    ok: false,
    code: 'ambiguous-person',
    names: found.map((member) => `${member.nick}~${member.tag}`),
  };
}

/** Somebody in this room, or else somebody this profile knows. */
export function memberOrKnown(name: string, room: RoomSession, { people }: ChatClient): Result<Person> {
  const member = memberNamed(name, room);
  return !member.ok && member.code === 'no-such-member' ? people.find(name, room.info.id) : member;
}
