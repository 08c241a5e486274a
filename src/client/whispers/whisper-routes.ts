import type { IdentityKey } from '../../shared/ids.ts';
import type { PeopleArchive } from '../archive/archive.ts';
import type { JoinedRooms } from '../rooms/joined-rooms.ts';
import type { RelayConnection } from '../relays/relay-connection.ts';
import type { RelayPool } from '../relays/relay-pool.ts';

export interface WhisperRoutesParts {
  readonly relays: Pick<RelayPool, 'online' | 'get'>;
  readonly rooms: Pick<JoinedRooms, 'all'>;
  readonly people: Pick<PeopleArchive, 'get'>;
}

/** By which relays whispers reach somebody. */
export class WhisperRoutes {
  readonly #parts: WhisperRoutesParts;

  constructor(parts: WhisperRoutesParts) {
    this.#parts = parts;
  }

  /**
   * Those that are there: relays of rooms shared first, then where this person was last, then the others. Mail for somebody of
   * a relay that was chosen goes to none that only announced itself nearby: it could take it, say so, and never give it out.
   */
  to(person: IdentityKey): readonly RelayConnection[] {
    const { relays, rooms, people } = this.#parts;
    const shared = rooms
      .all()
      .filter(({ calls }) => calls.line.online)
      .filter((room) => room.members().some(({ key }) => key === person))
      .flatMap(({ calls }) => relays.get(calls.line.url) ?? []);
    const last = people.get(person)?.relay;
    const chosen = last !== undefined && relays.get(last)?.via === 'relay';
    const online = relays.online().filter(({ via }) => !chosen || via === 'relay');
    return [...new Set([...shared, ...online.filter(({ url }) => url === last), ...online])];
  }

  /** Where this person was last is out of reach now, but not for good. */
  mayComeLater(person: IdentityKey): boolean {
    const { relays, people } = this.#parts;
    const last = people.get(person)?.relay;
    const relay = last === undefined ? undefined : relays.get(last);
    return relay !== undefined && !relay.online && relay.state !== 'closed';
  }
}
