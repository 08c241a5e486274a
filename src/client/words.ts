import { exitCodes, type ExitCode } from '../shared/exit-codes.ts';
import type { Presence, Role } from '../shared/room/roles.ts';
import {
  HOUR,
  MAX_OUTBOX,
  MAX_TEXT_BYTES,
  MAX_TEXT_LINES,
  MINUTE,
  OUTBOX_MS,
  SECOND,
} from '../shared/limits.ts';
import type { ClientRefusal } from './api.ts';
import type { ResumeReason, RelayInfo, RoomState, WhisperState } from './session-events.ts';

/** What is known beside the code. `name` is whom or what was asked for, `names` what it could mean. */
export interface RefusalDetail {
  readonly name?: string;
  readonly names?: readonly string[];
  readonly retryMs?: number;
  readonly limit?: number;
}

interface Words {
  readonly exit: ExitCode;
  readonly say: (detail: RefusalDetail) => string;
}

const { config, refused, tryLater, unreachable, usage } = exitCodes;

const words: Readonly<Record<ClientRefusal, Words>> = {
  'already-hosting': w(refused, 'This room is open already; /rooms lists it.'),
  'ambiguous-person': w(usage, (d) => `${what(d, 'That name')} is more than one person: ${choices(d)}.`),
  'ambiguous-room': w(usage, (d) => `${what(d, 'That title')} is more than one room: ${choices(d)}.`),
  'bad-address': w(
    usage,
    (d) =>
      `${what(d, 'That')} is no relay address; write it like wss://chat.example.org or ws://192.168.1.5:1878.`,
  ),
  'bad-entry': w(refused, 'The relay did not accept the room as described; choose another title or topic.'),
  'bad-event': w(
    refused,
    'The host could not read that line; not sent. Update both sides if it happens again.',
  ),
  'bad-invite': w(usage, 'That invite is damaged; copy the whole link, from tc:// to its end.'),
  'bad-nick': w(usage, 'A nick is 1 to 20 characters without spaces or ~, and does not begin with / # or @.'),
  banned: w(refused, 'You are banned from this room; only its host can let you in again.'),
  'changed-key': w(
    refused,
    (d) =>
      `${what(d, 'This room')} answers with another key than before, so nothing was sent. Ask its host for a new invite over a way you trust.`,
  ),
  'code-needed': w(refused, 'This room needs a join code; ask its host for the code or an invite.'),
  draining: w(tryLater, (d) => `The relay is restarting; try again${after(d, ' in a moment')}.`),
  empty: w(usage, 'There is nothing to send; write something first.'),
  fenced: w(refused, 'Another process took over hosting this room; this one has stopped.'),
  'host-away': w(unreachable, "The room's host is away; try again when it is back."),
  'host-closed': w(unreachable, 'The host closed this room; /rooms lists the others.'),
  internal: w(unreachable, 'Something went wrong on the other side; try again in a moment.'),
  'join-limit': w(
    tryLater,
    (d) => `You joined too often in a short time; try again${after(d, ' in a minute')}.`,
  ),
  left: w(refused, 'You are not in this room any more; /join it again.'),
  'login-failed': w(refused, 'The relay did not accept your key; check the address and your clock.'),
  'login-limit': w(tryLater, (d) => `Too many logins; wait ${duration(d.retryMs ?? MINUTE)}.`),
  'login-timeout': w(unreachable, 'Login timed out; try again, or check the connection.'),
  'mailbox-full': w(
    tryLater,
    (d) =>
      `${d.name === undefined ? 'Their' : `${d.name}'s`} mailbox is full; not sent. Try again when they have been here.`,
  ),
  'no-circuit': w(unreachable, 'The connection to the host was lost; it is dialled again by itself.'),
  'no-relay': w(
    unreachable,
    'No relay is connected; /connect URL reaches one, /host NAME opens a room right here.',
  ),
  'no-such-person': w(
    usage,
    (d) => `Nobody called ${d.name ?? 'that'} is known here; /members lists who is.`,
  ),
  'no-such-room': w(
    unreachable,
    (d) => `No room called ${d.name ?? 'that'} is in reach; /rooms lists those that are.`,
  ),
  'not-allowed': w(refused, 'Only operators and the owner of this room may do that; ask one of them.'),
  'not-delivered': w(unreachable, 'Not delivered; try again later, or write in a room you share.'),
  'outbox-full': w(
    tryLater,
    `${MAX_OUTBOX} lines are waiting for the host already; send this one when they have gone out.`,
  ),
  protocol: w(unreachable, 'Protocol error: the other side sent something unreadable; update both sides.'),
  'room-busy': w(tryLater, (d) => `Room is busy; try again${after(d, ' in a few seconds')}.`),
  'room-full': w(tryLater, 'Room is full; try again when somebody has left.'),
  'room-limit': w(refused, (d) => `You already host ${d.limit ?? 3} rooms; /unhost closes one.`),
  'signed-in-elsewhere': w(
    refused,
    'Signed in elsewhere: the newer window has taken over. Close it, then start this one again.',
  ),
  'slow-consumer': w(
    unreachable,
    'Catching up: the connection is too slow for the room, and resumes by itself.',
  ),
  'slow-down': w(tryLater, (d) => `Slow down: send it again${after(d, ' in a second')}.`),
  'storage-full': w(tryLater, 'Relay cannot store mail now; not sent. Try again later.'),
  taken: w(refused, 'Another process is hosting this room now; close it there first.'),
  timeout: w(
    unreachable,
    (d) => `${what(d, 'The other side')} did not answer in time; try again in a moment.`,
  ),
  'too-fast': w(tryLater, (d) => `Sending too fast; paused ${duration(d.retryMs ?? 5 * SECOND)}.`),
  'too-large': w(usage, 'Message too large; send it in parts.'),
  'too-long': w(
    usage,
    (d) => `Too long: at most ${d.limit ?? MAX_TEXT_BYTES} bytes. Shorten it, or send it in parts.`,
  ),
  'too-many-connections': w(
    tryLater,
    (d) => `Too many connections from your network; retry in ${duration(d.retryMs ?? 10 * MINUTE)}.`,
  ),
  'too-many-lines': w(usage, `Too many lines: at most ${MAX_TEXT_LINES} in one message. Send it in parts.`),
  'too-many-tries': w(
    refused,
    (d) => `Too many tries; wait ${duration(d.retryMs ?? 10 * MINUTE)} before the next.`,
  ),
  unreachable: w(
    unreachable,
    (d) => `Could not reach ${d.name ?? 'the relay'}; check the address and the network.`,
  ),
  'unsupported-version': w(config, 'The other side speaks another version; update chat-tui on both sides.'),
  'wrong-code': w(refused, 'Wrong join code; ask the host for the right one.'),
};

/** One sentence or two: what happened, and what to do next. */
export function sentence(code: ClientRefusal, detail: RefusalDetail = {}): string {
  return words[code].say(detail);
}

export function exitCode(code: ClientRefusal): ExitCode {
  return words[code].exit;
}

/** A wait or an age in words: `4 s`, `2 min`, `3 h`; rounded up, so that waiting it out is enough. */
export function duration(ms: number): string {
  if (ms < MINUTE) return `${Math.max(1, Math.ceil(ms / SECOND))} s`;
  return ms < HOUR ? `${Math.ceil(ms / MINUTE)} min` : `${Math.ceil(ms / HOUR)} h`;
}

type Reason = NonNullable<RelayInfo['reason']>;

const roomStates: Readonly<Record<RoomState, string>> = {
  connecting: 'Dialling…',
  online: 'Connected',
  reconnecting: 'Connection lost: dialling again, your lines wait here',
  'host-offline': `Host is away: your lines wait here for up to ${duration(OUTBOX_MS)}`,
  closed: 'Closed',
};

/** For a status bar; no full stop. A final state names its reason. */
export function roomStateWords(state: RoomState, reason?: Reason): string {
  // That the host is away is what the relay's reasons for it say, too.
  if (reason === undefined || state === 'online' || state === 'host-offline') return roomStates[state];
  return state === 'closed' ? sentence(reason) : `${roomStates[state]} (${reasonWords(reason)})`;
}

const relayStates: Readonly<Record<RelayInfo['state'], string>> = {
  connecting: 'Dialling…',
  online: 'Connected',
  reconnecting: 'Connection lost: dialling again',
  closed: 'Disconnected',
};

export function relayStateWords({ state, reason }: Pick<RelayInfo, 'state' | 'reason'>): string {
  if (reason === undefined || state === 'online') return relayStates[state];
  return state === 'closed' ? sentence(reason) : `${relayStates[state]} (${reasonWords(reason)})`;
}

export const presenceWords: Readonly<Record<Presence, string>> = {
  online: 'here',
  away: 'away',
  offline: 'out of reach',
};

export const roleWords: Readonly<Record<Role, string>> = {
  owner: 'owner',
  op: 'operator',
  member: 'member',
};

export const whisperStateWords: Readonly<Record<WhisperState, string>> = {
  waiting: 'waits here',
  stored: 'stored at the relay',
  delivered: 'delivered',
  failed: 'not delivered',
};

export const resumeReasonWords: Readonly<Record<ResumeReason, string>> = {
  new_log: 'The host started a new history; what you have of the old one stays here',
  trimmed: 'The host no longer keeps the lines in between',
  diverged: "The host's history differs from what you have; yours was kept",
};

/** A hole that could not be filled. */
export function gapWords(from: number, to: number): string {
  const missing = to - from + 1;
  return `— ${missing} ${missing === 1 ? 'message' : 'messages'} missing —`;
}

function w(exit: ExitCode, say: string | ((detail: RefusalDetail) => string)): Words {
  return { exit, say: typeof say === 'string' ? () => say : say };
}

function what({ name }: RefusalDetail, otherwise: string): string {
  return name ?? otherwise;
}

function choices({ names }: RefusalDetail): string {
  return names && names.length > 0 ? `say which of ${names.join(', ')}` : 'add ~ and the key tag';
}

function after({ retryMs }: RefusalDetail, otherwise: string): string {
  return retryMs === undefined ? otherwise : ` in ${duration(retryMs)}`;
}

function reasonWords(reason: Reason): string {
  const [first = ''] = sentence(reason).split(/[;:.]/);
  return first.charAt(0).toLowerCase() + first.slice(1);
}
