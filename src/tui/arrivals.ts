import type { ChatClient, RoomSession } from '../client/api.ts';
import type { ClientEvent, Person, RoomSessionEvent, WhisperLine } from '../client/session-events.ts';
import type { IdentityKey, RoomId } from '../shared/ids.ts';
import { callOf } from './attention.ts';
import type { Navigator } from './navigator.ts';
import type { Pages } from './pages.ts';
import type { ReadKeeper } from './read-keeper.ts';
import { sessionOf } from './sessions.ts';
import { isRead, personId, personOf, PAGE_LINES, roomOf } from './store/state.ts';
import type { Store } from './store/store.ts';
import type { Terminal } from './terminal/modes.ts';
import { unreadLines } from './unread-lines.ts';

export interface ArrivalsParts {
  readonly client: ChatClient;
  readonly store: Store;
  readonly navigator: Navigator;
  readonly pages: Pages;
  readonly reading: ReadKeeper;
  readonly terminal: Pick<Terminal, 'call'>;
}

/** Puts what happens elsewhere on screen: rooms and people get their buffers, and somebody who is called hears it. */
export class Arrivals {
  readonly #parts: ArrivalsParts;
  /** Rooms that put this profile out; their buffers stay to be read. */
  readonly #over = new Set<RoomId>();
  /** Whose whispers have come and are not known to be read. */
  readonly #unread = new Set<IdentityKey>();
  #ignored: readonly IdentityKey[] = [];
  readonly #endings: (() => void)[] = [];

  constructor(parts: ArrivalsParts) {
    this.#parts = parts;
  }

  /** `windows`: those that were open, or only those of them that have something unread. */
  start(windows: 'open' | 'unread'): void {
    const { client, store } = this.#parts;
    this.#acquaint();
    this.#ignored = this.#ignoredNow();
    this.#endings.push(
      client.subscribe((event) => this.#happened(event)),
      store.subscribe(() => this.#seen()),
    );
    store.push({ type: 'relays', relays: client.relays() });
    store.push({ type: 'rooms', rooms: client.listed() });
    for (const session of client.rooms()) this.#open(session);
    this.#openWindows(windows);
  }

  close(): void {
    for (const end of this.#endings) end();
  }

  /** Shows what is whispered with this person, and takes what is typed there for whispers. */
  query(person: Person): void {
    const { client, navigator, store } = this.#parts;
    const archived = client.whispers(PAGE_LINES, person.key);
    store.dispatch({ type: 'person-opened', person, archived });
    navigator.show(personId(person));
  }

  /** Whoever writes again has read what stood on the screen; what stands in a window of its own is read there. */
  haveRead(): void {
    const state = this.#parts.store.get();
    for (const key of this.#unread) if (!personOf(state, personId({ key }))) this.#markRead(key);
  }

  /** A room that was over is closed. */
  forget(room: RoomId): void {
    this.#parts.client.forget(room);
    this.#parts.reading.forget(room);
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
    if (event.type === 'people') this.#unhide();
    if (event.type === 'whisper' && this.#isShown(event.whisper)) this.#unread.add(event.whisper.with.key);
    // Whatever came with it is no news to the state that decides.
    const call = callOf(event, store.get());
    store.push(event);
    if (call !== undefined) terminal.call(call, store.get().preferences.notify);
    if (!('room' in event)) return;
    if (event.type === 'removed') this.#over.add(event.room);
    if (event.type === 'state' && event.state === 'closed' && !this.#over.delete(event.room)) {
      navigator.drop(event.room);
      if (event.reason === 'left') this.#parts.reading.forget(event.room);
    }
    if (event.type === 'ready') navigator.measure();
  }

  /** Of strangers only what comes into a window that somebody opened for them. */
  #isShown({ mine, stranger, with: who }: WhisperLine): boolean {
    return !mine && (!stranger || personOf(this.#parts.store.get(), personId(who)) !== undefined);
  }

  #meet(event: RoomSessionEvent): void {
    if (roomOf(this.#parts.store.get(), event.room) && event.type !== 'state') return;
    const session = sessionOf(this.#parts.client, event.room);
    if (session) this.#open(session);
  }

  #open(session: RoomSession): void {
    const { reading, store } = this.#parts;
    const { info, state, reason, log } = session;
    const known = roomOf(store.get(), info.id);
    if (known && !known.over) return;
    const archived = known ? [] : session.history(PAGE_LINES);
    const position = reading.positionOf(info.id);
    store.dispatch({
      type: 'room-opened',
      info,
      state,
      reason,
      log,
      archived,
      unread: position && unreadLines(session, archived, position, store.get().self),
      pending: session.pending(),
    });
  }

  #openWindows(which: 'open' | 'unread'): void {
    const { client, reading, store } = this.#parts;
    if (reading.people.length === 0) return;
    const inbox = client.inbox();
    for (const key of reading.people) {
      const unread = inbox.filter((whisper) => whisper.with.key === key);
      if (which === 'unread' && unread.length === 0) continue;
      const archived = client.whispers(PAGE_LINES + unread.length, key);
      const met = client.people.find(key);
      const isKnown = met.ok && client.people.about(met.value).firstSeen !== undefined;
      const person = isKnown ? met.value : archived.at(-1)?.with;
      if (person) store.dispatch({ type: 'person-opened', person, archived, unread });
    }
  }

  /** What came into a window is read once nothing in it is unread. */
  #seen(): void {
    if (this.#unread.size === 0) return;
    for (const window of this.#parts.store.get().people) {
      const { key } = window.person;
      if (this.#unread.has(key) && isRead(window)) this.#markRead(key);
    }
  }

  #markRead(key: IdentityKey): void {
    this.#unread.delete(key);
    this.#parts.client.markRead(key);
  }

  /** Shows what was said meanwhile by somebody who is not ignored any more. */
  #unhide(): void {
    const { pages, store } = this.#parts;
    const before = this.#ignored;
    this.#ignored = this.#ignoredNow();
    if (before.every((key) => this.#ignored.includes(key))) return;
    for (const { id } of store.get().rooms) pages.fillIn(id);
  }

  #ignoredNow(): readonly IdentityKey[] {
    return this.#parts.client.people.ignored().map(({ key }) => key);
  }

  #acquaint(): void {
    const { client, store } = this.#parts;
    const known = client.people.known();
    const before = store.get().known;
    const same = known.length === before.length && known.every(({ key }, at) => key === before[at]?.key);
    if (!same) store.dispatch({ type: 'acquainted', known });
  }
}
