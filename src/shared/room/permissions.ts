import type { Role } from './roles.ts';

/** Who may do what: the one table that the host enforces, clients check and the guide prints. */
export const permissions = {
  post: ['member', 'op', 'owner'],
  'edit-own': ['member', 'op', 'owner'],
  'delete-own': ['member', 'op', 'owner'],
  react: ['member', 'op', 'owner'],
  'change-nick': ['member', 'op', 'owner'],
  'delete-others': ['op', 'owner'],
  kick: ['op', 'owner'],
  ban: ['op', 'owner'],
  'see-bans': ['op', 'owner'],
  invite: ['op', 'owner'],
  silence: ['op', 'owner'],
  'change-topic': ['op', 'owner'],
  'change-motd': ['op', 'owner'],
  'set-slow': ['op', 'owner'],
  'set-filters': ['op', 'owner'],
  /** Neither slow mode nor filters hold them. */
  'pass-limits': ['op', 'owner'],
  'change-role': ['owner'],
} as const satisfies Record<string, readonly Role[]>;

export type Action = keyof typeof permissions;

export function may(role: Role, action: Action): boolean {
  const allowed: readonly Role[] = permissions[action];
  return allowed.includes(role);
}
