import type { RoomId } from '../shared/ids.ts';
import { idBytes } from '../shared/ids.ts';
import { ENTRY_MS, MAX_CONTROL_BYTES, SECOND } from '../shared/limits.ts';
import { encodeControl } from '../shared/wire/codec.ts';
import type { ListedEntry, ReplyOf } from '../shared/wire/control.ts';
import type { ListingBody } from '../shared/wire/listing.ts';
import type { Clock } from './clock.ts';
import type { SignedEntry } from './listing-check.ts';
import type { LiveRoom, Party } from './registry.ts';
import { frameOf } from './server-frame.ts';

/** Shortest time between two batches of changes. */
export const CHANGE_MS = SECOND / 5;
/** Above this many watchers, batches become rarer in proportion, so that a busy lobby cannot eat the relay. */
const WATCHERS_AT_FULL_PACE = 1_000;
/** What an entry's keys, lengths, signature and member count add to its body, rounded up. */
const ENTRY_OVERHEAD = 128;
/** Room for the keys of the message itself. */
const CHUNK_BYTES = MAX_CONTROL_BYTES - 1_024;
const GONE_BYTES = 18;

interface Listed {
  readonly room: LiveRoom;
  readonly entry: SignedEntry;
  readonly rev: number;
  readonly title: string;
  /** Monotonic ms: a wall clock that jumps unlists nobody. */
  readonly until: number;
}

/** The live list of public rooms, and who watches it. */
export class Directory {
  readonly #listed = new Map<RoomId, Listed>();
  /** Watchers, each with the rooms of its first full listing that it was not sent yet. */
  readonly #watchers = new Map<Party, RoomId[]>();
  readonly #changed = new Set<RoomId>();
  readonly #clock: Clock;
  #timer: NodeJS.Timeout | undefined;
  #lastBatch = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#listed.size;
  }

  get watching(): number {
    return this.#watchers.size;
  }

  /** Undefined for a private room; as its host signed it, not sanitised. */
  titleOf(id: RoomId): string | undefined {
    return this.#listed.get(id)?.title;
  }

  revOf(id: RoomId): number | undefined {
    return this.#listed.get(id)?.rev;
  }

  /** `entry` was checked and decoded to `body`. */
  list(room: LiveRoom, entry: SignedEntry, body: ListingBody): void {
    const left = body.expires * SECOND - this.#clock.wall();
    const until = this.#clock.monotonic() + (left > 0 && left < ENTRY_MS ? left : ENTRY_MS);
    this.#listed.set(room.id, { room, entry, rev: body.rev, title: body.title, until });
    this.touch(room.id);
  }

  unlist(id: RoomId): void {
    if (!this.#listed.delete(id)) return;
    this.#change(id);
  }

  /** The member count of a room changed. */
  touch(id: RoomId): void {
    if (this.#listed.has(id)) this.#change(id);
  }

  dropExpired(): void {
    const now = this.#clock.monotonic();
    for (const [id, { until }] of this.#listed) if (until <= now) this.unlist(id);
  }

  /** Returns the first chunk; the rest follows as changes, a chunk a batch. */
  watch(party: Party, rid: number): ReplyOf<'listing'> {
    const ids = [...this.#listed.keys()];
    const entries = this.#takeEntries(ids);
    this.#watchers.set(party, ids);
    if (ids.length > 0) this.#schedule();
    return { t: 'listing', rid, full: true, entries, gone: [] };
  }

  unwatch(party: Party): void {
    this.#watchers.delete(party);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#watchers.clear();
  }

  #change(id: RoomId): void {
    if (this.#watchers.size === 0) return;
    this.#changed.add(id);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#timer) return;
    const pace = CHANGE_MS * Math.max(1, this.#watchers.size / WATCHERS_AT_FULL_PACE);
    const wait = Math.max(0, this.#lastBatch + pace - this.#clock.monotonic());
    this.#timer = setTimeout(() => this.#batch(), wait).unref();
  }

  #batch(): void {
    this.#timer = undefined;
    this.#lastBatch = this.#clock.monotonic();
    this.#sendChanges();
    let unfinished = this.#changed.size > 0;
    for (const [party, ids] of this.#watchers) {
      if (ids.length === 0) continue;
      // A watcher that reads slowly is not filled up with rooms.
      if (!party.queue.isStalled)
        party.say({ t: 'listing', full: false, entries: this.#takeEntries(ids), gone: [] });
      unfinished ||= ids.length > 0;
    }
    if (unfinished) this.#schedule();
  }

  /** One frame, encoded once for all; what does not fit stays for the next batch. */
  #sendChanges(): void {
    if (this.#changed.size === 0) return;
    const entries: ListedEntry[] = [];
    const gone: Uint8Array[] = [];
    let bytes = 0;
    for (const id of this.#changed) {
      const listed = this.#listed.get(id);
      bytes += listed ? listed.entry.body.length + ENTRY_OVERHEAD : GONE_BYTES;
      if (bytes > CHUNK_BYTES) break;
      this.#changed.delete(id);
      if (listed) entries.push(entryOf(listed));
      else gone.push(idBytes(id));
    }
    const frame = frameOf(encodeControl({ t: 'listing', full: false, entries, gone }));
    for (const party of this.#watchers.keys()) party.queue.push(frame);
  }

  /** Removes from `ids` what it returns or what is gone meanwhile. */
  #takeEntries(ids: RoomId[]): ListedEntry[] {
    const entries: ListedEntry[] = [];
    let bytes = 0;
    for (let id = ids.at(-1); id !== undefined; id = ids.at(-1)) {
      const listed = this.#listed.get(id);
      if (listed) {
        bytes += listed.entry.body.length + ENTRY_OVERHEAD;
        if (bytes > CHUNK_BYTES) break;
        entries.push(entryOf(listed));
      }
      ids.pop();
    }
    return entries;
  }
}

function entryOf({ room, entry }: Listed): ListedEntry {
  return { body: entry.body, sig: entry.sig, members: room.admitted.size };
}
