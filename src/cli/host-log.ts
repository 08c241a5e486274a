import type { HostedMember, HostEvent } from '../host/host-events.ts';
import type { RunningHost } from '../host/hosting.ts';
import { keyTag } from '../shared/crypto/sign.ts';
import { assertNever } from '../shared/errors.ts';
import { idBytes, type IdentityKey } from '../shared/ids.ts';
import { viaOf, type Via } from '../shared/room/via.ts';
import { defined } from '../shared/defined.ts';

export type HostLogLine = Readonly<Record<string, unknown>>;

/**
 * What `chat-tui host` prints of a happening: the events of `pipe --json` where there is one, never a message's text.
 * `nickOf` tells what somebody in the room is called.
 */
export function hostLogEvent(
  event: HostEvent,
  nickOf: (key: IdentityKey) => string | undefined,
): HostLogLine | undefined {
  const named = (key: IdentityKey): HostLogLine => ({ nick: nickOf(key) ?? keyTag(idBytes(key)), key });
  switch (event.type) {
    case 'online':
      return { event: 'state', state: 'online', ...viaOf(event) };
    case 'offline':
      return { event: 'state', state: 'reconnecting', reason: event.reason, ...viaOf(event) };
    case 'refused':
      return { event: 'state', state: 'reconnecting', reason: event.code, ...viaOf(event) };
    case 'stopped':
      return { event: 'state', state: 'closed', reason: event.code };
    case 'joined': {
      const { nick, key, role } = event.member;
      return { event: 'join', seq: event.seq, nick, key, role, ...viaOf(event.member) };
    }
    case 'left':
      return {
        event: 'leave',
        seq: event.seq,
        nick: event.nick,
        key: event.key,
        ...defined({ reason: event.reason }),
      };
    case 'moderated': {
      const { event: name, seq, nick, key, by, ms, reason, role } = event;
      return {
        event: name,
        seq,
        nick,
        key,
        by: named(by)['nick'],
        byKey: by,
        ...(name === 'mute' ? { on: ms !== 0 } : {}),
        ...(ms === undefined || ms === 0 ? {} : { forMs: ms }),
        ...defined({ reason, role }),
      };
    }
    case 'renamed':
      return { event: 'nick', seq: event.seq, nick: event.nick, key: event.key, was: event.was };
    case 'presence':
      return { event: 'presence', ...named(event.key), presence: event.presence, ...viaOf(event) };
    case 'topic':
      return { event: 'topic', seq: event.seq, ...named(event.key), topic: event.topic };
    case 'storage':
      return { event: 'error', code: 'storage-full', text: event.message };
    case 'posted':
      return undefined;
    default:
      return assertNever(event);
  }
}

/** What it prints once the room is open; `room` is how `owner` calls it. */
export function readyEvent(
  host: RunningHost,
  { nick, key }: Pick<HostedMember, 'nick' | 'key'>,
  { room, via, relay }: { readonly room: string; readonly via: Via; readonly relay: string },
): HostLogLine {
  return {
    event: 'ready',
    room,
    roomId: host.room,
    title: host.title,
    nick,
    key,
    role: 'owner',
    via,
    relay,
    log: host.log,
    seq: host.seq,
    members: host.members(),
    invite: host.invite,
  };
}

/** Whether a line says something new: an outage is told once for each reason, not at each attempt to end it. */
export function onceAnOutage(): (line: HostLogLine) => boolean {
  const told = new Map<unknown, Set<unknown>>();
  return ({ event, state, reason, via }) => {
    if (event !== 'state') return true;
    const reasons = (state === 'reconnecting' && told.get(via)) || new Set();
    if (reasons.has(reason)) return false;
    told.set(via, reasons.add(reason));
    return true;
  };
}
