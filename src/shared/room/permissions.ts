import type { Role } from './roles.ts';

/** Who may do what: the one table that the host enforces and the guide prints. */
export const permissions = {
  post: ['member', 'op', 'owner'],
  'change-nick': ['member', 'op', 'owner'],
  'change-topic': ['op', 'owner'],
} as const satisfies Record<string, readonly Role[]>;

export type Action = keyof typeof permissions;

export function may(role: Role, action: Action): boolean {
  const allowed: readonly Role[] = permissions[action];
  return allowed.includes(role);
}
