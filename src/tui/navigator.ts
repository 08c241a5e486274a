import type { ChatClient } from '../client/api.ts';
import type { RoomLine } from '../client/session-events.ts';
import type { RoomId } from '../shared/ids.ts';
import type { Busy } from './busy.ts';
import { MAX_HITS } from './finder.ts';
import type { Input } from './input.ts';
import type { Pages } from './pages.ts';
import { sessionOf } from './sessions.ts';
import {
  allBuffers,
  currentBuffer,
  seqOf,
  type Buffer,
  type BufferId,
  type PersonId,
  type RoomBuffer,
} from './store/state.ts';
import type { Store } from './store/store.ts';
import type { Layout } from './view/layout.ts';

/** Where the view can be sent, which only the screen knows how to do. */
export interface Reader {
  /** False when that line is not to be had. */
  jump(line: Pick<RoomLine, 'id' | 'seq'>, layout: Layout): boolean;
}

export interface NavigatorParts {
  readonly client: ChatClient;
  readonly store: Store;
  readonly input: Input;
  readonly pages: Pages;
  readonly busy: Busy;
}

/** Which buffer is on screen, and which of its lines. */
export class Navigator {
  readonly #parts: NavigatorParts;
  #reader: Reader | undefined;

  constructor(parts: NavigatorParts) {
    this.#parts = parts;
  }

  /** Who moves the view; without one jumps do nothing. */
  read(reader: Reader): void {
    this.#reader = reader;
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

  toBottom(id: BufferId): void {
    this.#parts.pages.newest(id);
    this.#parts.store.dispatch({ type: 'scrolled', buffer: id, anchor: undefined });
  }

  /** False when that line is not to be had. */
  jump(line: Pick<RoomLine, 'id' | 'seq'>, layout: Layout): boolean {
    return this.#reader?.jump(line, layout) ?? false;
  }

  /** Shows the line with `many` lines below it, the oldest where there are fewer; resolves with how many there are. */
  async goBack(many: number, layout: Layout): Promise<number> {
    const { busy, pages, store } = this.#parts;
    const { current } = store.get();
    const room = this.#room(current);
    const session = room && this.#session(room.id);
    if (!room || !session) return 0;
    const wanted = Math.max(1, room.head - many + 1);
    await busy.while('fetching older lines', () => pages.reach(room.id, wanted));
    const lines = session.history(many);
    const [line] = lines;
    if (line && store.get().current === room.id) this.jump(line, layout);
    // A notice would stand at the end, which is not on screen now.
    if (lines.length < many) busy.hint(`That is all there is: ${lines.length} lines`);
    return lines.length;
  }

  /** The mention before the one that was jumped to last, else the newest. */
  previousMention(layout: Layout): void {
    const buffer = currentBuffer(this.#parts.store.get());
    const at = buffer.entries.findIndex(({ key }) => key === buffer.found);
    const above = at < 0 ? buffer.entries : buffer.entries.slice(0, at);
    const entry = above.findLast((each) => each.type === 'line' && each.mention);
    const line = entry?.type === 'line' ? entry.line : this.#archivedMention(buffer);
    if (line) this.jump(line, layout);
    else this.#parts.busy.hint('No earlier line names you');
  }

  /** How far the host of the room on screen is. */
  measure(): void {
    const { store } = this.#parts;
    const session = this.#session(store.get().current);
    if (!session || session.state !== 'online') return;
    void session.ping().then((ms) => {
      store.dispatch({ type: 'measured', room: session.info.id, ms });
    });
  }

  /** Older than what is in memory. */
  #archivedMention(buffer: Buffer): RoomLine | undefined {
    if (buffer.type !== 'room') return undefined;
    const first = seqOf(buffer.entries.find((entry) => seqOf(entry) !== undefined)) ?? 0;
    const { nick, key } = this.#parts.store.get().self;
    const hits = this.#session(buffer.id)?.search(nick, MAX_HITS) ?? [];
    return hits.find(({ seq, by }) => seq !== undefined && seq < first && by.key !== key);
  }

  #room(id: BufferId): RoomBuffer | undefined {
    return this.#parts.store.get().rooms.find((room) => room.id === id);
  }

  #session(id: BufferId): ReturnType<typeof sessionOf> {
    return sessionOf(this.#parts.client, id);
  }
}
