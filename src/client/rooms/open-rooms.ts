import type { RoomId } from '../../shared/ids.ts';
import { MAX_ROOMS_PER_CONNECTION } from '../../shared/limits.ts';
import type { WayBack } from '../calls/room-calls.ts';
import type { RoomSessionEvent } from '../session-events.ts';

/** A room to come back to; what else is known of it is in the archive. */
export interface OpenRoom extends WayBack {
  readonly id: RoomId;
}

/** Where the rooms that are open are kept from one run of the program to the next. */
export interface OpenRoomsStore {
  /** Those of the run before. */
  load(): readonly OpenRoom[];
  /** Must not throw: a room is no worse for not being remembered. */
  save(rooms: readonly OpenRoom[]): void;
}

/** Which rooms are open, in the order in which they were joined, and how to come back to them. */
export class OpenRooms {
  readonly #store: OpenRoomsStore;
  #rooms: readonly OpenRoom[] = [];

  constructor(store: OpenRoomsStore) {
    this.#store = store;
  }

  /** Those of the run before are open again. */
  load(): readonly OpenRoom[] {
    const before = this.#store.load().slice(0, MAX_ROOMS_PER_CONNECTION);
    const ids = new Set(before.map(({ id }) => id));
    this.#rooms = [...before, ...this.#rooms.filter(({ id }) => !ids.has(id))];
    return before;
  }

  /** `wayBack` is asked where somebody was let in. */
  happened(event: RoomSessionEvent, wayBack: () => WayBack): void {
    if (event.type === 'ready') this.#entered({ id: event.room, ...wayBack() });
    else if (event.type === 'removed' && lasting.has(event.code)) this.forget(event.room);
    else if (event.type === 'state' && event.state === 'closed' && event.reason === 'left')
      this.forget(event.room);
  }

  forget(room: RoomId): void {
    if (this.#rooms.some(({ id }) => id === room)) this.#keep(this.#rooms.filter(({ id }) => id !== room));
  }

  /** Nobody wants to be connected to this relay any more; a room may still be found elsewhere. */
  relayGivenUp(url: string): void {
    if (!this.#rooms.some(({ relay }) => relay === url)) return;
    this.#keep(
      this.#rooms.map((room) => {
        const { relay, ...rest } = room;
        return relay === url ? rest : room;
      }),
    );
  }

  #entered(way: OpenRoom): void {
    const at = this.#rooms.findIndex(({ id }) => id === way.id);
    const known = this.#rooms[at];
    if (!known) return this.#keep([...this.#rooms, way].slice(-MAX_ROOMS_PER_CONNECTION));
    // Its relay may have been out of reach this time.
    const room = known.relay === undefined ? way : { relay: known.relay, ...way };
    if (known.relay !== room.relay || known.lan !== room.lan) this.#keep(this.#rooms.with(at, room));
  }

  #keep(rooms: readonly OpenRoom[]): void {
    this.#rooms = rooms;
    this.#store.save(rooms);
  }
}

/** A host's words after which one comes back only when asked to. */
const lasting: ReadonlySet<string> = new Set(['banned', 'kicked', 'left']);
