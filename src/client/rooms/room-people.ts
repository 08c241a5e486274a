import type { Clock } from '../../link/clock.ts';
import { keyTag } from '../../shared/crypto/sign.ts';
import { idBytes, identityKey, type IdentityKey } from '../../shared/ids.ts';
import { HARD_MAX_MEMBERS, MINUTE } from '../../shared/limits.ts';
import { putNewest } from '../../shared/put-newest.ts';
import type { HostMessageOf, RosterMember } from '../../shared/room/messages.ts';
import type { Role } from '../../shared/room/roles.ts';
import { viaOf } from '../../shared/room/via.ts';
import type { Self } from '../api.ts';
import type { PeopleArchive } from '../archive/archive.ts';
import type { Contacts } from '../people/people.ts';
import type { RoomHint } from '../log/room-log.ts';
import { Roster } from '../log/roster.ts';
import type { MemberInfo, Person, RoomEventBody } from '../session-events.ts';
import { defined } from '../../shared/defined.ts';

/** People with a known name that are told of in a minute; the others are marked, and told of later. */
export const MAX_WARNINGS = 10;

export interface RoomPeopleParts {
  readonly host: IdentityKey;
  readonly self: () => Self;
  readonly contacts: Pick<Contacts, 'marks' | 'namesakes'>;
  readonly people: PeopleArchive;
  readonly clock: Clock;
  /** URL of the relay that the room is reached through. */
  readonly at: () => string;
  readonly emit: (event: RoomEventBody) => void;
}

/** Who is in a room, what they are doing there, and whether they are who this profile knows by their names. */
export class RoomPeople {
  readonly roster: Roster;
  readonly #parts: RoomPeopleParts;
  /** Keys whose name was known with another one, and that this was told of; the oldest is forgotten first. */
  readonly #changed = new Map<IdentityKey, true>();
  #warnings = { since: Number.NEGATIVE_INFINITY, count: 0 };
  #role: Role | undefined;

  constructor(parts: RoomPeopleParts) {
    this.#parts = parts;
    this.roster = new Roster((person) => parts.contacts.marks(person));
  }

  get me(): MemberInfo {
    const { self, host } = this.#parts;
    const { key, tag, nick } = self();
    const role = this.#role ?? (host === key ? 'owner' : 'member');
    return this.roster.get(key) ?? { key, tag, nick, role, presence: 'offline' };
  }

  roleOf(key: IdentityKey): Role | undefined {
    return key === this.#parts.host ? 'owner' : this.roster.get(key)?.role;
  }

  personOf(key: IdentityKey): Person {
    const known = this.roster.get(key) ?? this.#parts.people.get(key);
    const tag = keyTag(idBytes(key));
    return { key, tag, nick: known?.nick ?? tag };
  }

  /** The roster begins anew. */
  welcomed({ role, roster, rosterSize }: HostMessageOf<'welcome'>): void {
    this.#role = role;
    this.roster.reset(roster, rosterSize);
    this.#silence(roster);
  }

  more({ members }: HostMessageOf<'roster'>): void {
    // Nobody else was announced.
    if (this.roster.complete) return;
    this.roster.add(members);
    this.#silence(members);
    this.#meet(members.flatMap(({ key }) => this.roster.get(identityKey(key)) ?? []));
    if (this.roster.complete) this.#tellMembers();
  }

  /** Whoever is here can be found again by name, also when they are not. */
  meetAll(): void {
    this.#meet(this.roster.all());
  }

  hint(hint: RoomHint): void {
    const key = identityKey(hint.key);
    const { emit, self } = this.#parts;
    if (hint.t === 'typing') {
      const who = this.roster.get(key);
      if (who && key !== self().key) emit({ type: 'typing', who });
      return;
    }
    const who = this.roster.present(key, hint.state, hint.status, hint.via);
    if (!who) return;
    emit({
      type: 'presence',
      who,
      presence: who.presence,
      ...defined({ status: who.status }),
      ...viaOf(who),
    });
    this.#tellMembers();
  }

  /** Somebody is known otherwise than before. */
  markAnew(): void {
    this.roster.markAnew();
    this.#tellMembers();
  }

  /** These were shown: whoever has a name that another key is known by is told of, once. */
  shown(members: readonly MemberInfo[]): void {
    const { emit, contacts } = this.#parts;
    for (const member of members) {
      if (member.standing !== 'changed') this.#changed.delete(member.key);
      else if (!this.#changed.has(member.key) && this.#mayWarn()) {
        putNewest(this.#changed, member.key, true, HARD_MAX_MEMBERS);
        emit({ type: 'changed-key', who: member, was: contacts.namesakes(member) });
      }
    }
  }

  #meet(members: readonly MemberInfo[]): void {
    const { people, clock, self, at } = this.#parts;
    const now = clock.wall();
    for (const member of members) if (member.key !== self().key) people.meet(member, now, at());
  }

  #mayWarn(): boolean {
    const now = this.#parts.clock.now();
    if (now - this.#warnings.since >= MINUTE) this.#warnings = { since: now, count: 0 };
    return this.#warnings.count++ < MAX_WARNINGS;
  }

  #tellMembers(): void {
    this.#parts.emit({ type: 'members', members: this.roster.all() });
  }

  #silence(members: readonly RosterMember[]): void {
    const now = this.#parts.clock.wall();
    for (const { key, muted } of members) {
      if (muted === undefined) continue;
      const until = muted === Number.MAX_SAFE_INTEGER ? Number.POSITIVE_INFINITY : now + muted;
      this.roster.muted(identityKey(key), until);
    }
  }
}
