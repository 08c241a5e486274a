import { utf8 } from '../../shared/bytes.ts';
import { keyTag } from '../../shared/crypto/sign.ts';
import { assertNever, type Rejection } from '../../shared/errors.ts';
import { identityKey, type IdentityKey } from '../../shared/ids.ts';
import { MAX_MOTD_BYTES, MAX_MOTD_LINES, MAX_SANCTIONS, SECOND } from '../../shared/limits.ts';
import { filters, type EventOf } from '../../shared/room/events.ts';
import { may } from '../../shared/room/permissions.ts';
import { cleanReason, countLines, sanitize } from '../../shared/text.ts';
import { filtered } from './filters.ts';
import {
  roleIn,
  sanctionOf,
  withMember,
  withoutMember,
  type RoomState,
  type Sanctions,
} from './room-state.ts';
import { defined } from '../../shared/defined.ts';

/** What operators and the owner do to others and to the room. */
const moderationKinds = [
  'kicked',
  'banned',
  'unbanned',
  'muted',
  'role-changed',
  'slow-changed',
  'filter-changed',
  'motd-changed',
] as const;
export type ModerationEvent = EventOf<(typeof moderationKinds)[number]>;

export function isModeration(event: { readonly kind: string }): event is ModerationEvent {
  const kinds: readonly string[] = moderationKinds;
  return kinds.includes(event.kind);
}

/** What stands against an act that its author has the right to. */
export function moderationFlaw(state: RoomState, event: ModerationEvent, now: number): Rejection | undefined {
  switch (event.kind) {
    case 'kicked':
      return present(state, event.body.key);
    case 'banned':
      return roomFor(state.bans, identityKey(event.body.key), now);
    case 'unbanned':
      return sanctionOf(state.bans, identityKey(event.body.key), now) ? undefined : { code: 'no-change' };
    case 'muted': {
      const key = identityKey(event.body.key);
      if (event.body.ms === 0) return sanctionOf(state.mutes, key, now) ? undefined : { code: 'no-change' };
      return present(state, event.body.key) ?? roomFor(state.mutes, key, now);
    }
    case 'role-changed': {
      const role = roleIn(state, identityKey(event.body.key));
      if (role === undefined) return { code: 'no-such-member' };
      return role === event.body.role ? { code: 'no-change' } : undefined;
    }
    case 'slow-changed':
      return event.body.seconds === state.rules.slow ? { code: 'no-change' } : undefined;
    case 'filter-changed':
      return state.rules.filters.includes(event.body.filter) === event.body.on
        ? { code: 'no-change' }
        : undefined;
    case 'motd-changed': {
      // As it will be told to newcomers: made safe, it may be longer.
      const motd = sanitize(event.body.motd);
      if (utf8(motd).length > MAX_MOTD_BYTES) return { code: 'too-long', limit: MAX_MOTD_BYTES };
      if (countLines(motd) > MAX_MOTD_LINES) return { code: 'too-many-lines', limit: MAX_MOTD_LINES };
      return motd === state.rules.motd ? { code: 'no-change' } : undefined;
    }
    default:
      return assertNever(event);
  }
}

interface Act {
  readonly author: IdentityKey;
  readonly event: ModerationEvent;
  /** What somebody absent was called. */
  readonly known: string | undefined;
}

export function moderated(state: RoomState, act: Act, now: number): RoomState {
  const { rules } = state;
  const { event } = act;
  switch (event.kind) {
    case 'kicked':
      return withoutMember(state, identityKey(event.body.key), false);
    case 'banned': {
      const bans = sanctioned(state, state.bans, act, event.body, now);
      return withoutMember({ ...state, bans }, identityKey(event.body.key), false);
    }
    case 'unbanned':
      return { ...state, bans: without(state.bans, identityKey(event.body.key)) };
    case 'muted': {
      const lifted = event.body.ms === 0;
      const mutes = lifted
        ? without(state.mutes, identityKey(event.body.key))
        : sanctioned(state, state.mutes, act, event.body, now);
      return { ...state, mutes };
    }
    case 'role-changed': {
      const key = identityKey(event.body.key);
      const absentOps = new Set(state.absentOps);
      absentOps.delete(key);
      const member = state.members.get(key);
      const changed = { ...state, absentOps };
      return member ? withMember(changed, { ...member, role: event.body.role }) : changed;
    }
    case 'slow-changed':
      return { ...state, rules: { ...rules, slow: event.body.seconds }, spoke: new Map() };
    case 'filter-changed': {
      const { filter, on } = event.body;
      const active = filters.filter((each) => (each === filter ? on : rules.filters.includes(each)));
      return { ...state, rules: { ...rules, filters: active } };
    }
    case 'motd-changed':
      return { ...state, rules: { ...rules, motd: sanitize(event.body.motd) } };
    default:
      return assertNever(event);
  }
}

/** Why the room refuses to carry this from `author`, who may speak as such. */
export function speechRefusal(
  state: RoomState,
  author: IdentityKey,
  text: string,
  now: number,
): Rejection | undefined {
  const role = roleIn(state, author);
  if (role === undefined || may(role, 'pass-limits')) return undefined;
  const found = filtered(text, state.rules.filters);
  if (found) return { code: found === 'links' ? 'links-filtered' : 'invites-filtered' };
  const spoke = state.spoke.get(author);
  const wait = spoke === undefined ? 0 : spoke + state.rules.slow * SECOND - now;
  return wait > 0 ? { code: 'slow-down', retryMs: Math.ceil(wait) } : undefined;
}

export function silence(state: RoomState, author: IdentityKey, now: number): Rejection | undefined {
  const mute = sanctionOf(state.mutes, author, now);
  return mute && { code: 'muted', ...left(mute.until, now) };
}

/** What a member says beside the room, in a reason or a note: nothing that its lines could not say. */
export function asideOf(
  state: RoomState,
  author: IdentityKey,
  text: string | undefined,
  now: number,
): string | undefined {
  if (text === undefined || silence(state, author, now)) return undefined;
  const passes = may(roleIn(state, author) ?? 'member', 'pass-limits');
  return passes || !filtered(text, state.rules.filters) ? text : undefined;
}

/** Why somebody is kept out. */
export function banOf(state: RoomState, key: IdentityKey, now: number): Rejection | undefined {
  const ban = key === state.host ? undefined : sanctionOf(state.bans, key, now);
  if (!ban) return undefined;
  return {
    code: 'banned',
    ...left(ban.until, now),
    ...defined({ reason: ban.reason }),
  };
}

/** `author` has spoken; forgotten once slow mode would let it speak again. */
export function withSpoken(state: RoomState, author: IdentityKey, now: number): RoomState {
  const { slow } = state.rules;
  if (slow === 0) return state;
  const recent = [...state.spoke].filter(([, at]) => at + slow * SECOND > now);
  return { ...state, spoke: new Map(recent).set(author, now) };
}

function left(until: number, now: number): { readonly retryMs?: number } {
  return until === Number.POSITIVE_INFINITY ? {} : { retryMs: Math.ceil(until - now) };
}

function present(state: RoomState, key: Uint8Array): Rejection | undefined {
  return state.members.has(identityKey(key)) ? undefined : { code: 'no-such-member' };
}

function roomFor(sanctions: Sanctions, key: IdentityKey, now: number): Rejection | undefined {
  if (sanctions.has(key)) return undefined;
  const held = [...sanctions.values()].filter(({ until }) => until > now).length;
  return held >= MAX_SANCTIONS ? { code: 'list-full', limit: MAX_SANCTIONS } : undefined;
}

function sanctioned(
  state: RoomState,
  sanctions: Sanctions,
  { author: by, known }: Act,
  { key, ms, reason }: { key: Uint8Array; ms?: number | undefined; reason?: string | undefined },
  now: number,
): Sanctions {
  const target = identityKey(key);
  const nick =
    state.members.get(target)?.nick ??
    state.bans.get(target)?.nick ??
    state.mutes.get(target)?.nick ??
    known ??
    keyTag(key);
  const shown = cleanReason(reason ?? '');
  const held = [...sanctions].filter(([each, { until }]) => each !== target && until > now);
  return new Map(held).set(target, {
    key: target,
    nick,
    by,
    until: ms === undefined ? Number.POSITIVE_INFINITY : now + ms,
    ms,
    reason: shown === '' ? undefined : shown,
  });
}

function without(sanctions: Sanctions, key: IdentityKey): Sanctions {
  const fewer = new Map(sanctions);
  fewer.delete(key);
  return fewer;
}
