import { equalBytes, utf8 } from '../shared/bytes.ts';
import { assertNever, type Rejection } from '../shared/errors.ts';
import { idBytes, identityKey, type IdentityKey } from '../shared/ids.ts';
import { MAX_TEXT_BYTES, MAX_TEXT_LINES, MAX_TOPIC_BYTES } from '../shared/limits.ts';
import {
  hostKinds,
  type EventKind,
  type EventOf,
  type PostKind,
  type RoomEvent,
} from '../shared/room/events.ts';
import { may, type Action } from '../shared/room/permissions.ts';
import type { Role } from '../shared/room/roles.ts';
import { cleanNick, countLines, sanitize, sanitizeLine } from '../shared/text.ts';
import { fullBucket, takeTokens, waitFor, type Bucket, type BucketPolicy } from './token-bucket.ts';

/** Somebody on the roster. `counter` is that of the last post sequenced in this log. */
export interface Member {
  readonly key: IdentityKey;
  readonly nick: string;
  readonly role: Role;
  readonly counter: number;
  readonly posts: Bucket;
}

export interface RoomPolicy {
  /** Besides the owner, who is never locked out. */
  readonly maxMembers: number;
  readonly posts: BucketPolicy;
}

export interface RoomState {
  readonly room: Uint8Array;
  readonly log: Uint8Array;
  readonly host: IdentityKey;
  readonly title: string;
  readonly topic: string;
  readonly policy: RoomPolicy;
  readonly members: ReadonlyMap<IdentityKey, Member>;
}

/** What is asked of a room; signatures are checked by whoever asks. `now` is monotonic ms. */
export type RoomRequest =
  /** `known` is the seq of an earlier event with this author and id. */
  | { readonly type: 'post'; readonly event: RoomEvent; readonly known: number | undefined }
  | { readonly type: 'join'; readonly nick: string }
  | { readonly type: 'leave'; readonly reason?: string }
  /** By the host itself, which no rate holds back. */
  | { readonly type: 'set-topic'; readonly topic: string }
  | { readonly type: 'open'; readonly nick: string };

type Draft<Kind extends EventKind> = { readonly kind: Kind; readonly body: EventOf<Kind>['body'] };
/** An event the host is to sign and sequence. */
export type HostDraft = { [Kind in EventKind]: Draft<Kind> }[EventKind];

export type Decision =
  /** The posted event is sequenced as it is. */
  | { readonly type: 'accepted' }
  | { readonly type: 'known'; readonly seq: number }
  | { readonly type: 'drafts'; readonly drafts: readonly HostDraft[] }
  | { readonly type: 'rejected'; readonly rejection: Rejection };

/** An event with its place in the log. `resumes` is the counter the store remembers of somebody who joins. */
export interface Sequenced {
  readonly author: IdentityKey;
  readonly event: RoomEvent;
  readonly resumes?: number;
}

const actions: Record<PostKind, Action> = {
  text: 'post',
  me: 'post',
  'nick-changed': 'change-nick',
  'topic-changed': 'change-topic',
};

export function emptyRoom(
  fixed: Pick<RoomState, 'room' | 'log' | 'host' | 'title' | 'topic' | 'policy'>,
): RoomState {
  return { ...fixed, members: new Map() };
}

/** A member as the store remembers it. */
export function restoredMember(
  member: Omit<Member, 'posts'>,
  { policy }: Pick<RoomState, 'policy'>,
  now: number,
): Member {
  return { ...member, posts: fullBucket(policy.posts, now) };
}

export function decide(state: RoomState, actor: IdentityKey, request: RoomRequest, now: number): Decision {
  switch (request.type) {
    case 'post':
      return decidePost(state, actor, request.event, request.known, now);
    case 'join':
      return decideJoin(state, actor, request.nick);
    case 'leave': {
      // The owner's key made the room: it may go offline, but not off the roster.
      if (actor === state.host || !state.members.has(actor)) return drafts();
      const { reason } = request;
      const body = { key: idBytes(actor), ...(reason === undefined ? {} : { reason }) };
      return drafts({ kind: 'member-left', body });
    }
    case 'set-topic': {
      if (!isTopic(request.topic)) return rejected({ code: 'too-long', limit: MAX_TOPIC_BYTES });
      if (request.topic === state.topic) return drafts();
      return drafts({ kind: 'topic-changed', body: { topic: request.topic } });
    }
    case 'open':
      return drafts(
        { kind: 'room-opened', body: { title: state.title, topic: state.topic } },
        { kind: 'member-joined', body: { key: idBytes(state.host), nick: request.nick, role: 'owner' } },
      );
    default:
      return assertNever(request);
  }
}

export function evolve(state: RoomState, { author, event, resumes }: Sequenced, now: number): RoomState {
  switch (event.kind) {
    case 'room-opened':
      return { ...state, title: event.body.title, topic: event.body.topic };
    case 'member-joined': {
      const key = identityKey(event.body.key);
      const { nick, role } = event.body;
      return withMember(state, restoredMember({ key, nick, role, counter: resumes ?? 0 }, state, now));
    }
    case 'member-left': {
      const members = new Map(state.members);
      members.delete(identityKey(event.body.key));
      return { ...state, members };
    }
    case 'text':
    case 'me':
      return posted(state, author, event.counter, now);
    case 'topic-changed':
      return { ...posted(state, author, event.counter, now), topic: sanitizeLine(event.body.topic) };
    case 'nick-changed': {
      const after = posted(state, author, event.counter, now);
      const member = after.members.get(author);
      const nick = cleanNick(event.body.nick);
      return member && nick !== undefined ? withMember(after, { ...member, nick }) : after;
    }
    default:
      return assertNever(event);
  }
}

function decidePost(
  state: RoomState,
  actor: IdentityKey,
  event: RoomEvent,
  known: number | undefined,
  now: number,
): Decision {
  const member = state.members.get(actor);
  if (!member) return rejected({ code: 'not-allowed' });
  if (!equalBytes(event.room, state.room) || !equalBytes(event.log, state.log))
    return rejected({ code: 'bad-event' });
  if (known !== undefined) return { type: 'known', seq: known };
  if (!isPost(event) || !may(member.role, actions[event.kind])) return rejected({ code: 'not-allowed' });
  if (event.counter <= member.counter) return rejected({ code: 'bad-event' });
  const flaw = flawOf(event);
  if (flaw) return rejected(flaw);
  const retryMs = waitFor(member.posts, state.policy.posts, now);
  return retryMs > 0 ? rejected({ code: 'slow-down', retryMs }) : { type: 'accepted' };
}

function decideJoin(state: RoomState, actor: IdentityKey, nick: string): Decision {
  if (state.members.has(actor)) return drafts();
  const owner = actor === state.host;
  const others = state.members.size - (state.members.has(state.host) ? 1 : 0);
  if (!owner && others >= state.policy.maxMembers)
    return rejected({ code: 'room-full', limit: state.policy.maxMembers });
  return drafts({
    kind: 'member-joined',
    body: { key: idBytes(actor), nick, role: owner ? 'owner' : 'member' },
  });
}

function flawOf(event: EventOf<PostKind>): Rejection | undefined {
  switch (event.kind) {
    case 'text':
    case 'me': {
      const { text } = event.body;
      if (utf8(text).length > MAX_TEXT_BYTES) return { code: 'too-long', limit: MAX_TEXT_BYTES };
      if (countLines(text) > MAX_TEXT_LINES) return { code: 'too-many-lines', limit: MAX_TEXT_LINES };
      return sanitize(text).trim() === '' ? { code: 'bad-event' } : undefined;
    }
    case 'topic-changed':
      return isTopic(event.body.topic) ? undefined : { code: 'bad-event' };
    case 'nick-changed':
      return cleanNick(event.body.nick) === undefined ? { code: 'bad-event' } : undefined;
    default:
      return assertNever(event);
  }
}

function isTopic(topic: string): boolean {
  return utf8(topic).length <= MAX_TOPIC_BYTES && countLines(topic) <= 1;
}

function isPost(event: RoomEvent): event is EventOf<PostKind> {
  const kinds: readonly EventKind[] = hostKinds;
  return !kinds.includes(event.kind);
}

function posted(state: RoomState, author: IdentityKey, counter: number, now: number): RoomState {
  const member = state.members.get(author);
  if (!member) return state;
  return withMember(state, { ...member, counter, posts: takeTokens(member.posts, state.policy.posts, now) });
}

function withMember(state: RoomState, member: Member): RoomState {
  return { ...state, members: new Map(state.members).set(member.key, member) };
}

function drafts(...list: readonly HostDraft[]): Decision {
  return { type: 'drafts', drafts: list };
}

function rejected(rejection: Rejection): Decision {
  return { type: 'rejected', rejection };
}
