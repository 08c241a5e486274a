import type { Clock } from '../link/clock.ts';
import { equalBytes } from '../shared/bytes.ts';
import { ProtocolError } from '../shared/errors.ts';
import {
  identityKey,
  idBytes,
  logId,
  messageId,
  type IdentityKey,
  type MessageId,
  type RoomId,
} from '../shared/ids.ts';
import { GAP_WAIT_MS, MAX_PAGE_EVENTS, SECOND } from '../shared/limits.ts';
import type { Resume } from '../shared/room/handshake.ts';
import type { WireHead } from '../shared/room/head.ts';
import { decodeCast, type CastMessage, type HostMessageOf } from '../shared/room/messages.ts';
import { sanitizeLine } from '../shared/text.ts';
import type { PeopleArchive, RoomArchive } from './archive.ts';
import { EpochKeys } from './epoch-keys.ts';
import {
  LogFollower,
  PageRun,
  type AuthenticEvent,
  type Falsehood,
  type PlacedEvent,
} from './log-follower.ts';
import { RoomLines } from './room-lines.ts';
import { personOf, type Roster } from './roster.ts';
import type { ResumeReason, RoomEventBody } from './session-events.ts';

/** Casts that wait for those before them, and casts that wait for their key. */
const MAX_HELD = 512;
const MAX_EARLY = 64;
/** Earlier lines taken at once; what is older is fetched when somebody asks. */
const MAX_BACKLOG_EVENTS = 2_000;
/** Without another page for this long an answer has failed. */
const PAGE_MS = 10 * SECOND;
/** From here on `progress` is told. */
const PROGRESS_FROM = 100;

/** What a member does that is no part of the log. */
export type RoomHint = Exclude<CastMessage, { t: 'event' }>;

export interface RoomLogParts {
  readonly room: RoomId;
  readonly self: IdentityKey;
  readonly clock: Clock;
  readonly rooms: RoomArchive;
  readonly people: PeopleArchive;
  readonly roster: Roster;
  readonly emit: (event: RoomEventBody) => void;
  /** Asks the host for events `from`..`to`; false when it cannot be asked now. */
  readonly ask: (rid: number, from: number, to: number) => boolean;
  /** An own event has its number; `counter` is what it was signed with. */
  readonly confirmed: (id: MessageId, seq: number, counter: number) => void;
  readonly hint: (hint: RoomHint) => void;
  readonly topicChanged: (topic: string) => void;
  /** Our copy and the host's are not the same: a new handshake tells how. */
  readonly disagreed: () => void;
}

/** What a `welcome` means for what was missed. `reason` when it cannot all be had. */
interface Missed {
  readonly from: number;
  readonly to: number;
  readonly reason?: ResumeReason;
}

interface HeldCast {
  readonly event: AuthenticEvent;
  readonly head: WireHead;
}

interface OpenFetch {
  readonly rid: number;
  readonly page: (page: HostMessageOf<'page'>) => void;
  /** Whether the whole answer came. */
  readonly done: (came: boolean) => void;
  /** The conversation ended first. */
  readonly abandoned: () => void;
  cancelTimer: () => void;
}

/**
 * One room's log as its host sends it: casts and pages become lines, in order, each shown once. What cannot be true is
 * dropped and counted; it never keeps the true next message out.
 */
export class RoomLog {
  readonly #parts: RoomLogParts;
  readonly #lines: RoomLines;
  readonly #roomBytes: Uint8Array;
  readonly #hostBytes: Uint8Array;
  readonly #held = new Map<number, HeldCast[]>();
  #early: Uint8Array[] = [];
  readonly #falsehoods = new Map<string, number>();
  #follower: LogFollower | undefined;
  #keys: EpochKeys | undefined;
  #fetch: OpenFetch | undefined;
  #lastRid = 0;
  #floor = 1;
  #syncing = true;
  /** Lines up to here are history: they were before this session. */
  #historyTo: number | undefined;
  #cancelGap: (() => void) | undefined;
  #cancelEarly: (() => void) | undefined;

  constructor(parts: RoomLogParts, host: IdentityKey) {
    this.#parts = parts;
    this.#roomBytes = idBytes(parts.room);
    this.#hostBytes = idBytes(host);
    this.#lines = new RoomLines(parts.roster, parts.people, host);
  }

  get end(): number {
    return this.#follower?.end.seq ?? this.#parts.rooms.position(this.#parts.room)?.seq ?? 0;
  }

  /** Where the local copy ends, for the handshake. */
  get resume(): Resume | undefined {
    const position = this.#parts.rooms.position(this.#parts.room);
    return position && { log: idBytes(position.log), seq: position.seq, hash: position.hash };
  }

  /** Begins to follow from where the host says. Throws `ProtocolError` when its word contradicts itself. */
  welcomed(welcome: HostMessageOf<'welcome'>): void {
    const { room, rooms, clock } = this.#parts;
    const [seq, hash, kepoch] = welcome.head;
    const where = { room: this.#roomBytes, log: welcome.log, host: this.#hostBytes };
    const follower = new LogFollower(where, rooms.position(room) ?? { seq, hash });
    if (!follower.isSignedHead(welcome.head)) throw new ProtocolError('head not signed by the host');
    this.#follower = follower;
    this.#keys = new EpochKeys(clock, where, kepoch, welcome.key);
    this.#floor = Math.max(1, welcome.floor);
    this.#syncing = true;
  }

  /** Gets what was missed; `synced` is called when it is here or given up. */
  sync(welcome: HostMessageOf<'welcome'>, synced: () => void): void {
    const { room, rooms, emit } = this.#parts;
    const [seq, hash] = welcome.head;
    const target = { seq, hash };
    const position = rooms.position(room);
    const firstTime = this.#historyTo === undefined;
    if (firstTime) this.#historyTo = seq;
    const done = (complete: boolean, missed: Missed | undefined): void => {
      this.#syncing = false;
      if (missed && (!firstTime || missed.reason))
        emit({ type: 'resumed', ...missed, complete: complete && !missed.reason });
      this.#drain();
      this.#replayEarly();
      synced();
    };
    const log = logId(welcome.log);
    if (position && welcome.resume === 'pages' && position.log === log && position.seq <= seq) {
      this.#catchUp(target, (complete) => done(complete, { from: position.seq + 1, to: seq }));
      return;
    }
    this.#need().jump(target);
    const missed = this.#startOver(welcome, position, { log, ...target });
    if (!firstTime && position?.log !== log) this.#historyTo = 0;
    this.#takeBacklog((complete) => done(complete, missed));
  }

  /** The conversation is over: what it was asked will not be answered. */
  interrupted(): void {
    this.#cancelGap?.();
    this.#cancelGap = undefined;
    this.#cancelEarly?.();
    this.#cancelEarly = undefined;
    this.#held.clear();
    this.#early = [];
    // Until the next welcome nothing can be opened; what comes before it waits.
    this.#keys = undefined;
    const fetch = this.#fetch;
    this.#fetch = undefined;
    fetch?.cancelTimer();
    fetch?.abandoned();
  }

  rekey({ kepoch, key, first }: HostMessageOf<'rekey'>): void {
    this.#keys?.rekey(kepoch, key, first);
    this.#replayEarly();
  }

  /** `payload` may be a view of a larger buffer. */
  cast(payload: Uint8Array): void {
    const opened = this.#keys?.open(payload) ?? { type: 'early', seq: 0 };
    switch (opened.type) {
      case 'unreadable':
        this.#dropped('unreadable message');
        return;
      case 'late':
        return;
      case 'early':
        this.#holdEarly(payload);
        return;
      case 'opened':
        break;
    }
    const message = readCast(opened.plaintext);
    if (!message || (message.t === 'event') !== opened.seq > 0) {
      this.#dropped('unreadable message');
    } else if (message.t === 'event') {
      const [author, event, sig] = message.event;
      this.#event({ author, event, sig }, message.head, opened);
    } else {
      this.#parts.hint(message);
    }
  }

  page(page: HostMessageOf<'page'>): void {
    if (this.#fetch?.rid === page.rid) this.#fetch.page(page);
  }

  /** Fetches lines before those of the archive; resolves with how many came. */
  fetchOlder(limit: number): Promise<number> {
    const position = this.#parts.rooms.position(this.#parts.room);
    const follower = this.#follower;
    if (!position || !follower || this.#syncing || this.#fetch || position.first <= this.#floor)
      return Promise.resolve(0);
    const to = position.first - 1;
    const from = Math.max(this.#floor, to - Math.min(limit, MAX_BACKLOG_EVENTS) + 1);
    return new Promise((resolve) => {
      const run = new PageRun(follower, MAX_BACKLOG_EVENTS);
      const rid = this.#nextRid();
      const done = (came: boolean): void =>
        resolve(
          came && this.#prepend(run, { seq: to, hash: position.firstHash }, false) ? run.events.length : 0,
        );
      this.#collect(rid, run, to - from + 1, done, () => resolve(0));
      if (!this.#parts.ask(rid, from, to)) this.#endFetch(false);
    });
  }

  /** Where the local copy goes on when it does not fit the host's; tells what is lost with it. */
  #startOver(
    { resume }: HostMessageOf<'welcome'>,
    position: ReturnType<RoomArchive['position']>,
    end: { log: ReturnType<typeof logId>; seq: number; hash: Uint8Array },
  ): Missed | undefined {
    const { room, rooms, emit } = this.#parts;
    if (!position) {
      rooms.startLog(room, end);
      return undefined;
    }
    if (position.log === end.log && (resume === 'trimmed' || resume === 'fresh') && position.seq <= end.seq) {
      rooms.skipTo(room, end);
      if (position.seq === 0) return undefined;
      const lost = { from: position.seq + 1, to: Math.min(this.#floor - 1, end.seq) };
      if (lost.from <= lost.to) emit({ type: 'gap', ...lost });
      return { from: position.seq + 1, to: end.seq, reason: 'trimmed' };
    }
    rooms.startLog(room, end);
    const reason = position.log === end.log ? 'diverged' : 'new_log';
    return { from: this.#floor, to: end.seq, reason };
  }

  /** Takes the unasked pages that follow our own end. */
  #catchUp(target: { seq: number; hash: Uint8Array }, done: (complete: boolean) => void): void {
    const follower = this.#need();
    const start = follower.end.seq;
    const finish = (complete: boolean): void => {
      const { seq, hash } = follower.end;
      if (complete && seq === target.seq && equalBytes(hash, target.hash)) return done(true);
      if (complete) this.#dropped('broken chain');
      this.#skip(target);
      done(false);
    };
    if (start === target.seq) return finish(true);
    this.#openFetch(
      0,
      (page) => {
        const run = new PageRun(follower, MAX_PAGE_EVENTS);
        const wrong =
          run.add(page) ??
          (run.events.length > 0 && !run.startsBehind(follower.end) ? 'broken chain' : undefined);
        if (wrong) {
          this.#dropped(wrong);
          this.#endFetch(false);
          return;
        }
        for (const placed of run.events) this.#show(placed, true);
        this.#progress(follower.end.seq - start, target.seq - start);
        if (page.last) this.#endFetch(true);
      },
      finish,
    );
  }

  /** Takes the earlier events a newcomer may read, which end at our end. */
  #takeBacklog(done: (complete: boolean) => void): void {
    const follower = this.#need();
    const { end } = follower;
    const total = end.seq - this.#floor + 1;
    if (total <= 0) return done(true);
    const run = new PageRun(follower, MAX_BACKLOG_EVENTS);
    this.#collect(0, run, total, (came) => done(came && this.#prepend(run, end, true)));
  }

  /** Puts the pages of one answer together. */
  #collect(
    rid: number,
    run: PageRun,
    total: number,
    done: (came: boolean) => void,
    abandoned?: () => void,
  ): void {
    this.#openFetch(
      rid,
      (page) => {
        const wrong = run.add(page);
        if (wrong) {
          this.#dropped(wrong);
          this.#endFetch(false);
          return;
        }
        this.#progress(run.events.length, total);
        if (page.last) this.#endFetch(true);
      },
      done,
      abandoned,
    );
  }

  /** Believes a run that ends at `end`, and puts it before what is there. */
  #prepend(run: PageRun, end: { seq: number; hash: Uint8Array }, show: boolean): boolean {
    if (!run.start) return true;
    if (!run.endsAt(end)) {
      this.#dropped('broken chain');
      return false;
    }
    for (const placed of run.events) this.#keep(placed, true, show);
    this.#parts.rooms.extendDown(this.#parts.room, run.start);
    return true;
  }

  #event(
    signed: Parameters<LogFollower['authentic']>[0],
    head: WireHead,
    { seq, kepoch }: { seq: number; kepoch: number },
  ): void {
    const follower = this.#need();
    if (seq <= follower.end.seq) return;
    if (head[0] !== seq || head[2] !== kepoch || !follower.isSignedHead(head))
      return this.#dropped('bad signature of the host');
    const event = follower.authentic(signed);
    if (typeof event === 'string') return this.#dropped(event);
    if (this.#syncing || seq > follower.end.seq + 1) this.#hold(seq, { event, head });
    else if (this.#next(event, head)) this.#drain();
  }

  /** The next of the log, as it happens. */
  #next(event: AuthenticEvent, head: WireHead): boolean {
    const follower = this.#need();
    const placed = follower.place(event, head[1]);
    if (typeof placed === 'string') {
      this.#dropped(placed);
      return false;
    }
    const { roster } = this.#parts;
    const roleOf = (key: IdentityKey) => roster.get(key)?.role ?? (roster.complete ? undefined : 'member');
    const objection = follower.objection(event, roleOf);
    if (objection) this.#dropped(objection);
    // The host has numbered it, so the log goes on behind it; only nobody is shown what its author may not say.
    if (objection) this.#pass(placed);
    else this.#show(placed, false);
    return true;
  }

  #hold(seq: number, held: HeldCast): void {
    const rivals = this.#held.get(seq) ?? [];
    if (this.#held.size >= MAX_HELD || rivals.length >= 4) return;
    this.#held.set(seq, [...rivals, held]);
    if (!this.#syncing) this.#watchGap();
  }

  /** Goes on with what was held, as far as it follows. */
  #drain(): void {
    const follower = this.#need();
    for (const seq of this.#held.keys()) if (seq <= follower.end.seq) this.#held.delete(seq);
    for (;;) {
      const seq = follower.end.seq + 1;
      const rivals = this.#held.get(seq);
      if (!rivals) break;
      this.#held.delete(seq);
      if (!rivals.some(({ event, head }) => this.#next(event, head))) break;
    }
    if (this.#held.size > 0) this.#watchGap();
  }

  #watchGap(): void {
    this.#cancelGap ??= this.#parts.clock.after(GAP_WAIT_MS, () => {
      this.#cancelGap = undefined;
      this.#fillGap();
    });
  }

  #fillGap(): void {
    const follower = this.#need();
    const next = Math.min(...this.#held.keys());
    if (this.#syncing || !Number.isFinite(next) || next <= follower.end.seq + 1) return;
    // Another answer is under way; the hole is looked at again.
    if (this.#fetch) return this.#watchGap();
    const [from, to] = [follower.end.seq + 1, next - 1];
    const rid = this.#nextRid();
    const run = new PageRun(follower, MAX_PAGE_EVENTS * 4);
    this.#collect(rid, run, to - from + 1, (came) => {
      if (!came || !run.start) return this.#giveUp(from, next);
      if (!run.startsBehind(follower.end)) {
        this.#dropped('broken chain');
        this.#parts.disagreed();
        return;
      }
      for (const placed of run.events) this.#show(placed, false);
      if (follower.end.seq < to) this.#giveUp(follower.end.seq + 1, next);
      else this.#drain();
    });
    if (!this.#parts.ask(rid, from, to)) this.#endFetch(false);
  }

  /** Says that `from`..`next` - 1 are missing and goes on with `next`, whose head the host signed. */
  #giveUp(from: number, next: number): void {
    const [held] = this.#held.get(next) ?? [];
    if (!held) return;
    this.#parts.emit({ type: 'gap', from, to: next - 1 });
    this.#held.delete(next);
    const [seq, hash] = held.head;
    const placed = { ...held.event, seq, hash };
    this.#need().jump({ seq: seq - 1, hash });
    this.#show(placed, false);
    this.#parts.rooms.skipTo(this.#parts.room, { seq, hash });
    this.#drain();
  }

  #holdEarly(payload: Uint8Array): void {
    if (this.#early.length >= MAX_EARLY) return this.#dropped('unreadable message');
    this.#early.push(payload.slice());
    if (!this.#keys) return;
    this.#cancelEarly ??= this.#parts.clock.after(GAP_WAIT_MS, () => {
      this.#cancelEarly = undefined;
      const lost = this.#early.length;
      this.#early = [];
      for (let i = 0; i < lost; i++) this.#dropped('unreadable message');
      this.#fetchMissed();
    });
  }

  #replayEarly(): void {
    for (const payload of this.#early.splice(0)) this.cast(payload);
  }

  /** A key never came: what was sealed under it is asked for, since nothing else may reveal the hole. */
  #fetchMissed(): void {
    if (this.#syncing || this.#fetch || !this.#follower) return;
    const follower = this.#follower;
    const run = new PageRun(follower, MAX_PAGE_EVENTS);
    const rid = this.#nextRid();
    const from = follower.end.seq + 1;
    this.#collect(rid, run, MAX_PAGE_EVENTS, (came) => {
      if (!came || !run.start || !run.startsBehind(follower.end)) return;
      for (const placed of run.events) this.#show(placed, false);
      this.#drain();
    });
    if (!this.#parts.ask(rid, from, from + MAX_PAGE_EVENTS - 1)) this.#endFetch(false);
  }

  /** Takes what is at `target` for given; the lines between are missing. */
  #skip(target: { seq: number; hash: Uint8Array }): void {
    const follower = this.#need();
    const from = follower.end.seq + 1;
    follower.jump(target);
    this.#parts.rooms.skipTo(this.#parts.room, target);
    if (from <= target.seq) this.#parts.emit({ type: 'gap', from, to: target.seq });
  }

  #pass(placed: PlacedEvent): void {
    this.#need().accept(placed);
    this.#keys?.passed(placed.seq);
    this.#parts.rooms.advance(this.#parts.room, placed);
  }

  /** The next line, from a cast or a page. */
  #show(placed: PlacedEvent, resuming: boolean): void {
    this.#pass(placed);
    this.#keep(placed, resuming, true);
    // What happened before the host's welcome is in its roster already.
    if (!resuming) this.#applyToRoster(placed);
  }

  #keep(placed: PlacedEvent, reading: boolean, show: boolean): void {
    const { room, rooms, emit, self, clock } = this.#parts;
    const line = this.#lines.line(placed, clock.wall(), reading);
    const mine = placed.author === self;
    const added = rooms.addLine(room, line);
    if (added && show) emit({ type: 'line', line, history: placed.seq <= (this.#historyTo ?? 0), mine });
    if (mine) this.#parts.confirmed(messageId(placed.event.id), placed.seq, placed.event.counter);
  }

  #applyToRoster({ event, authorBytes }: PlacedEvent): void {
    const { roster, emit, people, clock } = this.#parts;
    switch (event.kind) {
      case 'member-joined': {
        const who = personOf(event.body.key, event.body.nick);
        roster.joined(who, event.body.role);
        people.meet(who, clock.wall());
        break;
      }
      case 'member-left':
        roster.left(identityKey(event.body.key));
        break;
      case 'nick-changed': {
        const who = personOf(authorBytes, event.body.nick);
        roster.renamed(who);
        people.meet(who, clock.wall());
        break;
      }
      case 'topic-changed':
        this.#parts.topicChanged(sanitizeLine(event.body.topic));
        return;
      case 'text':
      case 'me':
      case 'room-opened':
        return;
    }
    emit({ type: 'members', members: roster.all() });
  }

  #openFetch(
    rid: number,
    page: (page: HostMessageOf<'page'>) => void,
    done: (came: boolean) => void,
    abandoned: () => void = () => undefined,
  ): void {
    const watch = (): (() => void) => this.#parts.clock.after(PAGE_MS, () => this.#endFetch(false));
    const fetch: OpenFetch = {
      rid,
      page: (received) => {
        fetch.cancelTimer();
        fetch.cancelTimer = watch();
        page(received);
      },
      done,
      abandoned,
      cancelTimer: watch(),
    };
    this.#fetch = fetch;
  }

  #endFetch(came: boolean): void {
    const fetch = this.#fetch;
    if (!fetch) return;
    this.#fetch = undefined;
    fetch.cancelTimer();
    fetch.done(came);
  }

  #progress(done: number, total: number): void {
    if (total >= PROGRESS_FROM) this.#parts.emit({ type: 'progress', done: Math.min(done, total), total });
  }

  #dropped(what: Falsehood): void {
    const count = (this.#falsehoods.get(what) ?? 0) + 1;
    this.#falsehoods.set(what, count);
    // Whoever forges one forges thousands: told once each time the count gets another digit.
    if (/^10*$/.test(String(count))) this.#parts.emit({ type: 'suspicious', what, count });
  }

  #nextRid(): number {
    return ++this.#lastRid;
  }

  #need(): LogFollower {
    if (!this.#follower) throw new Error('a log that is not followed');
    return this.#follower;
  }
}

function readCast(plaintext: Uint8Array): CastMessage | undefined {
  try {
    return decodeCast(plaintext);
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}
