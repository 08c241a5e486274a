import { fullName } from './full-name.ts';
import { counted } from '../../shared/counted.ts';
import type { RefusalCode } from '../../shared/errors.ts';
import { duration } from '../../shared/durations.ts';
import { OUTBOX_MS } from '../../shared/limits.ts';
import { codeRefusals } from '../../shared/room/code-refusals.ts';
import type { Presence, Role } from '../../shared/room/roles.ts';
import { sentence, type RefusalDetail } from './refusal-words.ts';
import type {
  CallStep,
  Person,
  RelayInfo,
  ResumeReason,
  RoomInfo,
  RoomState,
  Standing,
  WhisperState,
} from '../session-events.ts';

type Reason = NonNullable<RelayInfo['reason']>;

const linesWait = `your lines wait here for up to ${duration(OUTBOX_MS)}`;

const redialled = 'dialling again, your lines wait here';

const roomStates: Readonly<Record<RoomState, string>> = {
  connecting: 'Dialling…',
  online: 'Connected',
  reconnecting: `Connection lost: ${redialled}`,
  'host-offline': `Host is away: ${linesWait}`,
  closed: 'Closed',
};

/** How far a call is, as something that goes on; `NAME` may follow. */
export const callWords: Readonly<Record<CallStep, string>> = {
  dialling: 'Dialling',
  ringing: 'Ringing',
  answered: 'Answered, coming in',
};

const strangersAnswer = 'Dialling again: somebody else answers there, nothing is sent to them';

/**
 * For a status bar; no full stop. What is wrong comes first, since a narrow one is cut. A final state names its reason. `call`: how far, while connecting; `relay` and `via`: those
 * of the room; `own`: it is kept by this profile itself.
 */
export function roomStateWords(
  state: RoomState,
  reason?: Reason | 'left-out',
  {
    call,
    relay = 'URL',
    via,
    own = false,
  }: {
    readonly call?: CallStep | undefined;
    readonly relay?: string;
    readonly via?: RoomInfo['via'];
    readonly own?: boolean;
  } = {},
): string {
  if (call !== undefined && (state === 'connecting' || state === 'host-offline'))
    return `${callWords[call]}…`;
  if (state === 'host-offline' && reason === 'host-closed') return `Closed by its host: ${linesWait}`;
  if (state === 'host-offline' && own) return `Not open: ${linesWait}`;
  // That the host is away is what the relay's reasons for it say, too.
  if (reason === undefined || state === 'online' || state === 'host-offline') return roomStates[state];
  if (reason === 'changed-key') return strangersAnswer;
  if (reason === 'left-out') return `Not called, since --relay names another: /connect ${relay}`;
  // For how long was told when it happened.
  if (reason === 'banned') return 'You are banned from this room';
  if (state === 'closed' && codeRefusals.has(reason)) return 'This room wants its join code again';
  if (state === 'closed') return sentence(reason);
  const why = via === 'lan' && reason === 'unreachable' ? 'its host is out of reach' : reasonWords(reason);
  return state === 'reconnecting' ? `${capital(why)}; ${redialled}` : `${roomStates[state]} (${why})`;
}

/** Why a room that one was in is over. */
export function removedWords(
  { code, ...detail }: RefusalDetail & { readonly code: RefusalCode },
  title: string,
): string {
  // Nobody has typed one: the room does not know this profile any more, or has another code by now.
  return codeRefusals.has(code)
    ? `${title} wants its join code again: /join ${title} asks for it, or ask its host for a new invite.`
    : sentence(code, detail);
}

const relayStates: Readonly<Record<RelayInfo['state'], string>> = {
  connecting: 'Dialling…',
  online: 'Connected',
  reconnecting: 'Connection lost; dialling again',
  closed: 'Disconnected',
};

export function relayStateWords({ state, reason }: Pick<RelayInfo, 'state' | 'reason'>): string {
  if (reason === undefined || state === 'online') return relayStates[state];
  if (reason === 'changed-key') return 'Another relay than before answers there: nothing is sent to it';
  if (state === 'closed') return sentence(reason);
  const why = reasonWords(reason);
  return state === 'reconnecting' ? `${capital(why)}; dialling again` : `${relayStates[state]} (${why})`;
}

/** Where nobody is shown what goes on, only what is wrong. */
export function relayTroubleWords(relay: Pick<RelayInfo, 'state' | 'reason'>): string {
  const { state, reason } = relay;
  return state === 'connecting' && reason !== undefined && reason !== 'changed-key'
    ? reasonWords(reason)
    : relayStateWords(relay);
}

/** That a name which is known belongs to somebody else now. */
export function changedKeyWords(event: { readonly who: Person; readonly was: readonly Person[] }): string {
  const who = fullName(event.who);
  const was = event.was.map(fullName);
  return `${who} is not who you know by this name (${was.join(', ')}): perhaps a new device, perhaps somebody who took the name. Whispers to them wait for /trust ${who}; /whois ${who} tells more.`;
}

/** That something was dropped because it cannot be true; `count`: how often so far. */
export function suspicionWords(what: string, count: number): string {
  const often = count > 1 ? `, ${count} times by now` : '';
  return `Dropped what cannot be true (${what}${often}): the host, the relay or a member forges messages. What is shown here is genuine.`;
}

/** What became of a whisper that nobody came for. */
export const expiredWords = 'A whisper was never fetched and has expired; send it again if it still matters.';

/** A whisper before this one is missing. */
export const whisperGapWords = '— an earlier whisper of theirs has not come —';

export const standingWords: Readonly<Record<Standing, string>> = {
  new: 'not verified',
  known: 'not verified; the same as when you wrote first',
  verified: 'verified: you compared numbers',
  changed: 'not who you know by this name; /trust lets you write to them',
};

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
  refused: 'refused, not delivered',
  expired: 'expired, not delivered',
};

export const resumeReasonWords: Readonly<Record<ResumeReason, string>> = {
  new_log: 'The host started a new history; what you have of the old one stays here',
  trimmed: 'The host no longer keeps the lines in between',
  diverged: "The host's history differs from what you have; yours was kept",
};

/** On a line of its own among what was said. */
export function resumeWords(reason: ResumeReason): string {
  return `— ${resumeReasonWords[reason]} —`;
}

/** A hole that could not be filled. */
export function gapWords(from: number, to: number): string {
  const missing = to - from + 1;
  return `— ${counted(missing, 'message')} missing —`;
}

/** What is shown above the terms of a relay, and they. */
export function termsWords({ relay, name, text }: { relay: string; name?: string; text: string }): string {
  // Each line of it: none can pass for a sentence of ours.
  const indented = text.replaceAll(/^/gm, '  ');
  return `Who runs ${name === undefined ? relay : `${name} (${relay})`} wants you to know:\n${indented}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function reasonWords(reason: Reason): string {
  const [first = ''] = sentence(reason).split(/[;:.]/);
  return first.charAt(0).toLowerCase() + first.slice(1);
}
