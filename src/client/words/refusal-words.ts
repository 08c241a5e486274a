import { INVITE_WORDS } from '../../shared/crypto/invite-words.ts';
import { duration } from '../../shared/durations.ts';
import { exitCodes, type ExitCode } from '../../shared/exit-codes.ts';
import {
  MAX_NAME,
  MAX_OUTBOX,
  MAX_PASSWORD_BYTES,
  MAX_SANCTIONS,
  MAX_TEXT_BYTES,
  MAX_TEXT_LINES,
  MIN_NAME,
  MIN_PASSWORD,
  MINUTE,
  SECOND,
} from '../../shared/limits.ts';
import type { ClientRefusal } from '../api.ts';

/** What is known beside the code. `name` is whom or what was asked for, `names` what it could mean. */
export interface RefusalDetail {
  readonly name?: string;
  readonly names?: readonly string[];
  readonly retryMs?: number;
  readonly limit?: number;
  /** What a person gave as the reason. */
  readonly reason?: string;
  /** What it is said of, where that changes the words; `changed-key` is of a room where nothing is said. */
  readonly about?: 'person' | 'room' | 'relay' | 'invite';
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
  'bad-invite': w(
    usage,
    'That invite is damaged: a character of it is wrong, or its check is; copy the whole link, from tc:// to its end.',
  ),
  'bad-words': w(usage, (d) => badWords(d)),
  'cut-invite': w(usage, 'That invite is cut off; copy the whole link, from tc:// to its end.'),
  'other-invite': w(
    config,
    'That invite was made by another version of chat-tui; update, then try it again.',
  ),
  'unknown-words': w(
    refused,
    (d) =>
      `Nobody answers to these words at ${d.names && d.names.length > 0 ? d.names.join(', ') : 'any relay in reach'}: they were used, have run out, or belong to another relay, which /connect URL or --relay URL reaches. Ask for new ones.`,
  ),
  'bad-backup': w(
    refused,
    'What the relay keeps for this name does not open with the password; nothing was changed. Try the device it was registered on.',
  ),
  'bad-name': w(usage, `A name is ${MIN_NAME} to ${MAX_NAME} of the characters a to z, 0 to 9, - and _.`),
  'bad-nick': w(
    usage,
    'A nick is 1 to 20 characters, a letter or digit among them, without spaces ~ < or >; it does not begin with / # or @, and it is not "you".',
  ),
  banned: w(refused, (d) =>
    d.retryMs === undefined
      ? `You are banned from this room; only its operators can let you in again.${because(d)}`
      : `You are banned from this room for ${duration(d.retryMs)} more.${because(d)}`,
  ),
  'changed-key': w(refused, (d) => changedKeys[d.about ?? 'room'](d)),
  'code-needed': w(refused, 'This room needs a join code; ask its host for the code or an invite.'),
  draining: w(tryLater, (d) => `The relay is restarting; try again${after(d, ' in a moment')}.`),
  empty: w(usage, 'There is nothing to send; write something first.'),
  fenced: w(refused, 'Another process took over hosting this room; this one has stopped.'),
  'foreign-invite': w(refused, () => foreignInvite),
  'guest-only': w(
    refused,
    'You are a guest here, because this profile is open elsewhere; do it there, or close that one first.',
  ),
  'has-name': w(refused, 'You have a name at this relay already; /account delete gives it up.'),
  'host-away': w(unreachable, "The room's host is out of reach; try again when it is back."),
  'host-closed': w(unreachable, 'The host closed this room; /rooms lists the others.'),
  'ignore-limit': w(
    refused,
    (d) => `You ignore ${d.limit ?? 'too many'} people already; /unignore one first.`,
  ),
  internal: w(unreachable, 'Something went wrong on the other side; try again in a moment.'),
  'invite-expired': w(refused, 'This invite has run out; ask its host for a new one.'),
  'invite-limit': w(
    refused,
    (d) =>
      `${d.limit ?? 'Too many'} such invites are open already; /invites lists them, /invites --revoke N ends one.`,
  ),
  'invite-revoked': w(refused, 'This invite was taken back; ask its host for a new one.'),
  'invite-used': w(
    refused,
    'This invite was for one person, and somebody has used it; ask its host for a new one.',
  ),
  'invites-filtered': w(
    refused,
    'Invites are not welcome in this room; not sent. Ask an operator to post it.',
  ),
  'join-limit': w(
    tryLater,
    (d) => `You joined too often in a short time; try again${after(d, ' in a minute')}.`,
  ),
  kicked: w(refused, (d) => `You were put out of this room; /join it again if you are welcome.${because(d)}`),
  left: w(refused, 'You are not in this room any more; /join it again.'),
  'links-filtered': w(refused, 'Links are not welcome in this room; not sent. Ask an operator to post it.'),
  'list-full': w(tryLater, (d) => `The list is full (${d.limit ?? MAX_SANCTIONS}); /unban somebody first.`),
  'login-failed': w(refused, 'The relay did not accept your key; check the address and your clock.'),
  'login-limit': w(tryLater, (d) => `Too many logins; wait ${duration(d.retryMs ?? MINUTE)}.`),
  'login-timeout': w(unreachable, 'Login timed out; try again, or check the connection.'),
  'mail-waiting': w(tryLater, 'Whispers are still on their way to you or from you; try again in a moment.'),
  'mailbox-full': w(
    tryLater,
    (d) =>
      `${d.name === undefined ? 'Their' : `${d.name}'s`} mailbox is full; not sent. Try again when they have been here.`,
  ),
  muted: w(refused, (d) =>
    d.retryMs === undefined
      ? 'You are silenced in this room; not sent. Its operators can lift that.'
      : `You are silenced in this room for ${duration(d.retryMs)} more; not sent.`,
  ),
  'name-lookalike': w(
    refused,
    (d) => `${what(d, 'That name')} looks like one that somebody has; choose one that cannot be mistaken.`,
  ),
  'name-taken': w(refused, (d) => `${what(d, 'That name')} is taken; choose another.`),
  'left-out': w(
    unreachable,
    'It is at another relay than that of --relay; leave that option away to reach it there.',
  ),
  'name-too-short': w(usage, `A name has at least ${MIN_NAME} characters; choose a longer one.`),
  'no-change': w(usage, 'It is like that already; nothing was changed.'),
  'no-circuit': w(unreachable, 'The connection to the host was lost; it is dialled again by itself.'),
  'no-code': w(
    refused,
    'Anybody may come into this room without a code, so a link to it cannot run out; /unhost it, then /host it with --code.',
  ),
  'no-relay': w(
    unreachable,
    'No relay is connected; /connect URL reaches one, /host NAME opens a room right here.',
  ),
  'no-such-line': w(
    usage,
    'There is no such line, or it was taken back; only lines that were said can be changed.',
  ),
  'no-such-member': w(usage, (d) => `${what(d, 'That person')} is not in this room; /members lists who is.`),
  'no-such-name': w(usage, (d) => `Nobody is registered as ${d.name ?? 'that'} here; /users lists who is.`),
  'no-such-person': w(
    usage,
    (d) => `Nobody called ${d.name ?? 'that'} is known here; /members lists who is.`,
  ),
  'no-such-room': w(unreachable, (d) =>
    d.about === 'invite'
      ? `The room of this invite is not open at ${d.names?.[0] ?? 'its relay'} now: its host is away, or has moved. Try again later, or ask for a new invite.`
      : `No room called ${d.name ?? 'that'} is in reach; /rooms lists those that are.`,
  ),
  'not-registered': w(refused, 'You have no name at this relay; /register NAME gets you one.'),
  'not-allowed': w(refused, 'Only operators and the owner of this room may do that; ask one of them.'),
  'not-delivered': w(unreachable, 'Not delivered; try again later, or write in a room you share.'),
  'outbox-full': w(
    tryLater,
    `${MAX_OUTBOX} lines are waiting for the host already; send this one when they have gone out.`,
  ),
  outranked: w(refused, 'Only the owner of the room may do that to an operator.'),
  'password-needed': w(usage, (d) => `${what(d, 'That name')} needs its password.`),
  'password-too-long': w(usage, `A password has at most ${MAX_PASSWORD_BYTES} bytes; choose a shorter one.`),
  'password-too-short': w(
    usage,
    `A password has at least ${MIN_PASSWORD} characters; a few unrelated words are easiest to keep.`,
  ),
  'passwords-differ': w(usage, 'The two passwords differ; nothing was changed. Try again.'),
  protocol: w(unreachable, 'Protocol error: the other side sent something unreadable; update both sides.'),
  'registration-limit': w(
    tryLater,
    (d) => `Too many names from your network today; try again${after(d, ' tomorrow')}.`,
  ),
  'relay-banned': w(
    refused,
    'You are banned at this relay: its operator keeps your key or your network out; ask them, or /connect to another.',
  ),
  'relay-private': w(
    refused,
    'This relay is private: its operator has to add your key, which chat-tui doctor shows; or /connect to another relay.',
  ),
  'room-barred': w(
    refused,
    'Closed by the relay: its operator does not want this room there; ask them, or meet at another relay.',
  ),
  'room-busy': w(tryLater, (d) => `Room is busy; try again${after(d, ' in a few seconds')}.`),
  'room-full': w(tryLater, 'Room is full; try again when somebody has left.'),
  'room-limit': w(
    refused,
    (d) => `You already host ${d.limit ?? 3} rooms, or your network has too many here; /unhost closes one.`,
  ),
  'search-limit': w(tryLater, (d) => `Too many searches; try again${after(d, ' in a minute')}.`),
  'signed-in-elsewhere': w(
    refused,
    'Signed in elsewhere: the newer window has taken over. Close it, then start this one again.',
  ),
  'slow-consumer': w(
    unreachable,
    'Catching up: the connection is too slow for the room, and resumes by itself.',
  ),
  'slow-down': w(tryLater, (d) => `Slow down: send it again${after(d, ' in a second')}.`),
  'disk-full': w(tryLater, 'The disk is full; not sent. Make room, then do it again.'),
  'storage-full': w(tryLater, 'Relay cannot store mail now; not sent. Try again later.'),
  taken: w(refused, 'Another process is hosting this room now; close it there first.'),
  'target-owner': w(refused, 'Nobody may do that to the owner of the room.'),
  'target-self': w(usage, 'You cannot do that to yourself.'),
  timeout: w(unreachable, (d) =>
    d.about === 'room'
      ? `Nobody answers in ${what(d, 'that room')}: its host may be asleep, or its network slow. Try again in a moment.`
      : `${what(d, 'The other side')} did not answer in time; try again in a moment.`,
  ),
  'too-fast': w(tryLater, (d) => `Sending too fast; paused ${duration(d.retryMs ?? 5 * SECOND)}.`),
  'too-large': w(usage, 'Message too large; send it in parts.'),
  'too-long': w(
    usage,
    (d) => `Too long: at most ${d.limit ?? MAX_TEXT_BYTES} bytes. Shorten it, or send it in parts.`,
  ),
  'too-many-changes': w(tryLater, 'That line was changed too often already; say it anew.'),
  'too-many-connections': w(
    tryLater,
    (d) => `Too many connections from your network; retry in ${duration(d.retryMs ?? 10 * MINUTE)}.`,
  ),
  'too-many-lines': w(
    usage,
    (d) => `Too many lines: at most ${d.limit ?? MAX_TEXT_LINES} in one message. Send it in parts.`,
  ),
  'too-many-rooms': w(
    refused,
    (d) => `You are in ${d.limit ?? 20} rooms already; /leave one, then join this one.`,
  ),
  'too-many-tries': w(
    refused,
    (d) => `Too many tries; wait ${duration(d.retryMs ?? 10 * MINUTE)} before the next.`,
  ),
  'unsafe-stretch': w(
    refused,
    'The relay wants the password handled in a way that is not safe; nothing was sent. Ask who runs it.',
  ),
  unreachable: w(unreachable, (d) =>
    d.about === 'invite'
      ? `Could not reach ${d.names?.[0] ?? 'the relay'}, where this invite leads; check the network, or ask for a new invite.`
      : `Could not reach ${relayOf(d)}; check the address and the network.`,
  ),
  'unsupported-version': w(config, 'The other side speaks another version; update chat-tui on both sides.'),
  'unusable-file': w(config, 'A file of this profile cannot be used; start again to see which.'),
  'wrong-password': w(
    refused,
    (d) => `Wrong password, or ${d.name ?? 'that name'} cannot be had with one; check both.`,
  ),
  'wrong-code': w(refused, 'Wrong join code; ask the host for the right one.'),
};

/** One sentence or two: what happened, and what to do next. */
export function sentence(code: ClientRefusal, detail: RefusalDetail = {}): string {
  return words[code].say(detail);
}

export function exitCode(code: ClientRefusal): ExitCode {
  return words[code].exit;
}

/** Every code there are words for. */
export function clientRefusals(): readonly ClientRefusal[] {
  return Object.keys(words).filter(isClientRefusal);
}

/** Of any code a refusal may have, the commands' own included. */
export function exitCodeOf(code: string): ExitCode {
  return isClientRefusal(code) ? exitCode(code) : usage;
}

function isClientRefusal(code: string): code is ClientRefusal {
  return Object.hasOwn(words, code);
}

function w(exit: ExitCode, say: string | ((detail: RefusalDetail) => string)): Words {
  return { exit, say: typeof say === 'string' ? () => say : say };
}

/** Of a room it is the relays that cannot be reached. */
function relayOf({ about, name, names = [] }: RefusalDetail): string {
  const relays = about === 'room' || about === 'relay' ? names.join(', ') : '';
  return relays || (about === 'room' ? undefined : name) || 'the relay';
}

export function what({ name }: RefusalDetail, otherwise: string): string {
  return name ?? otherwise;
}

/** At the end, so that what somebody else wrote cannot pass for our own words behind it. */
export function because({ reason }: RefusalDetail): string {
  return reason === undefined || reason === '' ? '' : ` The reason given: ${reason}`;
}

const foreignInvite =
  'This invite names another key than the host of its room has: it was changed, or is not for this room. Nothing was sent; ask for a new one.';

/** For people who need not know what a key is. */
const changedKeys: Readonly<
  Record<'person' | 'room' | 'relay' | 'invite', (detail: RefusalDetail) => string>
> = {
  person: ({ names: [now = 'This one', ...before] = [] }) =>
    `${now} is not who you know by this name (${before.join(', ') || 'somebody else'}): it may be the same person with a new device, or somebody who took the name. Nothing was sent. Ask them in another way, by phone for instance; if it is them, /trust ${now} lets you write.`,
  room: (d) =>
    `${what(d, 'This room')} is hosted by somebody else than before, so you were not let in. Ask its host, by phone for instance; if they say that this is right, /trust ${d.names?.[0] ?? d.name ?? 'ROOM'}, then /join it again.`,
  invite: () => foreignInvite,
  relay: (d) => {
    const url = d.names?.[0] ?? d.name ?? 'URL';
    return `${url === 'URL' ? 'This address' : url} is answered by another relay than before, so nothing was sent there. Ask whoever runs it; if they say that this is right, /disconnect ${url}, then /connect ${url}.`;
  },
};

function badWords({ limit = INVITE_WORDS, names = [] }: RefusalDetail): string {
  const [unknown] = names;
  if (unknown !== undefined) return `No spoken invite has the word "${unknown}"; ask how it is written.`;
  if (limit !== INVITE_WORDS)
    return `A spoken invite has ${INVITE_WORDS} words, and these are ${limit}; ask for all of them.`;
  return 'These words do not belong together; ask for them again, in order.';
}

function choices({ names }: RefusalDetail): string {
  return names && names.length > 0 ? `say which of ${names.join(', ')}` : 'add ~ and the key tag';
}

function after({ retryMs }: RefusalDetail, otherwise: string): string {
  return retryMs === undefined ? otherwise : ` in ${duration(retryMs)}`;
}
