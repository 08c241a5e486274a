/** What a member may be in a room, weakest first. The owner is the room's host key. */
export const roles = ['member', 'op', 'owner'] as const;
export type Role = (typeof roles)[number];

export type Presence = 'online' | 'away' | 'offline';
export const presences = ['online', 'away', 'offline'] as const satisfies readonly Presence[];
