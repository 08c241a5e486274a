import type { RefusalCode } from '../errors.ts';
import { identityKey, type IdentityKey } from '../ids.ts';
import { isHostKind, type EventOf, type PostKind, type RoomEvent } from './events.ts';
import { may, type Action } from './permissions.ts';
import { roles, type Role } from './roles.ts';

/** What an event does, by the table of permissions. */
const actions: Readonly<Record<PostKind, Action>> = {
  text: 'post',
  me: 'post',
  'topic-changed': 'change-topic',
  'nick-changed': 'change-nick',
  kicked: 'kick',
  banned: 'ban',
  unbanned: 'ban',
  muted: 'silence',
  'role-changed': 'change-role',
  'slow-changed': 'set-slow',
  'filter-changed': 'set-filters',
  'motd-changed': 'change-motd',
  edited: 'edit-own',
  deleted: 'delete-own',
  reacted: 'react',
};

export type PostEvent = EventOf<PostKind>;
export type RightsRefusal = Extract<
  RefusalCode,
  'not-allowed' | 'target-self' | 'target-owner' | 'outranked'
>;

/** Whether members author such events, rather than the host. */
export function isPost(event: RoomEvent): event is PostEvent {
  return !isHostKind(event.kind);
}

/**
 * Why `actor` may not do this; undefined when it may. `roleOf` knows the roster of the moment, and the owner. Nobody acts
 * against whoever is not below: an operator against operators, anybody against the owner or itself.
 */
export function rightsRefusal(
  actor: IdentityKey,
  event: Pick<PostEvent, 'kind' | 'body'>,
  roleOf: (key: IdentityKey) => Role | undefined,
): RightsRefusal | undefined {
  const role = roleOf(actor);
  const target = targetOf(event);
  const others = event.kind === 'deleted' && target !== actor;
  if (role === undefined || !may(role, others ? 'delete-others' : actions[event.kind])) return 'not-allowed';
  if (target === undefined || (event.kind === 'deleted' && !others)) return undefined;
  if (target === actor) return 'target-self';
  const theirs = roleOf(target) ?? 'member';
  if (theirs === 'owner') return 'target-owner';
  return roles.indexOf(theirs) < roles.indexOf(role) ? undefined : 'outranked';
}

/** Against whom an event is; undefined for those against nobody. */
function targetOf(event: Pick<PostEvent, 'kind' | 'body'>): IdentityKey | undefined {
  const { kind, body } = event;
  if (kind === 'deleted' && 'author' in body) return identityKey(body.author);
  return 'key' in body && kind !== 'unbanned' ? identityKey(body.key) : undefined;
}
