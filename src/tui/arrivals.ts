import type { ChatClient, RoomSession } from '../client/api.ts';
import type { ClientEvent, Person, RoomSessionEvent } from '../client/session-events.ts';
import type { IdentityKey, RoomId } from '../shared/ids.ts';
import { callOf } from './attention.ts';
import type { Navigator } from './navigator.ts';
import { sessionOf } from './sessions.ts';
import { personId, PAGE_LINES, roomOf } from './store/state.ts';
import type { Store } from './store/store.ts';
import type { Terminal } from './terminal/modes.ts';

export interface ArrivalsParts {
  readonly client: ChatClient;
  readonly store: Store;
  readonly navigator: Navigator;
  readonly terminal: Pick<Terminal, 'call'>;
}

/** Puts what happens elsewhere on screen: rooms and people get their buffers, and somebody who is called hears it. */
export class Arrivals {
  readonly #parts: ArrivalsParts;
  /** Rooms that put this profile out; their buffers stay to be read. */
  readonly #over = new Set<RoomId>();
  /** Whose whispers have come since something was last sent. */
  readonly #unread = new Set<IdentityKey>();
  #unsubscribe: (() => void) | undefined;

  constructor(parts: ArrivalsParts) {
    this.#parts = parts;
  }

  start(): void {
    const { client, store } = this.#parts;
    this.#acquaint();
    this.#unsubscribe = client.subscribe((event) => this.#happened(event));
    store.push({ type: 'relays', relays: client.relays() });
    store.push({ type: 'rooms', rooms: client.listed() });
    for (const session of client.rooms()) this.#open(session);
  }

  close(): void {
    this.#unsubscribe?.();
  }

  /** Shows what is whispered with this person, and takes what is typed there for whispers. */
  query(person: Person): void {
    const { client, navigator, store } = this.#parts;
    const archived = client.whispers(PAGE_LINES, person.key);
    store.dispatch({ type: 'person-opened', person, archived });
    navigator.show(personId(person));
  }

  /** Whoever writes again has read what stood on the screen. */
  haveRead(): void {
    for (const key of this.#unread) this.#parts.client.markRead(key);
    this.#unread.clear();
  }

  /** Rooms that did not let us in leave nothing behind. */
  sweep(): void {
    const { client, navigator, store } = this.#parts;
    for (const room of store.get().rooms) {
      if (!room.over && !sessionOf(client, room.id)) navigator.drop(room.id);
    }
  }

  #happened(event: ClientEvent | RoomSessionEvent): void {
    const { navigator, store, terminal } = this.#parts;
    if ('room' in event) this.#meet(event);
    else if (event.type === 'people' || event.type === 'whisper') this.#acquaint();
    if (event.type === 'whisper' && !event.whisper.mine && !event.whisper.stranger)
      this.#unread.add(event.whisper.with.key);
    // Whatever came with it is no news to the state that decides.
    const call = callOf(event, store.get());
    store.push(event);
    if (call !== undefined) terminal.call(call, store.get().preferences.notify);
    if (!('room' in event)) return;
    if (event.type === 'removed') this.#over.add(event.room);
    if (event.type === 'state' && event.state === 'closed' && !this.#over.delete(event.room)) {
      navigator.drop(event.room);
    }
    if (event.type === 'ready') navigator.measure();
  }

  #meet(event: RoomSessionEvent): void {
    if (roomOf(this.#parts.store.get(), event.room) && event.type !== 'state') return;
    const session = sessionOf(this.#parts.client, event.room);
    if (session) this.#open(session);
  }

  #open(session: RoomSession): void {
    const { info, state, log } = session;
    const known = roomOf(this.#parts.store.get(), info.id);
    if (known && !known.over) return;
    const archived = known ? [] : session.history(PAGE_LINES);
    this.#parts.store.dispatch({
      type: 'room-opened',
      info,
      state,
      log,
      archived,
      pending: session.pending(),
    });
  }

  #acquaint(): void {
    const { client, store } = this.#parts;
    const known = client.people.known();
    const before = store.get().known;
    const same = known.length === before.length && known.every(({ key }, at) => key === before[at]?.key);
    if (!same) store.dispatch({ type: 'acquainted', known });
  }
}
