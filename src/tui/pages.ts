import type { BesideWhisper, ChatClient, RoomSession } from '../client/api.ts';
import type { RoomLine } from '../client/session-events.ts';
import type { RoomId } from '../shared/ids.ts';
import { sessionOf } from './sessions.ts';
import { newestSeq, oldestSeq } from './store/entries.ts';
import {
  isPersonId,
  MAX_ENTRIES,
  PAGE_LINES,
  personOf,
  roomOf,
  type BufferId,
  type PersonBuffer,
  type PersonId,
  type RoomBuffer,
} from './store/state.ts';
import type { Store } from './store/store.ts';

/** Brings lines of the archive, or of the host, into memory as somebody scrolls over them. */
export class Pages {
  readonly #client: ChatClient;
  readonly #store: Store;

  constructor(client: ChatClient, store: Store) {
    this.#client = client;
    this.#store = store;
  }

  /** Older lines: of the archive at once, else of the host when it answers. True when some came now. */
  older(id: BufferId): boolean {
    if (isPersonId(id)) return this.#whispers(id, 'before');
    const room = this.#room(id);
    const session = room && this.#session(room.id);
    if (!room || !session || room.complete || room.loading) return false;
    const before = oldest(room);
    const lines = session.history(PAGE_LINES, before);
    if (lines.length > 0) {
      this.#store.dispatch({ type: 'older-loaded', room: room.id, lines, complete: false });
      return true;
    }
    if (session.state === 'online') void this.#askHost(room.id, session, before);
    return false;
  }

  /** The other way, where newer lines were let go of. True when some came. */
  newer(id: BufferId): boolean {
    if (isPersonId(id)) return this.#person(id)?.attached === false && this.#whispers(id, 'after');
    const room = this.#room(id);
    const seq = room && newestSeq(room.entries);
    if (!room || room.attached || seq === undefined) return false;
    const session = this.#session(room.id);
    const lines = session ? firstBehind(session, seq, room.head) : [];
    if (lines.length > 0) this.#store.dispatch({ type: 'newer-loaded', room: room.id, lines });
    else this.newest(id);
    return lines.length > 0;
  }

  /** A page with the line of this number in its middle, in the place of what is in memory. */
  around(id: BufferId, seq: number): void {
    const room = this.#room(id);
    const session = room && this.#session(room.id);
    const lines = session?.history(PAGE_LINES, seq + Math.floor(PAGE_LINES / 2)) ?? [];
    if (!room || !session || lines.length === 0) return;
    if ((lines.at(-1)?.seq ?? 0) >= room.head) this.#reload(room.id, session);
    else this.#store.dispatch({ type: 'placed', room: room.id, lines });
  }

  /** The oldest lines of the archive, in the place of what is in memory where that has no room for both; then those of the host. */
  oldest(id: BufferId): void {
    if (isPersonId(id)) {
      while (this.older(id));
      return;
    }
    const room = this.#room(id);
    const session = room && this.#session(room.id);
    const before = room && oldest(room);
    const first = before === undefined ? undefined : session && firstBefore(session, before);
    if (!room || before === undefined || first === undefined) return void this.older(id);
    if (room.entries.length + before - first > MAX_ENTRIES) return this.around(id, first);
    for (let left = before - first; left > 0; left -= PAGE_LINES) this.older(id);
  }

  /** The newest lines, where they were let go of. */
  newest(id: BufferId): void {
    const person = this.#person(id);
    if (person && !person.attached) {
      const whispers = this.#client.whispers(PAGE_LINES, person.person.key);
      this.#store.dispatch({ type: 'whispers-loaded', person: person.id, whispers, where: 'newest' });
    }
    const room = this.#room(id);
    const session = room && this.#session(room.id);
    if (room && session && !room.attached) this.#reload(room.id, session);
  }

  /** Lines of the archive between those in memory, which were hidden: of somebody who is not ignored any more. */
  fillIn(id: RoomId): void {
    const room = this.#room(id);
    const session = room && this.#session(room.id);
    const from = room && oldestSeq(room.entries);
    if (!room || !session || from === undefined) return;
    const to = room.attached ? room.head : (newestSeq(room.entries) ?? from);
    const page = session.history(Math.min(MAX_ENTRIES, to - from + 1), to + 1);
    const lines = page.filter(({ seq }) => seq !== undefined && seq >= from);
    this.#store.dispatch({ type: 'filled-in', room: room.id, lines });
  }

  /** Has the host's lines fetched until the archive has this number, or there are no more. */
  async reach(id: RoomId, seq: number): Promise<void> {
    const session = this.#session(id);
    if (!session) return;
    while (session.state === 'online') {
      const [first] = session.history(PAGE_LINES, seq + PAGE_LINES);
      if (first?.seq !== undefined && first.seq <= seq) return;
      if ((await session.fetchOlder(PAGE_LINES)) === 0) return;
    }
  }

  #reload(room: RoomId, session: RoomSession): void {
    const [lines, pending] = [session.history(PAGE_LINES), session.pending()];
    this.#store.dispatch({ type: 'reloaded', room, lines, pending });
  }

  async #askHost(room: RoomId, session: RoomSession, before: number | undefined): Promise<void> {
    this.#store.dispatch({ type: 'loading', room, loading: true });
    const came = await session.fetchOlder(PAGE_LINES);
    const now = this.#room(room);
    // The view has moved elsewhere meanwhile: they are in the archive when it comes back.
    if (!now || oldest(now) !== before)
      return this.#store.dispatch({ type: 'loading', room, loading: false });
    const lines = came > 0 ? session.history(PAGE_LINES, before) : [];
    const complete = lines.length === 0 && session.state === 'online';
    this.#store.dispatch({ type: 'older-loaded', room, lines, complete });
  }

  /** The next page on one side of what is in memory; true when it had something. */
  #whispers(id: PersonId, side: BesideWhisper['side']): boolean {
    const buffer = this.#person(id);
    const shown = buffer?.entries.flatMap((entry) => (entry.type === 'whisper' ? [entry.whisper] : [])) ?? [];
    const of = side === 'before' ? shown[0] : shown.at(-1);
    if (!buffer) return false;
    // A view that was emptied begins with the newest.
    const whispers = this.#client.whispers(PAGE_LINES, buffer.person.key, of && { side, of });
    const where = side === 'before' ? 'older' : 'newer';
    if (whispers.length > 0 || side === 'after')
      this.#store.dispatch({ type: 'whispers-loaded', person: id, whispers, where });
    return whispers.length > 0;
  }

  #person(id: BufferId): PersonBuffer | undefined {
    return personOf(this.#store.get(), id);
  }

  #room(id: BufferId): RoomBuffer | undefined {
    return roomOf(this.#store.get(), id);
  }

  #session(id: RoomId): RoomSession | undefined {
    return sessionOf(this.#client, id);
  }
}

/** The page of the archive behind the line `seq`: many numbers there may be of nothing that is shown. */
function firstBehind(session: RoomSession, seq: number, head: number): readonly RoomLine[] {
  for (let many = PAGE_LINES; ; many *= 2) {
    const lines = session.history(many, seq + many + 1).filter((line) => (line.seq ?? 0) > seq);
    if (lines.length > 0 || seq + many >= head) return lines.slice(0, PAGE_LINES);
  }
}

/** Number of the first line in the archive, where that is less than `before`. */
function firstBefore(session: RoomSession, before: number): number | undefined {
  let [none, first] = [0, session.history(1, before)[0]?.seq];
  while (first !== undefined && first - none > 1) {
    const middle = Math.floor((none + first) / 2);
    const older = session.history(1, middle + 1)[0]?.seq;
    if (older === undefined) none = middle;
    else first = older;
  }
  return first;
}

/** Lines before this seq are older than those in memory; an emptied view ends at the newest one. */
function oldest(room: RoomBuffer): number | undefined {
  return oldestSeq(room.entries) ?? (room.head > 0 ? room.head + 1 : undefined);
}
