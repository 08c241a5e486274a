import type { ListedRoom, Person, RelayInfo, WhisperLine } from '../../src/client/session-events.ts';
import type { IdentityKey } from '../../src/shared/ids.ts';
import type { MemoryNames } from './memory-account.ts';
import { MemoryRoom, type MemoryRoomOptions } from './memory-room.ts';

export const LAN_RELAY = 'ws://127.0.0.1:1878';

/** A client as the rest of the world knows it. */
export interface Participant {
  readonly self: Person;
  relaysChanged(): void;
  roomsChanged(): void;
  /** True when the whisper is durable there. */
  hear(whisper: WhisperLine): 'delivered' | 'refused' | undefined;
}

/** Everything several in-memory clients share: time, relays, rooms. What one does the others see at once. */
export class MemoryWorld {
  /** The wall clock of everybody, ms since 1970; tests move it. */
  time: number;
  readonly relays = new Map<string, RelayInfo>();
  readonly rooms = new Map<string, MemoryRoom>();
  readonly names: MemoryNames = new Map();
  readonly participants = new Map<IdentityKey, Participant>();

  constructor(time = Date.UTC(2026, 10, 20, 18, 2, 11)) {
    this.time = time;
    this.addRelay(LAN_RELAY, { via: 'lan' });
  }

  readonly now = (): number => this.time;

  /** A relay that answers from now on; clients use it once they `connect`. */
  addRelay(url: string, about: Partial<RelayInfo> = {}): void {
    this.relays.set(url, { url, via: 'relay', state: 'online', ms: 12, ...about });
    this.#relaysChanged();
  }

  setRelay(url: string, change: Partial<RelayInfo>): void {
    const relay = this.relays.get(url);
    if (relay) this.relays.set(url, { ...relay, ...change });
    this.#relaysChanged();
  }

  addRoom(
    options: Pick<MemoryRoomOptions, 'title' | 'owner'> & Partial<MemoryRoomOptions> & { relay?: string },
  ): MemoryRoom {
    const relay = options.relay ?? LAN_RELAY;
    const via = this.relays.get(relay)?.via ?? 'relay';
    const room = new MemoryRoom({ ...options, relay, via }, this.now);
    this.rooms.set(room.info.id, room);
    this.#roomsChanged();
    return room;
  }

  /** The host closes the room for good. */
  removeRoom(id: string): void {
    const room = this.rooms.get(id);
    this.rooms.delete(id);
    room?.close();
    this.#roomsChanged();
  }

  listedOn(urls: ReadonlySet<string>): readonly ListedRoom[] {
    return [...this.rooms.values()]
      .filter((room) => !room.info.private && urls.has(room.info.relay))
      .map((room) => {
        const { id, title, topic, host, tag, via, relay } = room.info;
        const code = room.code !== undefined;
        return { id, title, topic, host, tag, via, relay, members: room.members.size, code };
      });
  }

  #relaysChanged(): void {
    for (const one of this.participants.values()) one.relaysChanged();
  }
  #roomsChanged(): void {
    for (const one of this.participants.values()) one.roomsChanged();
  }
}
