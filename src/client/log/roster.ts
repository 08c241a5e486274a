import { keyTag } from '../../shared/crypto/sign.ts';
import { identityKey, type IdentityKey } from '../../shared/ids.ts';
import { HARD_MAX_MEMBERS } from '../../shared/limits.ts';
import type { RosterMember } from '../../shared/room/messages.ts';
import type { Presence, Role } from '../../shared/room/roles.ts';
import type { Via } from '../../shared/room/via.ts';
import { cleanNick, sanitizeLine } from '../../shared/text.ts';
import type { MemberInfo, Person } from '../session-events.ts';
import { defined } from '../../shared/defined.ts';

/** A person of a room; a nick that cannot be used is replaced by the key's tag. */
export function personOf(key: Uint8Array, nick: string): Person {
  const tag = keyTag(key);
  return { key: identityKey(key), tag, nick: cleanNick(nick) ?? tag };
}

/** Who is in a room, as its host says. */
export class Roster {
  readonly #marks: (person: Person) => Pick<MemberInfo, 'standing' | 'ignored'>;
  readonly #members = new Map<IdentityKey, MemberInfo>();
  /** When their silence ends; kept over leaves, as the room does. */
  readonly #mutes = new Map<IdentityKey, number>();
  #expected = 0;

  constructor(marks: (person: Person) => Pick<MemberInfo, 'standing' | 'ignored'> = () => ({})) {
    this.#marks = marks;
  }

  /** Somebody is known otherwise than before. */
  markAnew(): void {
    for (const member of this.#members.values()) this.#set(bare(member), member.status);
  }

  /** Begins anew with the first members of `size`. */
  reset(first: readonly RosterMember[], size: number): void {
    this.#members.clear();
    this.#mutes.clear();
    this.#expected = Math.min(size, HARD_MAX_MEMBERS);
    this.add(first);
  }

  add(members: readonly RosterMember[]): void {
    for (const { key, nick, role, presence, status, via } of members) {
      if (this.#members.size >= HARD_MAX_MEMBERS) return;
      this.#set({ ...personOf(key, nick), role, presence, ...onLine(presence, via) }, status);
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
    const known = this.#members.get(person.key);
    const presence = known?.presence === 'away' ? 'away' : 'online';
    this.#set({ ...person, role, presence, ...onLine(presence, known?.via) });
  }

  ranked(key: IdentityKey, role: Role): void {
    const member = this.#members.get(key);
    if (member && member.role !== 'owner') this.#set({ ...bare(member), role }, member.status);
  }

  /** `until` is ms since 1970. */
  muted(key: IdentityKey, until: number): void {
    if (this.#mutes.size < HARD_MAX_MEMBERS) this.#mutes.set(key, until);
    const member = this.#members.get(key);
    if (member) this.#set(bare(member), member.status);
  }

  left(key: IdentityKey): void {
    this.#members.delete(key);
  }

  renamed(person: Person): void {
    const member = this.#members.get(person.key);
    if (member) this.#set({ ...bare(member), nick: person.nick }, member.status);
  }

  /** Undefined when nobody of that key is here. */
  present(key: IdentityKey, presence: Presence, status?: string, via?: Via): MemberInfo | undefined {
    const member = this.#members.get(key);
    if (!member) return undefined;
    const { tag, nick, role } = member;
    return this.#set({ key, tag, nick, role, presence, ...onLine(presence, via) }, status);
  }

  #set(member: MemberInfo, status?: string): MemberInfo {
    const shown = status === undefined ? '' : sanitizeLine(status).trim();
    const mutedUntil = this.#mutes.get(member.key);
    const full = {
      ...member,
      ...(shown === '' ? {} : { status: shown }),
      ...defined({ mutedUntil }),
      ...this.#marks(member),
    };
    this.#members.set(member.key, full);
    return full;
  }
}

function bare({ key, tag, nick, role, presence, via }: MemberInfo): MemberInfo {
  return { key, tag, nick, role, presence, ...onLine(presence, via) };
}

function onLine(presence: Presence, via: Via | undefined): { readonly via?: Via } {
  return via === undefined || presence === 'offline' ? {} : { via };
}
