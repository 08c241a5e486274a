import type { Rejection } from '../../shared/errors.ts';
import type { HostMessageOf, WireInvite } from '../../shared/room/messages.ts';
import type { InviteRecord } from '../history/history.ts';
import type { Invites, MadeInvite } from '../invites/invites.ts';
import { defined } from '../../shared/defined.ts';

export function invitedMessage(rid: number, made: MadeInvite | Rejection): HostMessageOf<'invited'> {
  if (!('code' in made)) return { t: 'invited', rid, ...made };
  return { t: 'invited', rid, code: made.code, ...defined({ limit: made.limit }) };
}

/** `now` is of the wall clock. */
export function invitesMessage(
  rid: number,
  found: Pick<Invites, 'list' | 'stateOf'> | Rejection,
  now: number,
): HostMessageOf<'invites'> {
  if ('code' in found) return { t: 'invites', rid, code: found.code, invites: [] };
  return { t: 'invites', rid, invites: found.list().map((invite) => told(invite, found, now)) };
}

function told(invite: InviteRecord, invites: Pick<Invites, 'stateOf'>, now: number): WireInvite {
  const { n, once, words, expires, by, usedBy } = invite;
  const state = invites.stateOf(invite);
  return {
    n,
    state,
    once,
    words: words !== undefined,
    ...(expires === undefined || state !== 'open' ? {} : { ms: expires - now }),
    by,
    ...defined({ usedBy }),
  };
}
