import { identityKey, type IdentityKey } from '../../shared/ids.ts';
import type { RoomEvent } from '../../shared/room/events.ts';
import type { HostedMember, HostEvent } from '../host-events.ts';
import { actOf, isAgainstSomebody } from './moderation.ts';
import type { RoomState } from './room-state.ts';

/** A durable event, and the room before and after it. */
export interface Sequenced {
  readonly event: RoomEvent;
  readonly author: IdentityKey;
  readonly seq: number;
  readonly was: RoomState;
  readonly room: RoomState;
  readonly memberOf: (key: IdentityKey) => HostedMember | undefined;
}

/** What the program around a host is told of it; undefined where whom it is about has gone meanwhile. */
export function toldOf({ event, author, seq, was, room, memberOf }: Sequenced): HostEvent | undefined {
  switch (event.kind) {
    case 'member-joined': {
      const member = memberOf(identityKey(event.body.key));
      return member && { type: 'joined', member, seq };
    }
    case 'member-left': {
      const key = identityKey(event.body.key);
      const { reason } = event.body;
      const nick = was.members.get(key)?.nick ?? '';
      return { type: 'left', key, nick, seq, ...(reason === undefined ? {} : { reason }) };
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
