import { codeRefusals } from '../../shared/room/code-refusals.ts';
import type { Absence } from '../relays/host-line.ts';
import { isOurLogin } from '../relays/login-ends.ts';
import type { ConversationEnd } from './member-conversation.ts';

/** What a session does after its conversation ended: try again while the host is away, or as such, or never. */
export type Course = 'host-offline' | 'reconnecting' | 'closed';

/** Why a room is in the state that it is in. */
export type StateReason = ConversationEnd | Absence;

const courses: Readonly<Partial<Record<ConversationEnd, Course>>> = {
  'host-away': 'host-offline',
  'host-closed': 'host-offline',
  'no-such-room': 'host-offline',
  draining: 'host-offline',
  banned: 'closed',
  kicked: 'closed',
  left: 'closed',
  'login-failed': 'closed',
  'not-allowed': 'closed',
  'signed-in-elsewhere': 'closed',
  'too-many-tries': 'closed',
  'unsupported-version': 'closed',
};

/** Words that only the host can mean, and says in its own channel. */
const hostsWords: ReadonlySet<ConversationEnd> = new Set(['banned', 'kicked', 'left', 'not-allowed']);

/**
 * What to make of an end that the relay tells, to somebody whom the room has let in before: a relay could say anything
 * in the host's name, so it can interrupt a conversation but not end a membership. `welcomed`: in this conversation.
 */
export function believed(code: ConversationEnd, welcomed: boolean): ConversationEnd {
  const unproven = hostsWords.has(code) || (welcomed && courseAfter(code) === 'closed');
  return unproven && !isOurLogin(code) ? 'host-away' : code;
}

/** Whether another line could carry the call all the same. */
export function isOnlyTheLine(code: ConversationEnd): boolean {
  return code === 'unreachable' || code === 'timeout' || courseAfter(code) === 'host-offline';
}

export function courseAfter(code: ConversationEnd): Course {
  return courses[code] ?? (codeRefusals.has(code) ? 'closed' : 'reconnecting');
}
