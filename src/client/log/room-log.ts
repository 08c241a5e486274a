import { ifWellFormed, ProtocolError } from '../../shared/errors.ts';
import { equalBytes } from '../../shared/bytes.ts';
import { idBytes, type IdentityKey } from '../../shared/ids.ts';
import { GAP_WAIT_MS, MAX_PAGE_EVENTS } from '../../shared/limits.ts';
import type { SignedEvent } from '../../shared/room/events.ts';
import type { Resume } from '../../shared/room/handshake.ts';
import type { WireHead } from '../../shared/room/head.ts';
import { decodeCast, type CastMessage, type HostMessageOf } from '../../shared/room/messages.ts';
import { EpochKeys } from './epoch-keys.ts';
import { HeldCasts } from './held-casts.ts';
import { LogFollower, type AuthenticEvent, type PlacedEvent } from './log-follower.ts';
import { LogSync } from './log-sync.ts';
import { PageFetch, type PageFetchParts } from './page-fetch.ts';
import { PageRun } from './page-run.ts';
import { RoleTrail } from './role-trail.ts';
import { Transcript, type TranscriptParts } from './transcript.ts';

/** Casts that wait for their key. */
const MAX_EARLY = 64;
/** Events of one hole that are fetched while the room goes on; a larger one is for a new handshake. */
const MAX_HOLE = 4 * MAX_PAGE_EVENTS;

/** What a member does that is no part of the log. */
export type RoomHint = Exclude<CastMessage, { t: 'event' }>;

export interface RoomLogParts extends TranscriptParts, Pick<PageFetchParts, 'ask'> {
  readonly hint: (hint: RoomHint) => void;
  /** Our copy and the host's are not the same: a new handshake tells how. */
  readonly disagreed: () => void;
}

/**
 * One room's log as its host sends it: casts and pages become lines, in order, each shown once. What cannot be true is
 * dropped and counted; it never keeps the true next message out.
 */
export class RoomLog {
  readonly #parts: RoomLogParts;
  readonly #roomBytes: Uint8Array;
  readonly #hostBytes: Uint8Array;
  readonly #transcript: Transcript;
  readonly #fetch: PageFetch;
  readonly #sync: LogSync;
  readonly #held = new HeldCasts();
  #early: Uint8Array[] = [];
  #follower: LogFollower | undefined;
  /** Who was what where the conversation was interrupted. */
  #trail: RoleTrail | undefined;
  #keys: EpochKeys | undefined;
  #syncing = true;
  #cancelGap: (() => void) | undefined;
  #cancelEarly: (() => void) | undefined;

  constructor(parts: RoomLogParts) {
    const { clock, ask, room, host, rooms, emit } = parts;
    this.#parts = parts;
    this.#roomBytes = idBytes(room);
    this.#hostBytes = idBytes(host);
    const transcript = new Transcript(parts);
    this.#transcript = transcript;
    this.#fetch = new PageFetch({ clock, ask, dropped: (what) => transcript.dropped(what) });
    this.#sync = new LogSync({ room, rooms, emit, transcript, fetch: this.#fetch });
  }

  /** Where the local copy ends, for the handshake. */
  get resume(): Resume | undefined {
    const position = this.#parts.rooms.position(this.#parts.room);
    return position && { log: idBytes(position.log), seq: position.seq, hash: position.hash };
  }

  /** The last seq that was taken; infinite while earlier lines are on their way. */
  get end(): number {
    return this.#syncing || this.#fetch.busy ? Number.POSITIVE_INFINITY : this.#need().end.seq;
  }

  /** Begins to follow from where the host says. Throws `ProtocolError` when its word contradicts itself. */
  welcomed(welcome: HostMessageOf<'welcome'>): void {
    const { room, rooms, clock } = this.#parts;
    const [seq, hash, kepoch] = welcome.head;
    const where = { room: this.#roomBytes, log: welcome.log, host: this.#hostBytes };
    const position = rooms.position(room);
    const before = this.#follower;
    const goesOn =
      welcome.resume === 'pages' &&
      before !== undefined &&
      equalBytes(before.log, welcome.log) &&
      before.end.seq === position?.seq;
    const follower = new LogFollower(where, position ?? { seq, hash }, goesOn ? before : undefined);
    if (!goesOn) this.#trail = undefined;
    if (!follower.isSignedHead(welcome.head)) throw new ProtocolError('head not signed by the host');
    this.#follower = follower;
    this.#keys = new EpochKeys(clock, where, kepoch, welcome.key);
    this.#syncing = true;
  }

  /** Gets what was missed; `synced` is called when it is here or given up. */
  sync(welcome: HostMessageOf<'welcome'>, synced: () => void): void {
    const trail = this.#trail ?? new RoleTrail();
    this.#trail = undefined;
    this.#sync.start(this.#need(), welcome, trail, () => {
      this.#syncing = false;
      this.#drain();
      this.#replayEarly();
      synced();
    });
  }

  /** The conversation is over: what it was asked will not be answered. */
  interrupted(): void {
    if (!this.#syncing) this.#trail = new RoleTrail(this.#parts.roster.all());
    this.#cancelGap?.();
    this.#cancelGap = undefined;
    this.#cancelEarly?.();
    this.#cancelEarly = undefined;
    this.#held.clear();
    this.#early = [];
    // Until the next welcome nothing can be opened; what comes before it waits.
    this.#keys = undefined;
    this.#fetch.abandon();
  }

  rekey({ kepoch, key, first }: HostMessageOf<'rekey'>): void {
    if (this.#keys?.rekey(kepoch, key, first) === false)
      return this.#transcript.dropped('key of an earlier epoch');
    this.#replayEarly();
  }

  page(page: HostMessageOf<'page'>): void {
    this.#transcript.formerly(page.former ?? []);
    this.#fetch.page(page);
  }

  /** Events before those of the archive that the host has for this member, by its last word. */
  get unfetched(): number {
    return this.#syncing ? 0 : this.#sync.unfetched;
  }

  /** Fetches lines before those of the archive; resolves with how many came. */
  fetchOlder(limit: number): Promise<number> {
    if (this.#syncing || !this.#follower) return Promise.resolve(0);
    return this.#sync.fetchOlder(this.#follower, limit);
  }

  /** `payload` may be a view of a larger buffer. */
  cast(payload: Uint8Array): void {
    const opened = this.#keys?.open(payload) ?? { type: 'early' };
    switch (opened.type) {
      case 'unreadable':
        this.#transcript.dropped('unreadable message');
        break;
      case 'late':
        break;
      case 'early':
        this.#holdEarly(payload);
        break;
      case 'opened':
        this.#opened(opened);
        break;
    }
  }

  #opened(cast: { readonly kepoch: number; readonly seq: number; readonly plaintext: Uint8Array }): void {
    const message = ifWellFormed(() => decodeCast(cast.plaintext));
    if (!message || (message.t === 'event') !== cast.seq > 0) {
      this.#transcript.dropped('unreadable message');
    } else if (message.t === 'event') {
      const [author, event, sig] = message.event;
      this.#event({ author, event, sig }, message.head, cast);
    } else {
      this.#parts.hint(message);
    }
  }

  #event(signed: SignedEvent, head: WireHead, { seq, kepoch }: { seq: number; kepoch: number }): void {
    const follower = this.#need();
    if (seq <= follower.end.seq) return;
    if (head[0] !== seq || head[2] !== kepoch || !follower.isSignedHead(head))
      return this.#transcript.dropped('bad signature of the host');
    const event = follower.authentic(signed);
    if (typeof event === 'string') return this.#transcript.dropped(event);
    if (!this.#syncing && seq === follower.end.seq + 1) {
      if (this.#next(event, head)) this.#drain();
      return;
    }
    this.#held.add(seq, { event, head });
    if (!this.#syncing) this.#watchGap();
  }

  /** The next of the log, as it happens; false when it is not. */
  #next(event: AuthenticEvent, head: WireHead): boolean {
    const follower = this.#need();
    const placed = follower.place(event, head[1]);
    if (typeof placed === 'string') {
      this.#transcript.dropped(placed);
      return false;
    }
    this.#take(placed);
    this.#keys?.passed(placed.seq);
    return true;
  }

  /** Tells the next event, by the roster of now, unless its author may not say it. */
  #take(placed: PlacedEvent): void {
    const follower = this.#need();
    const { roster } = this.#parts;
    const roleOf = (key: IdentityKey) => roster.get(key)?.role ?? (roster.complete ? undefined : 'member');
    const objection = follower.objection(placed, roleOf);
    // The host has numbered it, so the log goes on behind it; only nobody is shown what its author may not say.
    if (objection) {
      this.#transcript.dropped(objection);
      this.#transcript.passed(follower, placed);
    } else {
      this.#transcript.happened(follower, placed);
    }
  }

  /** Goes on with what was held, as far as it follows. */
  #drain(): void {
    const follower = this.#need();
    let going = true;
    while (going)
      going = this.#held.take(follower.end.seq + 1).some(({ event, head }) => this.#next(event, head));
    if (this.#held.firstAfter(follower.end.seq) !== undefined) this.#watchGap();
  }

  #watchGap(): void {
    this.#cancelGap ??= this.#parts.clock.after(GAP_WAIT_MS, () => {
      this.#cancelGap = undefined;
      this.#fillGap();
    });
  }

  #fillGap(): void {
    const follower = this.#need();
    const { end } = follower;
    const next = this.#held.firstAfter(end.seq);
    if (this.#syncing || next === undefined || next === end.seq + 1) return;
    // Another answer is under way; the hole is looked at again.
    if (this.#fetch.busy) return this.#watchGap();
    const [from, to] = [end.seq + 1, next - 1];
    if (to - from >= MAX_HOLE) return this.#parts.disagreed();
    const run = new PageRun(follower, MAX_HOLE);
    this.#fetch.request(from, to, {
      page: (page) => run.add(page),
      done: (came) => {
        if (came && run.start && !run.startsBehind(follower.end)) {
          this.#transcript.dropped('broken chain');
          return this.#parts.disagreed();
        }
        if (came) for (const placed of run.events) this.#take(placed);
        if (follower.end.seq < to) this.#giveUp(next);
        this.#drain();
      },
    });
  }

  /** Goes on with `next`, whose head the host signed; what is before it is said to be missing. */
  #giveUp(next: number): void {
    const follower = this.#need();
    const [held] = this.#held.take(next);
    if (!held) return;
    const [seq, hash] = held.head;
    this.#transcript.skipped(follower, { seq: seq - 1, hash });
    this.#take({ ...held.event, seq, hash });
    // Of the chain only what this head signs is known: whoever looks back begins with it.
    this.#parts.rooms.skipTo(this.#parts.room, { seq, hash });
  }

  #holdEarly(payload: Uint8Array): void {
    if (this.#early.length >= MAX_EARLY) return this.#transcript.dropped('unreadable message');
    this.#early.push(payload.slice());
    if (!this.#keys) return;
    this.#cancelEarly ??= this.#parts.clock.after(GAP_WAIT_MS, () => {
      this.#cancelEarly = undefined;
      for (const _ of this.#early.splice(0)) this.#transcript.dropped('unreadable message');
      this.#fetchMissed();
    });
  }

  #replayEarly(): void {
    for (const payload of this.#early.splice(0)) this.cast(payload);
  }

  /** A key never came: what was sealed under it is asked for, since nothing else may reveal the hole. */
  #fetchMissed(): void {
    const follower = this.#need();
    if (this.#syncing || this.#fetch.busy) return;
    const run = new PageRun(follower, MAX_PAGE_EVENTS);
    const from = follower.end.seq + 1;
    this.#fetch.request(from, from + MAX_PAGE_EVENTS - 1, {
      page: (page) => run.add(page),
      done: (came) => {
        if (!came || !run.startsBehind(follower.end)) return;
        for (const placed of run.events) this.#take(placed);
        this.#drain();
      },
    });
  }

  #need(): LogFollower {
    if (!this.#follower) throw new Error('a log that is not followed');
    return this.#follower;
  }
}
