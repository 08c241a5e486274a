import { idBytes } from '../../shared/ids.ts';
import { MAX_BANS_CHUNK } from '../../shared/limits.ts';
import type { HostMessageOf, WireBan } from '../../shared/room/messages.ts';
import type { RoomState } from '../room/room-state.ts';
import { defined } from '../../shared/defined.ts';

/** Who is kept out, in messages that each fit one; those whose time is over are left out. `now` is monotonic ms. */
export function bansMessages({ bans }: RoomState, rid: number, now: number): HostMessageOf<'bans'>[] {
  const held: WireBan[] = [...bans.values()]
    .filter(({ until }) => until > now)
    .map(({ key, nick, by, until, reason }) => ({
      key: idBytes(key),
      nick,
      by: idBytes(by),
      ...(until === Number.POSITIVE_INFINITY ? {} : { ms: Math.ceil(until - now) }),
      ...defined({ reason }),
    }));
  const count = Math.max(1, Math.ceil(held.length / MAX_BANS_CHUNK));
  return Array.from({ length: count }, (_, at) => ({
    t: 'bans',
    rid,
    bans: held.slice(at * MAX_BANS_CHUNK, (at + 1) * MAX_BANS_CHUNK),
    last: at === count - 1,
  }));
}
