import * as v from 'valibot';
import { decodeCbor, encodeCbor } from '../../shared/cbor.ts';
import { assertNever } from '../../shared/errors.ts';
import { idBytes, type IdentityKey, type MessageId } from '../../shared/ids.ts';
import { eventBodies, type EventOf, type PostKind } from '../../shared/room/events.ts';
import type { RoomAction } from '../api.ts';
import type { PendingPost } from '../archive/archive.ts';
import { defined } from '../../shared/defined.ts';

export type PostContent = { [Kind in PostKind]: Pick<EventOf<Kind>, 'kind' | 'body'> }[PostKind];

/** What a post says, as it is signed. */
export function contentOf({ kind, text, re }: Pick<PendingPost, 'kind' | 'text' | 're'>): PostContent {
  switch (kind) {
    case 'text':
      return {
        kind,
        body: { text, ...(re ? { re: { author: idBytes(re.author), id: idBytes(re.id) } } : {}) },
      };
    case 'me':
      return { kind, body: { text } };
    case 'topic-changed':
      return { kind, body: { topic: text } };
    case 'nick-changed':
      return { kind, body: { nick: text } };
    default: {
      const bytes = new Uint8Array(Buffer.from(text, 'base64'));
      return { kind, body: v.parse(eventBodies[kind], decodeCbor(bytes)) } as PostContent;
    }
  }
}

/** An action as the outbox keeps it: the body of its event, in base64. */
export function postOf(action: RoomAction): Pick<PendingPost, 'kind' | 'text'> {
  const { kind, body } = eventOf(action);
  return { kind, text: Buffer.from(encodeCbor(body)).toString('base64') };
}

/** What the action is in the log. */
export function eventOf(action: RoomAction): PostContent {
  switch (action.type) {
    case 'kick':
      return { kind: 'kicked', body: { key: idBytes(action.key), ...reasonOf(action) } };
    case 'ban':
      return { kind: 'banned', body: { key: idBytes(action.key), ...msOf(action), ...reasonOf(action) } };
    case 'unban':
      return { kind: 'unbanned', body: { key: idBytes(action.key) } };
    case 'mute':
      return { kind: 'muted', body: { key: idBytes(action.key), ...msOf(action) } };
    case 'role':
      return { kind: 'role-changed', body: { key: idBytes(action.key), role: action.role } };
    case 'slow':
      return { kind: 'slow-changed', body: { seconds: action.seconds } };
    case 'filter':
      return { kind: 'filter-changed', body: { filter: action.filter, on: action.on } };
    case 'motd':
      return { kind: 'motd-changed', body: { motd: action.motd } };
    case 'edit':
      return { kind: 'edited', body: { of: idBytes(action.of), text: action.text } };
    case 'delete':
      return { kind: 'deleted', body: about(action) };
    case 'react':
      return { kind: 'reacted', body: { ...about(action), emoji: action.emoji, on: action.on } };
    default:
      return assertNever(action);
  }
}

function about({ of, author }: { of: MessageId; author: IdentityKey }): {
  of: Uint8Array;
  author: Uint8Array;
} {
  return { of: idBytes(of), author: idBytes(author) };
}

function reasonOf({ reason }: { reason?: string }): { reason?: string } {
  return defined({ reason });
}

function msOf({ ms }: { ms?: number }): { ms?: number } {
  return defined({ ms });
}
