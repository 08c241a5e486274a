import { keyTag } from '../../shared/crypto/sign.ts';
import { identityKey, type IdentityKey } from '../../shared/ids.ts';
import type { RoomEvent } from '../../shared/room/events.ts';
import { cleanReason } from '../../shared/text.ts';
import type { HostedMember, HostEvent } from '../host-events.ts';
import type { ModerationEvent } from './moderation.ts';
import type { RoomState } from './room-state.ts';
import { defined } from '../../shared/defined.ts';

const actNames = {
  kicked: 'kick',
  banned: 'ban',
  unbanned: 'unban',
  muted: 'mute',
  'role-changed': 'role',
} as const;
type AgainstSomebody = Extract<ModerationEvent, { kind: keyof typeof actNames }>;

/** A durable event, and the room before and after it. */
export interface DurableEvent {
  readonly event: RoomEvent;
  readonly author: IdentityKey;
  readonly seq: number;
  readonly was: RoomState;
  readonly room: RoomState;
  readonly memberOf: (key: IdentityKey) => HostedMember | undefined;
}

/** What the program around a host is told of it; undefined where whom it is about has gone meanwhile. */
export function toldOf({ event, author, seq, was, room, memberOf }: DurableEvent): HostEvent | undefined {
  switch (event.kind) {
    case 'member-joined': {
      const member = memberOf(identityKey(event.body.key));
      return member && { type: 'joined', member, seq };
    }
    case 'member-left': {
      const key = identityKey(event.body.key);
      const { reason } = event.body;
      const nick = was.members.get(key)?.nick ?? '';
      return { type: 'left', key, nick, seq, ...defined({ reason }) };
    }
    case 'nick-changed': {
      const before = was.members.get(author)?.nick ?? '';
      const nick = room.members.get(author)?.nick ?? '';
      return { type: 'renamed', key: author, nick, was: before, seq };
    }
    case 'topic-changed':
      return { type: 'topic', topic: room.topic, key: author, seq };
    default:
      return isAgainstSomebody(event)
        ? { type: 'moderated', by: author, seq, ...actOf(event, was) }
        : { type: 'posted', kind: event.kind, key: author, seq };
  }
}

function isAgainstSomebody(event: { readonly kind: string }): event is AgainstSomebody {
  return Object.hasOwn(actNames, event.kind);
}

/** For whoever watches the host: what was done to whom; texts are made safe. */
function actOf(
  { kind, body }: AgainstSomebody,
  was: RoomState,
): Omit<Extract<HostEvent, { type: 'moderated' }>, 'type' | 'by' | 'seq'> {
  const key = identityKey(body.key);
  const nick = (was.members.get(key) ?? was.bans.get(key) ?? was.mutes.get(key))?.nick ?? keyTag(body.key);
  const reason = 'reason' in body ? cleanReason(body.reason ?? '') : '';
  return {
    event: actNames[kind],
    key,
    nick,
    ...(reason === '' ? {} : { reason }),
    ...('ms' in body && body.ms !== undefined ? { ms: body.ms } : {}),
    ...('role' in body ? { role: body.role } : {}),
  };
}
