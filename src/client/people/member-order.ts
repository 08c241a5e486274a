import type { Presence, Role } from '../../shared/room/roles.ts';
import type { MemberInfo } from '../session-events.ts';

const roles: Readonly<Record<Role, number>> = { owner: 0, op: 1, member: 2 };
const presences: Readonly<Record<Presence, number>> = { online: 0, away: 1, offline: 2 };
const nicks = new Intl.Collator('en', { sensitivity: 'base' });

/** Those with a say first, then those who are here, then by name. */
export function byRank(a: MemberInfo, b: MemberInfo): number {
  return (
    roles[a.role] - roles[b.role] ||
    presences[a.presence] - presences[b.presence] ||
    nicks.compare(a.nick, b.nick)
  );
}
