import type { Clock } from '../../link/clock.ts';
import {
  identityKey,
  messageId,
  type IdentityKey,
  type LogId,
  type MessageId,
  type RoomId,
} from '../../shared/ids.ts';
import { MAX_MOTD_LINES } from '../../shared/limits.ts';
import type { FormerMember } from '../../shared/room/messages.ts';
import { sanitizeLine, sanitizeLines } from '../../shared/text.ts';
import type { PeopleArchive, RoomArchive, SequencedLine } from '../archive/archive.ts';
import type { Falsehood, LogEnd, LogFollower, PlacedEvent } from './log-follower.ts';
import { isChange, isLine, RoomLines } from './room-lines.ts';
import { personOf, type Roster } from './roster.ts';
import type { RoomEventBody, RoomRules } from '../session-events.ts';

/** Fetched lines from which on `progress` is told. */
const PROGRESS_FROM = 100;

export interface TranscriptParts {
  readonly room: RoomId;
  readonly host: IdentityKey;
  readonly self: IdentityKey;
  readonly clock: Clock;
  readonly rooms: RoomArchive;
  readonly people: PeopleArchive;
  readonly roster: Roster;
  readonly emit: (event: RoomEventBody) => void;
  /** An own event has its number; `counter` is what it was signed with. */
  readonly confirmed: (id: MessageId, seq: number, counter: number) => void;
  readonly topicChanged: (topic: string) => void;
  readonly rulesChanged: (change: (rules: RoomRules) => RoomRules) => void;
}

/** Where verified events become archived lines that are told once, and what is false is counted. */
export class Transcript {
  readonly #parts: TranscriptParts;
  readonly #lines: RoomLines;
  readonly #falsehoods = new Map<Falsehood, number>();
  /** Lines up to here are history: they were before this session. */
  #historyTo = 0;
  #log: LogId | undefined;
  /** What came up to here was told: what the disk has lost of it is fetched again, but not told again. */
  #toldTo = 0;

  constructor(parts: TranscriptParts) {
    this.#parts = parts;
    this.#lines = new RoomLines(parts.roster, parts.people, parts.host);
  }

  /**
   * What follows is of this log. `anew`: it is told from its beginning whatever was told before. `historyTo`: lines up to
   * there were before this session; absent where that is as it was.
   */
  follow(log: LogId, { anew, historyTo }: { anew: boolean; historyTo?: number }): void {
    if (anew || log !== this.#log) this.#toldTo = 0;
    this.#log = log;
    this.#historyTo = historyTo ?? this.#historyTo;
  }

  /** What the host calls people who have said something and gone. */
  formerly(former: readonly FormerMember[]): void {
    for (const { key, nick } of former) this.#lines.heardOf(personOf(key, nick));
  }

  /** The next event, as it happens. */
  happened(follower: LogFollower, placed: PlacedEvent): void {
    const news = placed.seq > this.#toldTo;
    this.passed(follower, placed);
    this.#keep(placed, false, news);
    this.#apply(placed);
  }

  /** The next event, from before the host's welcome, whose roster has it already. */
  caughtUp(follower: LogFollower, placed: PlacedEvent): void {
    const news = placed.seq > this.#toldTo;
    this.passed(follower, placed);
    this.#keep(placed, true, news);
  }

  /** An event before those that are here. */
  earlier(placed: PlacedEvent, show: boolean): void {
    this.#keep(placed, true, show && placed.seq > this.#toldTo);
  }

  /** The next event, which nobody is shown. */
  passed(follower: LogFollower, placed: PlacedEvent): void {
    follower.accept(placed);
    this.#toldTo = Math.max(this.#toldTo, placed.seq);
    this.#parts.rooms.advance(this.#parts.room, placed);
  }

  /** Takes what is at `target` for given; the lines between are missing. */
  skipped(follower: LogFollower, target: LogEnd): void {
    const from = follower.end.seq + 1;
    follower.jump(target);
    this.#toldTo = Math.max(this.#toldTo, target.seq);
    this.#parts.rooms.skipTo(this.#parts.room, target);
    if (from <= target.seq) this.#parts.emit({ type: 'gap', from, to: target.seq });
  }

  progress(done: number, total: number): void {
    if (total >= PROGRESS_FROM) this.#parts.emit({ type: 'progress', done: Math.min(done, total), total });
  }

  dropped(what: Falsehood): void {
    const count = (this.#falsehoods.get(what) ?? 0) + 1;
    this.#falsehoods.set(what, count);
    // Whoever forges one forges thousands: told again only when the count has another digit.
    if (/^10*$/.test(String(count))) this.#parts.emit({ type: 'suspicious', what, count });
  }

  #keep(placed: PlacedEvent, reading: boolean, show: boolean): void {
    const { room, rooms, emit, self, clock } = this.#parts;
    const mine = placed.author === self;
    if (isChange(placed)) {
      const { seq, ...change } = this.#lines.change(placed, reading);
      const line = rooms.change(room, { seq, ...change });
      const history = seq <= this.#historyTo;
      if (show) emit({ type: 'changed', seq, change, history, ...(line ? { line } : {}) });
      if (mine) this.#parts.confirmed(messageId(placed.event.id), seq, placed.event.counter);
      return;
    }
    if (!isLine(placed)) return;
    const now = clock.wall();
    // What was said before is not of now; whoever says when has no say beyond that.
    const line = this.#lines.line(placed, reading ? Math.min(now, placed.event.time) : now, reading);
    const added = rooms.addLine(room, line);
    if (added && show)
      emit({ type: 'line', line: this.#quoting(line), history: placed.seq <= this.#historyTo, mine });
    if (mine) this.#parts.confirmed(messageId(placed.event.id), placed.seq, placed.event.counter);
  }

  #quoting(line: SequencedLine): SequencedLine {
    if (line.kind !== 'text' || !line.re) return line;
    const quoted = this.#parts.rooms.quote(this.#parts.room, line.re);
    // Of a line that is not here the roster knows the better name.
    return quoted.text === undefined ? line : { ...line, quoted };
  }

  /** What it means for who is here and for the room's rules. */
  #apply({ event, authorBytes }: PlacedEvent): void {
    const { host, roster, emit, people, clock, topicChanged, rulesChanged } = this.#parts;
    switch (event.kind) {
      case 'topic-changed':
        return topicChanged(sanitizeLine(event.body.topic));
      case 'slow-changed': {
        const { seconds } = event.body;
        return rulesChanged((rules) => ({ ...rules, slow: seconds }));
      }
      case 'motd-changed': {
        const motd = sanitizeLines(event.body.motd, MAX_MOTD_LINES);
        return rulesChanged((rules) => ({ ...rules, motd }));
      }
      case 'filter-changed': {
        const { filter, on } = event.body;
        return rulesChanged((rules) => ({
          ...rules,
          filters: [...rules.filters.filter((each) => each !== filter), ...(on ? [filter] : [])],
        }));
      }
      case 'member-left':
      case 'kicked':
      case 'banned': {
        const key = identityKey(event.body.key);
        // The owner stays whatever anybody says: the room is its own.
        if (key !== host) roster.left(key);
        break;
      }
      case 'role-changed':
        roster.ranked(identityKey(event.body.key), event.body.role);
        break;
      case 'muted': {
        const { key, ms } = event.body;
        roster.muted(identityKey(key), ms === undefined ? Number.POSITIVE_INFINITY : clock.wall() + ms);
        break;
      }
      case 'member-joined': {
        const who = personOf(event.body.key, event.body.nick);
        roster.joined(who, event.body.role);
        people.meet(who, clock.wall());
        break;
      }
      case 'nick-changed': {
        const who = personOf(authorBytes, event.body.nick);
        roster.renamed(who);
        people.meet(who, clock.wall());
        break;
      }
      default:
        return;
    }
    emit({ type: 'members', members: roster.all() });
  }
}
