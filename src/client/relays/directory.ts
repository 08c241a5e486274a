import { every, type Clock } from '../../link/clock.ts';
import { equalBytes } from '../../shared/bytes.ts';
import { keyTag, labels, makeRoomId, verify } from '../../shared/crypto/sign.ts';
import { ifWellFormed } from '../../shared/errors.ts';
import { identityKey, roomId, type RoomId } from '../../shared/ids.ts';
import { CLOCK_SKEW_MS, MINUTE, SECOND } from '../../shared/limits.ts';
import { putNewest } from '../../shared/put-newest.ts';
import { cleanTitle, sanitizeLine } from '../../shared/text.ts';
import type { ListedEntry, ReplyOf } from '../../shared/wire/control.ts';
import { decodeListing } from '../../shared/wire/listing.ts';
import type { ListedRoom, Via } from '../session-events.ts';

/** Rooms kept of one relay; a relay that names more is not believed further. */
const MAX_LISTED_ROOMS = 5_000;
/** Of one that announced itself on the network: there may be many of them, and nobody asked for any. */
export const MAX_NEARBY_ROOMS = 256;
/** Telling of a change may take this long; after one that took longer, this many times as long passes before the next. */
const CHEAP_MS = 4;
const REST = 10;

interface Listed {
  readonly room: ListedRoom;
  readonly rev: number;
  /** Ms since 1970. */
  readonly expires: number;
}

interface Relay {
  readonly url: string;
  readonly via: Via;
}

/** What the relays list, as far as the rooms' hosts have signed it. */
export class Directory {
  readonly #clock: Clock;
  readonly #changed: () => void;
  readonly #maxRooms: number;
  readonly #relays = new Map<string, Map<RoomId, Listed>>();
  /** The newest that was seen of each room, so that an older entry that is listed again brings nothing back. */
  readonly #newest = new Map<RoomId, Listed>();
  readonly #cancelSweep: () => void;
  #cancelRest: (() => void) | undefined;
  #untold = false;

  constructor(clock: Clock, changed: () => void, maxRooms = MAX_LISTED_ROOMS) {
    this.#clock = clock;
    this.#changed = changed;
    this.#maxRooms = maxRooms;
    this.#cancelSweep = every(clock, MINUTE, () => this.#sweep());
  }

  /** Takes over a relay's answer or change; gives the rooms that are new or news. */
  listing(relay: Relay, { full, entries, gone }: ReplyOf<'listing'>): readonly ListedRoom[] {
    const before = this.#relays.get(relay.url) ?? new Map<RoomId, Listed>();
    const rooms = full ? new Map<RoomId, Listed>() : before;
    const news: ListedRoom[] = [];
    const most = relay.via === 'lan' ? MAX_NEARBY_ROOMS : this.#maxRooms;
    for (const id of gone) rooms.delete(roomId(id));
    for (const entry of entries) {
      const listed = readEntry(entry, relay);
      if (!listed || listed.expires + CLOCK_SKEW_MS <= this.#clock.wall()) continue;
      const { id } = listed.room;
      // An older entry than one seen is a replay.
      if (listed.rev < (before.get(id)?.rev ?? 0) || (rooms.size >= most && !rooms.has(id))) continue;
      rooms.set(id, listed);
      if (listed.rev >= (this.#newest.get(id)?.rev ?? 0))
        putNewest(this.#newest, id, listed, MAX_LISTED_ROOMS);
      news.push(listed.room);
    }
    this.#relays.set(relay.url, rooms);
    this.#tell();
    return news;
  }

  /** The relay has answered at least once since it was last forgotten. */
  has(url: string): boolean {
    return this.#relays.has(url);
  }

  lists(url: string, room: RoomId): boolean {
    return this.#relays.get(url)?.has(room) === true;
  }

  /** The relay is gone: what it listed may be too. */
  forget(url: string): void {
    if (this.#relays.delete(url)) this.#tell();
  }

  /** Each room once, by the nearest relay that lists it, and as its newest entry has it. */
  rooms(): readonly ListedRoom[] {
    const merged = new Map<RoomId, Listed>();
    for (const rooms of this.#relays.values()) {
      for (const [id, listed] of rooms) {
        const other = merged.get(id);
        if (!other) merged.set(id, listed);
        else if (other.room.via === listed.room.via ? listed.rev > other.rev : listed.room.via === 'lan')
          merged.set(id, listed);
      }
    }
    return [...merged.values()].map(({ room, rev }) => this.#asOfNow(room, rev)).sort(byTitle);
  }

  close(): void {
    this.#cancelSweep();
    this.#cancelRest?.();
    // Relays that are let go of afterwards are no news.
    this.#cancelRest = () => undefined;
  }

  /** However often relays change their minds: the rest of the program has its time. */
  #tell(): void {
    this.#untold = this.#cancelRest !== undefined;
    if (this.#untold) return;
    const begun = this.#clock.now();
    this.#changed();
    const took = this.#clock.now() - begun;
    if (took <= CHEAP_MS) return;
    this.#cancelRest = this.#clock.after(took * REST, () => {
      this.#cancelRest = undefined;
      if (this.#untold) this.#tell();
    });
  }

  #asOfNow(room: ListedRoom, rev: number): ListedRoom {
    const newest = this.#newest.get(room.id);
    if (!newest || newest.rev <= rev) return room;
    const { title, topic, code } = newest.room;
    return { ...room, title, topic, code };
  }

  #sweep(): void {
    const oldest = this.#clock.wall() - CLOCK_SKEW_MS;
    let swept = false;
    for (const rooms of this.#relays.values())
      for (const [id, { expires }] of rooms) if (expires <= oldest) swept = rooms.delete(id) || swept;
    if (swept) this.#tell();
  }
}

function readEntry({ body, sig, members }: ListedEntry, { url, via }: Relay): Listed | undefined {
  const listing = ifWellFormed(() => decodeListing(body));
  if (!listing || !verify(labels.list, listing.host, body, sig)) return undefined;
  if (!equalBytes(makeRoomId(listing.host, listing.nonce), listing.room)) return undefined;
  const title = cleanTitle(listing.title);
  if (title === undefined) return undefined;
  const room: ListedRoom = {
    id: roomId(listing.room),
    title,
    topic: sanitizeLine(listing.topic),
    host: identityKey(listing.host),
    tag: keyTag(listing.host),
    members,
    code: listing.code,
    via,
    relay: url,
  };
  return { room, rev: listing.rev, expires: listing.expires * SECOND };
}

function byTitle(a: ListedRoom, b: ListedRoom): number {
  return a.title.localeCompare(b.title) || (a.tag < b.tag ? -1 : 1);
}
