import type { ConversationEnd } from './member-conversation.ts';

/** What a session does after its conversation ended: try again while the host is away, or as such, or never. */
export type Course = 'host-offline' | 'reconnecting' | 'closed';

const courses: Readonly<Partial<Record<ConversationEnd, Course>>> = {
  'host-away': 'host-offline',
  'host-closed': 'host-offline',
  'no-such-room': 'host-offline',
  draining: 'host-offline',
  banned: 'closed',
  'changed-key': 'closed',
  kicked: 'closed',
  left: 'closed',
  'login-failed': 'closed',
  'not-allowed': 'closed',
  'signed-in-elsewhere': 'closed',
  'too-many-tries': 'closed',
  'unsupported-version': 'closed',
  'wrong-code': 'closed',
};

export function courseAfter(code: ConversationEnd): Course {
  return courses[code] ?? 'reconnecting';
}
