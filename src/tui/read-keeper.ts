import { putNewest } from '../shared/put-newest.ts';
import type { IdentityKey, RoomId } from '../shared/ids.ts';
import { MAX_READ_POSITIONS, SECOND } from '../shared/limits.ts';
import type { ReadPosition, ReadPositionsStore } from './services.ts';
import { isRead, type PersonBuffer, type RoomBuffer, type State } from './store/state.ts';
import { processClock, type Store, type StoreClock } from './store/store.ts';

/** How far everything was read is on disk this soon; of a room or log that is new here at once. */
export const SAVE_READ_MS = 5 * SECOND;

/** Keeps how far rooms were read, so that the rest is unread at the next start too, and whose windows are open. */
export class ReadKeeper {
  readonly #store: Store;
  readonly #kept: ReadPositionsStore | undefined;
  readonly #clock: StoreClock;
  readonly #unsubscribe: () => void;
  readonly #rooms: Map<RoomId, ReadPosition>;
  #people: readonly IdentityKey[];
  /** What was looked at last. */
  #seen: Pick<State, 'rooms' | 'people'>;
  #cancel: (() => void) | undefined;

  constructor(store: Store, kept: ReadPositionsStore | undefined, clock: StoreClock = processClock) {
    const { rooms, people } = kept?.load() ?? { rooms: [], people: [] };
    this.#store = store;
    this.#kept = kept;
    this.#clock = clock;
    this.#rooms = new Map(rooms);
    this.#people = people;
    this.#seen = store.get();
    this.#unsubscribe = store.subscribe(() => this.#look());
  }

  /** Undefined where nobody knows. */
  positionOf(room: RoomId): ReadPosition | undefined {
    return this.#rooms.get(room);
  }

  /** Whose windows are open, in their order. */
  get people(): readonly IdentityKey[] {
    return this.#people;
  }

  /** Nobody is in this room any more. */
  forget(room: RoomId): void {
    if (this.#rooms.delete(room)) this.#saveSoon();
  }

  save(): void {
    if (!this.#cancel) return;
    this.#cancel();
    this.#cancel = undefined;
    this.#kept?.save({ rooms: this.#rooms, people: this.#people });
  }

  close(): void {
    this.#unsubscribe();
    this.save();
  }

  /** With every frame, so it does little where nothing was read. */
  #look(): void {
    const { rooms, people } = this.#store.get();
    if (rooms !== this.#seen.rooms) for (const room of rooms) this.#lookAt(room);
    if (people !== this.#seen.people) this.#lookAtPeople(people);
    this.#seen = { rooms, people };
  }

  #lookAt(room: RoomBuffer): void {
    const { id, log, head, backlog = 0 } = room;
    if (log === undefined) return;
    const before = this.#rooms.get(id);
    const known = before?.log === log;
    const seq = isRead(room) ? Math.max(head, backlog) : backlog;
    if (known && (before.seq >= seq || !isRead(room))) return;
    putNewest(this.#rooms, id, { log, seq }, MAX_READ_POSITIONS);
    // Without one a crash would make all of it read, and one of another log all of it unread.
    this.#saveSoon(known ? SAVE_READ_MS : 0);
  }

  #lookAtPeople(people: readonly PersonBuffer[]): void {
    const kept = people.map(({ person }) => person.key).slice(-MAX_READ_POSITIONS);
    if (kept.join() === this.#people.join()) return;
    this.#people = kept;
    this.#saveSoon();
  }

  #saveSoon(ms = SAVE_READ_MS): void {
    if (this.#cancel && ms > 0) return;
    this.#cancel?.();
    this.#cancel = this.#clock.after(ms, () => this.save());
  }
}
