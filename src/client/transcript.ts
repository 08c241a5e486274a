import type { Clock } from '../link/clock.ts';
import { identityKey, messageId, type IdentityKey, type MessageId, type RoomId } from '../shared/ids.ts';
import type { EventKind } from '../shared/room/events.ts';
import { sanitizeLine } from '../shared/text.ts';
import type { PeopleArchive, RoomArchive } from './archive.ts';
import type { Falsehood, LogEnd, LogFollower, PlacedEvent } from './log-follower.ts';
import { RoomLines } from './room-lines.ts';
import { personOf, type Roster } from './roster.ts';
import type { RoomEventBody } from './session-events.ts';

/** Fetched lines from which on `progress` is told. */
const PROGRESS_FROM = 100;

export interface TranscriptParts {
  readonly room: RoomId;
  readonly self: IdentityKey;
  readonly clock: Clock;
  readonly rooms: RoomArchive;
  readonly people: PeopleArchive;
  readonly roster: Roster;
  readonly emit: (event: RoomEventBody) => void;
  /** An own event has its number; `counter` is what it was signed with. */
  readonly confirmed: (id: MessageId, seq: number, counter: number) => void;
  readonly topicChanged: (topic: string) => void;
}

const rosterKinds: ReadonlySet<EventKind> = new Set(['member-joined', 'member-left', 'nick-changed']);

/** Where verified events become archived lines that are told once, and what is false is counted. */
export class Transcript {
  readonly #parts: TranscriptParts;
  readonly #lines: RoomLines;
  readonly #falsehoods = new Map<Falsehood, number>();
  /** Lines up to here are history: they were before this session. */
  historyTo = 0;

  constructor(parts: TranscriptParts, host: IdentityKey) {
    this.#parts = parts;
    this.#lines = new RoomLines(parts.roster, parts.people, host);
  }

  /** The next event, as it happens. */
  happened(follower: LogFollower, placed: PlacedEvent): void {
    this.passed(follower, placed);
    this.#keep(placed, false, true);
    this.#applyToRoster(placed);
  }

  /** The next event, from before the host's welcome, whose roster has it already. */
  caughtUp(follower: LogFollower, placed: PlacedEvent): void {
    this.passed(follower, placed);
    this.#keep(placed, true, true);
  }

  /** An event before those that are here. */
  earlier(placed: PlacedEvent, show: boolean): void {
    this.#keep(placed, true, show);
  }

  /** The next event, which nobody is shown. */
  passed(follower: LogFollower, placed: PlacedEvent): void {
    follower.accept(placed);
    this.#parts.rooms.advance(this.#parts.room, placed);
  }

  /** Takes what is at `target` for given; the lines between are missing. */
  skipped(follower: LogFollower, target: LogEnd): void {
    const from = follower.end.seq + 1;
    follower.jump(target);
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
    const line = this.#lines.line(placed, clock.wall(), reading);
    const mine = placed.author === self;
    const added = rooms.addLine(room, line);
    if (added && show) emit({ type: 'line', line, history: placed.seq <= this.historyTo, mine });
    if (mine) this.#parts.confirmed(messageId(placed.event.id), placed.seq, placed.event.counter);
  }

  #applyToRoster({ event, authorBytes }: PlacedEvent): void {
    const { roster, emit, people, clock } = this.#parts;
    if (event.kind === 'topic-changed') this.#parts.topicChanged(sanitizeLine(event.body.topic));
    if (event.kind === 'member-left') roster.left(identityKey(event.body.key));
    if (event.kind === 'member-joined') {
      const who = personOf(event.body.key, event.body.nick);
      roster.joined(who, event.body.role);
      people.meet(who, clock.wall());
    }
    if (event.kind === 'nick-changed') {
      const who = personOf(authorBytes, event.body.nick);
      roster.renamed(who);
      people.meet(who, clock.wall());
    }
    if (rosterKinds.has(event.kind)) emit({ type: 'members', members: roster.all() });
  }
}
