import type { HostEvent } from '../host/host-events.ts';
import { assertNever } from '../shared/errors.ts';
import type { Via } from '../shared/room/via.ts';

type Line = Readonly<Record<string, unknown>>;

/** What `chat-tui host` prints of a happening: the events of `pipe --json` where there is one, never a message's text. */
export function hostLogEvent(event: HostEvent): Line | undefined {
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
        ...(event.reason === undefined ? {} : { reason: event.reason }),
      };
    case 'moderated': {
      const { type: _, event: name, ms, ...rest } = event;
      return { event: name, ...rest, ...(ms === undefined ? {} : { forMs: ms }) };
    }
    case 'presence':
      return { event: 'presence', key: event.key, presence: event.presence, ...viaOf(event) };
    case 'topic':
      return { event: 'topic', seq: event.seq, key: event.key, topic: event.topic };
    case 'storage':
      return { event: 'error', code: 'storage-full', text: event.message };
    case 'posted':
      return undefined;
    default:
      return assertNever(event);
  }
}

/** The line of a room that has several. */
function viaOf({ via }: { readonly via?: Via }): { readonly via?: Via } {
  return via === undefined ? {} : { via };
}
