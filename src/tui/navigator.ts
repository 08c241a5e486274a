import type { ChatClient } from '../client/api.ts';
import { fold } from '../client/fold.ts';
import { roomNames } from '../client/words/room-names.ts';
import type { RoomId } from '../shared/ids.ts';
import type { Input } from './input.ts';
import { sessionOf } from './sessions.ts';
import { allBuffers, currentBuffer, type BufferId, type PersonId, type State } from './store/state.ts';
import type { Store } from './store/store.ts';

/** What rooms and people are called, in the order of the list. */
export function windowNames(state: State): readonly string[] {
  const titles = roomNames(state.rooms.map(({ info }) => info));
  return allBuffers(state).map((buffer) => {
    if (buffer.type === 'lobby') return 'lobby';
    return buffer.type === 'room' ? (titles.get(buffer.id) ?? buffer.info.title) : buffer.person.nick;
  });
}

export interface NavigatorParts {
  readonly client: ChatClient;
  readonly store: Store;
  readonly input: Input;
}

/** Which buffer is on screen. */
export class Navigator {
  readonly #parts: NavigatorParts;

  constructor(parts: NavigatorParts) {
    this.#parts = parts;
  }

  show(id: BufferId): void {
    const { client, input, store } = this.#parts;
    store.dispatch({ type: 'shown', buffer: id });
    const shown = currentBuffer(store.get());
    if (shown.type === 'person') client.markRead(shown.person.key);
    input.show(shown.id);
    this.measure();
  }

  /** The next (1) or previous (-1) buffer of the list, round and round. */
  step(direction: 1 | -1): void {
    const state = this.#parts.store.get();
    const ids = allBuffers(state).map(({ id }) => id);
    const at = ids.indexOf(state.current);
    this.show(ids[(at + direction + ids.length) % ids.length] ?? 'lobby');
  }

  /** The room with this number in the list, from 1. */
  showNumber(number: number): void {
    const buffer = allBuffers(this.#parts.store.get())[number];
    if (buffer) this.show(buffer.id);
  }

  /** By its number, its name or how that begins; false when there is none. */
  showNamed(which: string): boolean {
    const state = this.#parts.store.get();
    const wanted = fold(which.replace(/^[#@]/, ''));
    const names = windowNames(state).map(fold);
    const exact = names.indexOf(wanted);
    const named = exact < 0 ? names.findIndex((name) => name.startsWith(wanted)) : exact;
    const buffer = allBuffers(state)[/^\d+$/.test(which) ? Number(which) : named];
    if (buffer) this.show(buffer.id);
    return buffer !== undefined;
  }

  /** Mentions first, then whatever has something new. */
  showActivity(): void {
    const { rooms, people } = this.#parts.store.get();
    const all = [...rooms, ...people];
    const buffer = all.find((each) => each.mentions > 0) ?? all.find((each) => each.unread > 0);
    if (buffer) this.show(buffer.id);
  }

  /** Points at another room of the lobby. */
  select(step: 1 | -1): void {
    const { store } = this.#parts;
    const { listed, lobby } = store.get();
    const at = listed.findIndex(({ id }) => id === lobby.selected);
    const room = listed[Math.max(0, Math.min(listed.length - 1, at + step))];
    if (room) store.dispatch({ type: 'selected', room: room.id });
  }

  /** A buffer goes, with what was written in it. */
  drop(id: RoomId | PersonId): void {
    const { input, store } = this.#parts;
    store.dispatch({ type: 'buffer-closed', room: id });
    input.show(currentBuffer(store.get()).id);
    input.forget(id);
  }

  /** How far the host of the room on screen is, and the relay in between. */
  measure(): void {
    const { client, store } = this.#parts;
    const session = sessionOf(client, store.get().current);
    if (!session || session.state !== 'online') return;
    void client.ping(session.info.relay);
    void session.ping().then((ms) => {
      store.dispatch({ type: 'measured', room: session.info.id, ms });
    });
  }
}
