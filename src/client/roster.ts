import { keyTag } from '../shared/crypto/sign.ts';
import { identityKey, type IdentityKey } from '../shared/ids.ts';
import { HARD_MAX_MEMBERS } from '../shared/limits.ts';
import type { RosterMember } from '../shared/room/messages.ts';
import type { Presence, Role } from '../shared/room/roles.ts';
import { cleanNick, sanitizeLine } from '../shared/text.ts';
import type { MemberInfo, Person } from './session-events.ts';

/** A person of a room; a nick that cannot be used is replaced by the key's tag. */
export function personOf(key: Uint8Array, nick: string): Person {
  const tag = keyTag(key);
  return { key: identityKey(key), tag, nick: cleanNick(nick) ?? tag };
}

/** Who is in a room, as its host says. */
export class Roster {
  readonly #members = new Map<IdentityKey, MemberInfo>();
  #expected = 0;

  /** Begins anew with the first members of `size`. */
  reset(first: readonly RosterMember[], size: number): void {
    this.#members.clear();
    this.#expected = Math.min(size, HARD_MAX_MEMBERS);
    this.add(first);
  }

  add(members: readonly RosterMember[]): void {
    for (const { key, nick, role, presence, status } of members) {
      if (this.#members.size >= HARD_MAX_MEMBERS) return;
      this.#set({ ...personOf(key, nick), role, presence }, status);
    }
  }

  get complete(): boolean {
    return this.#members.size >= this.#expected;
  }

  get(key: IdentityKey): MemberInfo | undefined {
    return this.#members.get(key);
  }

  all(): readonly MemberInfo[] {
    return [...this.#members.values()];
  }

  joined(person: Person, role: Role): void {
    const presence = this.#members.get(person.key)?.presence;
    this.#set({ ...person, role, presence: presence === 'away' ? 'away' : 'online' });
  }

  left(key: IdentityKey): void {
    this.#members.delete(key);
  }

  renamed(person: Person): void {
    const member = this.#members.get(person.key);
    if (member) this.#members.set(person.key, { ...member, nick: person.nick });
  }

  /** Undefined when nobody of that key is here. */
  present(key: IdentityKey, presence: Presence, status?: string): MemberInfo | undefined {
    const member = this.#members.get(key);
    if (!member) return undefined;
    const { tag, nick, role } = member;
    return this.#set({ key, tag, nick, role, presence }, status);
  }

  #set(member: MemberInfo, status?: string): MemberInfo {
    const shown = status === undefined ? '' : sanitizeLine(status).trim();
    const full = shown === '' ? member : { ...member, status: shown };
    this.#members.set(member.key, full);
    return full;
  }
}
