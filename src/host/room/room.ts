import { equalBytes, utf8 } from '../../shared/bytes.ts';
import { assertNever, type Rejection } from '../../shared/errors.ts';
import { idBytes, identityKey, type IdentityKey } from '../../shared/ids.ts';
import { MAX_TEXT_BYTES, MAX_TEXT_LINES, MAX_TOPIC_BYTES } from '../../shared/limits.ts';
import type { EventKind, EventOf, RoomEvent } from '../../shared/room/events.ts';
import { isPost, rightsRefusal, type PostEvent } from '../../shared/room/rights.ts';
import { cleanNick, countLines, sanitize, sanitizeLine } from '../../shared/text.ts';
import { isLineChange, lineChangeFlaw, type TargetLine } from './line-changes.ts';
import {
  banOf,
  isModeration,
  moderated,
  moderationFlaw,
  silence,
  speechRefusal,
  withSpoken,
} from './moderation.ts';
import { restoredMember, roleIn, withMember, withoutMember, type RoomState } from './room-state.ts';
import { takeTokens, waitFor } from './token-bucket.ts';
import { defined } from '../../shared/defined.ts';

/** What is asked of a room; signatures are checked by whoever asks. `now` is monotonic ms. */
export type RoomRequest =
  /** `known` is the seq of an earlier event with this author and id, `target` the line that the event refers to. */
  | {
      readonly type: 'post';
      readonly event: RoomEvent;
      readonly known: number | undefined;
      readonly target?: TargetLine | undefined;
    }
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

/**
 * An event with its place in the log. `resumes` is the counter the store remembers of somebody who joins, `nick` what it
 * remembers of somebody absent whom the event is about.
 */
export interface Sequenced {
  readonly author: IdentityKey;
  readonly event: RoomEvent;
  readonly resumes?: number;
  readonly nick?: string;
}

export function decide(state: RoomState, actor: IdentityKey, request: RoomRequest, now: number): Decision {
  switch (request.type) {
    case 'post':
      return decidePost(state, actor, request, now);
    case 'join':
      return decideJoin(state, actor, request.nick, now);
    case 'leave': {
      // The owner's key made the room: it may go offline, but not off the roster.
      if (actor === state.host || !state.members.has(actor)) return drafts();
      const { reason } = request;
      const body = { key: idBytes(actor), ...defined({ reason }) };
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

export function evolve(
  state: RoomState,
  { author, event, resumes, nick: known }: Sequenced,
  now: number,
): RoomState {
  switch (event.kind) {
    case 'room-opened':
      return { ...state, title: event.body.title, topic: event.body.topic };
    case 'member-joined': {
      const key = identityKey(event.body.key);
      const { nick, role } = event.body;
      return withMember(state, restoredMember({ key, nick, role, counter: resumes ?? 0 }, state, now));
    }
    case 'member-left':
      return withoutMember(state, identityKey(event.body.key), true);
    case 'text':
    case 'me':
    case 'edited':
      return withSpoken(posted(state, author, event.counter, now), author, now);
    case 'deleted':
    case 'reacted':
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
      return moderated(posted(state, author, event.counter, now), { author, event, known }, now);
  }
}

function decidePost(
  state: RoomState,
  actor: IdentityKey,
  { event, known, target }: Extract<RoomRequest, { type: 'post' }>,
  now: number,
): Decision {
  const member = state.members.get(actor);
  if (!member) return rejected({ code: 'not-allowed' });
  if (!equalBytes(event.room, state.room) || !equalBytes(event.log, state.log))
    return rejected({ code: 'bad-event' });
  if (known !== undefined) return { type: 'known', seq: known };
  if (!isPost(event)) return rejected({ code: 'not-allowed' });
  const refusal = rightsRefusal(actor, event, (key) => roleIn(state, key));
  if (refusal) return rejected({ code: refusal });
  if (event.counter <= member.counter) return rejected({ code: 'bad-event' });
  const flaw = flawOf(state, event, target, now) ?? refusedSpeech(state, actor, event, now);
  if (flaw) return rejected(flaw);
  const retryMs = waitFor(member.posts, state.policy.posts, now);
  return retryMs > 0 ? rejected({ code: 'slow-down', retryMs }) : { type: 'accepted' };
}

function decideJoin(state: RoomState, actor: IdentityKey, nick: string, now: number): Decision {
  if (state.members.has(actor)) return drafts();
  const ban = banOf(state, actor, now);
  if (ban) return rejected(ban);
  const owner = actor === state.host;
  const others = state.members.size - (state.members.has(state.host) ? 1 : 0);
  if (!owner && others >= state.policy.maxMembers)
    return rejected({ code: 'room-full', limit: state.policy.maxMembers });
  return drafts({
    kind: 'member-joined',
    body: { key: idBytes(actor), nick, role: roleIn(state, actor) ?? 'member' },
  });
}

function flawOf(
  state: RoomState,
  event: PostEvent,
  target: TargetLine | undefined,
  now: number,
): Rejection | undefined {
  if (isModeration(event)) return moderationFlaw(state, event, now);
  const change = isLineChange(event) ? lineChangeFlaw(event, target) : undefined;
  if (change) return change;
  switch (event.kind) {
    case 'text':
    case 'me':
    case 'edited': {
      const { text } = event.body;
      if (utf8(text).length > MAX_TEXT_BYTES) return { code: 'too-long', limit: MAX_TEXT_BYTES };
      if (countLines(sanitize(text)) > MAX_TEXT_LINES)
        return { code: 'too-many-lines', limit: MAX_TEXT_LINES };
      return sanitize(text).trim() === '' ? { code: 'bad-event' } : undefined;
    }
    case 'topic-changed':
      return isTopic(event.body.topic) ? undefined : { code: 'bad-event' };
    case 'nick-changed':
      return cleanNick(event.body.nick) === undefined ? { code: 'bad-event' } : undefined;
    case 'deleted':
    case 'reacted':
      return undefined;
    default:
      return assertNever(event);
  }
}

/** What silence, slow mode and filters keep back; operators and whoever takes a line back are not asked. */
function refusedSpeech(
  state: RoomState,
  author: IdentityKey,
  event: PostEvent,
  now: number,
): Rejection | undefined {
  switch (event.kind) {
    case 'text':
    case 'me':
    case 'edited':
      return silence(state, author, now) ?? speechRefusal(state, author, event.body.text, now);
    // A name and a reaction say something, too.
    case 'nick-changed':
    case 'reacted':
      return silence(state, author, now);
    default:
      return undefined;
  }
}

function isTopic(topic: string): boolean {
  // As it will be told to newcomers: made safe, it may be longer.
  return utf8(sanitizeLine(topic)).length <= MAX_TOPIC_BYTES && countLines(topic) <= 1;
}

function posted(state: RoomState, author: IdentityKey, counter: number, now: number): RoomState {
  const member = state.members.get(author);
  if (!member) return state;
  return withMember(state, { ...member, counter, posts: takeTokens(member.posts, state.policy.posts, now) });
}

function drafts(...list: readonly HostDraft[]): Decision {
  return { type: 'drafts', drafts: list };
}

function rejected(rejection: Rejection): Decision {
  return { type: 'rejected', rejection };
}
