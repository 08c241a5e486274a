import { equalBytes } from '../../shared/bytes.ts';
import { logId, type LogId, type RoomId } from '../../shared/ids.ts';
import { MAX_BACKLOG_EVENTS, MAX_PAGE_EVENTS } from '../../shared/limits.ts';
import type { HostMessageOf } from '../../shared/room/messages.ts';
import type { LogPosition, RoomArchive } from '../archive/archive.ts';
import { LogFollower, type LogEnd } from './log-follower.ts';
import type { PageFetch } from './page-fetch.ts';
import { PageRun } from './page-run.ts';
import { RoleTrail } from './role-trail.ts';
import type { ResumeReason, RoomEventBody } from '../session-events.ts';
import type { Transcript } from './transcript.ts';

export interface LogSyncParts {
  readonly room: RoomId;
  readonly rooms: RoomArchive;
  readonly emit: (event: RoomEventBody) => void;
  readonly transcript: Transcript;
  readonly fetch: PageFetch;
}

/** What was missed. `reason`: why it cannot all be had, or is not what was there before. */
interface Missed {
  readonly from: number;
  readonly to: number;
  readonly reason?: ResumeReason;
}

/** Gets what is missing between the archive and the host's log: after a welcome, and when somebody looks back. */
export class LogSync {
  readonly #parts: LogSyncParts;
  #welcomed = false;
  /** The first event that the host has for this member. */
  #floor = 1;
  /** Older lines are asked for one after the other. */
  #older: Promise<number> | undefined;

  constructor(parts: LogSyncParts) {
    this.#parts = parts;
  }

  /**
   * `synced` is called when what was missed is here or given up; `follower` then stands at the welcome's head or behind.
   * `trail` is of where `follower` stands now.
   */
  start(
    follower: LogFollower,
    welcome: HostMessageOf<'welcome'>,
    trail: RoleTrail,
    synced: () => void,
  ): void {
    const { room, rooms, emit, transcript } = this.#parts;
    const [seq, hash] = welcome.head;
    const target = { seq, hash };
    const floor = Math.max(1, welcome.floor);
    this.#floor = floor;
    const log = logId(welcome.log);
    const position = rooms.position(room);
    const again = this.#welcomed;
    this.#welcomed = true;
    const anew = welcome.resume === 'diverged';
    if (!again) transcript.follow(log, { anew, historyTo: seq });
    else transcript.follow(log, { anew, ...(position?.log === log ? {} : { historyTo: 0 }) });
    const done = (complete: boolean, missed: Missed | undefined): void => {
      if (missed && (again || missed.reason))
        emit({ type: 'resumed', ...missed, complete: complete && !missed.reason });
      synced();
    };
    if (position && welcome.resume === 'pages' && position.log === log && position.seq <= seq) {
      const missed = { from: position.seq + 1, to: seq };
      this.#catchUp(follower, target, trail, (complete) => done(complete, missed));
    } else {
      follower.jump(target);
      const missed = this.#startOver(welcome.resume, floor, position, { log, ...target });
      this.#takeBacklog(follower, floor, (complete) => done(complete, missed));
    }
  }

  get unfetched(): number {
    const position = this.#parts.rooms.position(this.#parts.room);
    return position ? Math.max(0, position.first - this.#floor) : 0;
  }

  /** Fetches lines before those of the archive, behind whatever is being fetched; resolves with how many came. */
  async fetchOlder(follower: LogFollower, limit: number): Promise<number> {
    while (this.#older) await this.#older;
    this.#older = this.#askOlder(follower, limit).finally(() => (this.#older = undefined));
    return this.#older;
  }

  #askOlder(follower: LogFollower, limit: number): Promise<number> {
    const { room, rooms, fetch } = this.#parts;
    const floor = this.#floor;
    const position = rooms.position(room);
    if (!position || fetch.busy || position.first <= floor) return Promise.resolve(0);
    const end = { seq: position.first - 1, hash: position.firstHash };
    const from = Math.max(floor, end.seq - Math.min(limit, MAX_BACKLOG_EVENTS) + 1);
    const run = new PageRun(follower, MAX_BACKLOG_EVENTS);
    return new Promise((resolve) => {
      fetch.request(from, end.seq, {
        page: (page) => this.#collect(run, page, end),
        done: (came) => {
          const first = run.start?.first ?? end.seq + 1;
          // What is not there any more was trimmed since the welcome.
          if (came && first > from) this.#floor = first;
          resolve(came && this.#prepend(follower, run, end, false) ? run.events.length : 0);
        },
        abandoned: () => resolve(0),
      });
    });
  }

  /** Where the local copy goes on when it does not fit the host's; tells what is lost with it. */
  #startOver(
    resume: HostMessageOf<'welcome'>['resume'],
    floor: number,
    position: LogPosition | undefined,
    end: LogEnd & { readonly log: LogId },
  ): Missed | undefined {
    const { room, rooms, emit } = this.#parts;
    const sameLog = position?.log === end.log;
    if (position && sameLog && (resume === 'trimmed' || resume === 'fresh') && position.seq <= end.seq) {
      rooms.skipTo(room, end);
      if (position.seq === 0) return undefined;
      const lost = { from: position.seq + 1, to: Math.min(floor - 1, end.seq) };
      if (lost.from <= lost.to) emit({ type: 'gap', ...lost });
      return { from: position.seq + 1, to: end.seq, reason: 'trimmed' };
    }
    rooms.startLog(room, end);
    return position && { from: floor, to: end.seq, reason: sameLog ? 'diverged' : 'new_log' };
  }

  /** Takes the unasked pages that follow our own end. */
  #catchUp(follower: LogFollower, target: LogEnd, trail: RoleTrail, done: (complete: boolean) => void): void {
    const { fetch, transcript } = this.#parts;
    const start = follower.end.seq;
    const finish = (came: boolean): void => {
      const { seq, hash } = follower.end;
      const complete = came && seq === target.seq && equalBytes(hash, target.hash);
      if (came && !complete) transcript.dropped('broken chain');
      if (!complete) transcript.skipped(follower, target);
      done(complete);
    };
    if (start === target.seq) return finish(true);
    fetch.expect({
      page: (page) => {
        // Believed page by page: it is the host's own channel, and the end is compared with the signed head.
        const run = new PageRun(follower, MAX_PAGE_EVENTS);
        const wrong = run.add(page);
        if (wrong) return wrong;
        if (run.start && !run.startsBehind(follower.end)) return 'broken chain';
        for (const placed of run.events) {
          const objection = follower.objection(placed, trail.rolesFor(placed.author));
          if (objection) {
            transcript.dropped(objection);
            transcript.passed(follower, placed);
          } else {
            trail.passed(placed.event);
            transcript.caughtUp(follower, placed);
          }
        }
        transcript.progress(follower.end.seq - start, target.seq - start);
        return undefined;
      },
      done: finish,
    });
  }

  /** Takes the earlier events a newcomer may read, which end at our end. */
  #takeBacklog(follower: LogFollower, floor: number, done: (complete: boolean) => void): void {
    const { end } = follower;
    if (end.seq < floor) return done(true);
    const run = new PageRun(follower, MAX_BACKLOG_EVENTS);
    this.#parts.fetch.expect({
      page: (page) => this.#collect(run, page, end),
      done: (came) => done(came && this.#prepend(follower, run, end, true)),
    });
  }

  /** `run` is to reach `end`. */
  #collect(run: PageRun, page: HostMessageOf<'page'>, end: LogEnd): ReturnType<PageRun['add']> {
    const wrong = run.add(page);
    const { begun } = run;
    if (!wrong && begun !== undefined)
      this.#parts.transcript.progress((run.end?.seq ?? 0) - begun + 1, end.seq - begun + 1);
    return wrong;
  }

  /** Believes a run that ends at `end`, and puts it before what is there. */
  #prepend(follower: LogFollower, run: PageRun, end: LogEnd, show: boolean): boolean {
    const { room, rooms, transcript } = this.#parts;
    if (!run.start) return true;
    if (!run.endsAt(end)) {
      transcript.dropped('broken chain');
      return false;
    }
    const trail = new RoleTrail();
    const past = new LogFollower(follower, end);
    for (const placed of run.events) {
      const objection = past.objection(placed, trail.rolesFor(placed.author));
      past.accept(placed);
      if (objection) {
        transcript.dropped(objection);
      } else {
        trail.passed(placed.event);
        transcript.earlier(placed, show);
      }
    }
    rooms.extendDown(room, run.start);
    return true;
  }
}
