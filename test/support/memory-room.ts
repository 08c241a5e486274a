import { createHash } from 'node:crypto';
import type { BanInfo, ClientRefusal, IssuedInvite, RoomAction } from '../../src/client/api.ts';
import { shownBody, withChange, type MarkedText } from '../../src/client/archive/line-changes.ts';
import type {
  LineChange,
  LineRef,
  Quote,
  MemberInfo,
  Person,
  RoomEventBody,
  RoomInfo,
  RoomLine,
  RoomLineBody,
} from '../../src/client/session-events.ts';
import type { RefusalCode } from '../../src/shared/errors.ts';
import { keyTag } from '../../src/shared/crypto/sign.ts';
import {
  idBytes,
  identityKey,
  logId,
  messageId,
  roomId,
  type IdentityKey,
  type LogId,
  type MessageId,
} from '../../src/shared/ids.ts';
import { DEFAULT_BACKLOG } from '../../src/shared/limits.ts';
import type { Role } from '../../src/shared/room/roles.ts';

export type SequencedLine = RoomLine & { readonly seq: number };

/** One member's end of a room: told what happens, in order, synchronously. */
export interface Seat {
  readonly person: Person;
  receive(event: RoomEventBody): void;
  /** The host has gone or come back. */
  hostChanged(): void;
}

let made = 0;
function idOf(length: number, name?: string): Uint8Array {
  made += 1;
  return createHash('sha256')
    .update(name ?? `id ${made}`)
    .digest()
    .subarray(0, length);
}

/** The same name gives the same key, so that snapshots are stable. */
export function personNamed(nick: string, name = nick): Person {
  const key = identityKey(idOf(32, `person ${name}`));
  return { key, tag: keyTag(idBytes(key)), nick };
}

export function newMessageId(): MessageId {
  return messageId(idOf(16));
}

export interface MemoryRoomOptions {
  readonly title: string;
  readonly topic?: string;
  readonly owner: Person;
  readonly relay: string;
  readonly via: 'relay' | 'lan';
  readonly private?: boolean;
  readonly code?: string;
  readonly backlog?: number;
}

/** A room and its host in one: gives every line its number and tells every seat. */
export class MemoryRoom {
  info: RoomInfo;
  readonly log: LogId = logId(idOf(8));
  readonly code: string | undefined;
  readonly lines: SequencedLine[] = [];
  readonly members = new Map<IdentityKey, MemberInfo>();
  readonly seats = new Map<IdentityKey, Seat>();
  readonly bans = new Map<IdentityKey, BanInfo>();
  readonly invites: IssuedInvite[] = [];
  /** The host's round trip; undefined: it does not answer. */
  ms: number | undefined = 3;
  /** What the next joiners are answered. */
  joinRefusal: ClientRefusal | undefined;
  /** What the host answers to the next line instead of taking it. */
  nextFailure: RefusalCode | undefined;
  readonly #backlog: number;
  readonly #now: () => number;
  readonly #marked = new Map<MessageId, MarkedText>();
  #changes = 0;
  #hostAway = false;
  #held: (() => void)[] | undefined;

  constructor(options: MemoryRoomOptions, now: () => number) {
    const id = roomId(idOf(16, `room ${options.title} of ${options.owner.key}`));
    this.info = {
      id,
      title: options.title,
      topic: options.topic ?? '',
      host: options.owner.key,
      tag: options.owner.tag,
      private: options.private ?? false,
      via: options.via,
      relay: options.relay,
    };
    this.code = options.code;
    this.#backlog = options.backlog ?? DEFAULT_BACKLOG;
    this.#now = now;
    this.append(options.owner, { kind: 'opened', title: this.info.title, topic: this.info.topic });
  }

  get invite(): string {
    return `tc://memory/${this.info.id}#${this.info.host}${this.code === undefined ? '' : `.${this.code}`}`;
  }

  get hostAway(): boolean {
    return this.#hostAway;
  }

  /** The host's machine goes out of reach, or comes back. */
  setHostAway(away: boolean): void {
    this.#hostAway = away;
    for (const seat of this.seats.values()) seat.hostChanged();
  }

  /** From now on lines wait on their way to the host, until `flush`. */
  hold(): void {
    this.#held ??= [];
  }
  flush(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const deliver of held) deliver();
  }
  /** Calls back when a line posted now reaches the host. */
  transmit(deliver: () => void): void {
    if (this.#held) this.#held.push(deliver);
    else deliver();
  }

  /** Gives a line its number and tells everybody in the room. */
  append(by: Person, body: RoomLineBody, id = newMessageId(), sentAt = this.#now()): SequencedLine {
    const line = { seq: this.lines.length + 1, id, at: this.#now(), sentAt, by, ...body };
    this.lines.push(line);
    for (const seat of this.seats.values()) {
      seat.receive({ type: 'line', line, history: false, mine: seat.person.key === by.key });
    }
    return line;
  }

  /** A member says something without having a client: history, or crowds. */
  speak(by: Person, text: string, kind: 'text' | 'me' = 'text'): SequencedLine {
    return this.append(by, { kind, text });
  }

  quote({ author, id }: LineRef): Quote {
    const line = this.lines.find((each) => each.id === id && each.by.key === author);
    if (!line || !('text' in line)) return { by: { key: author, tag: 'gone', nick: 'gone' } };
    return { by: line.by, text: line.text };
  }

  add(seat: Seat, role: Role): readonly SequencedLine[] {
    const { person } = seat;
    const known = this.lines.slice(-this.#backlog);
    const shown = this.#backlog === 0 ? [] : known;
    this.members.set(person.key, { ...person, role, presence: 'online' });
    this.#tellRoster();
    this.append(this.owner(), { kind: 'join', who: person, role });
    this.seats.set(person.key, seat);
    return shown;
  }

  remove(key: IdentityKey, reason?: string): void {
    const who = this.members.get(key);
    this.seats.delete(key);
    if (!who || !this.members.delete(key)) return;
    this.append(this.owner(), { kind: 'leave', who, ...(reason === undefined ? {} : { reason }) });
    this.#tellRoster();
  }

  update(key: IdentityKey, change: Partial<MemberInfo>): void {
    const member = this.members.get(key);
    if (!member) return;
    const { status: _, ...bare } = member;
    const changed = 'presence' in change ? { ...bare, ...change } : { ...member, ...change };
    this.members.set(key, changed);
    if (change.presence) {
      const { presence, status } = changed;
      this.tell({ type: 'presence', who: changed, presence, ...(status === undefined ? {} : { status }) });
    }
    this.#tellRoster();
  }

  setTopic(by: Person, topic: string, id?: MessageId): SequencedLine {
    this.info = { ...this.info, topic };
    const line = this.append(by, { kind: 'topic', topic }, id);
    this.tell({ type: 'info', info: this.info });
    return line;
  }

  /** What operators and authors do besides talking; returns its number. */
  act(by: Person, action: RoomAction, id: MessageId): number {
    switch (action.type) {
      case 'edit':
        return this.#change({ by, of: { author: by.key, id: action.of }, kind: 'edit', text: action.text });
      case 'delete':
        return this.#change({ by, of: { author: action.author, id: action.of }, kind: 'delete' });
      case 'react': {
        const { author, of, emoji, on } = action;
        return this.#change({ by, of: { author, id: of }, kind: 'react', emoji, on });
      }
      case 'slow':
        return this.append(by, { kind: 'slow', seconds: action.seconds }, id).seq;
      case 'filter':
        return this.append(by, { kind: 'filter', filter: action.filter, on: action.on }, id).seq;
      case 'motd':
        this.info = { ...this.info, rules: { slow: 0, filters: [], motd: action.motd } };
        return this.append(by, { kind: 'motd', motd: action.motd }, id).seq;
      default:
        return this.#actAgainst(by, action, id);
    }
  }

  #actAgainst(by: Person, action: Extract<RoomAction, { key: IdentityKey }>, id: MessageId): number {
    const who = this.members.get(action.key) ?? this.bans.get(action.key) ?? by;
    const reason = 'reason' in action ? { reason: action.reason } : {};
    const ms = 'ms' in action ? { ms: action.ms } : {};
    switch (action.type) {
      case 'kick':
      case 'ban': {
        const { seq } = this.append(by, { kind: action.type, who, ...ms, ...reason }, id);
        if (action.type === 'ban') {
          const { key, tag, nick } = who;
          this.bans.set(key, { key, tag, nick, by, ...ms, ...reason });
        }
        const code = action.type === 'kick' ? 'kicked' : 'banned';
        this.seats.get(who.key)?.receive({ type: 'removed', code, ...reason });
        this.seats.delete(who.key);
        this.members.delete(who.key);
        this.#tellRoster();
        return seq;
      }
      case 'unban':
        this.bans.delete(who.key);
        return this.append(by, { kind: 'unban', who }, id).seq;
      case 'mute':
        return this.append(by, { kind: 'mute', who, ...ms }, id).seq;
      case 'role':
        this.update(who.key, { role: action.role });
        return this.append(by, { kind: 'role', who, role: action.role }, id).seq;
    }
  }

  #change(change: LineChange): number {
    const at = this.lines.findIndex((line) => line.id === change.of.id && line.by.key === change.of.author);
    const line = this.lines[at];
    // A change has a number of its own; here nobody looks for a line with it.
    const seq = this.lines.length;
    if (line?.kind !== 'text' && line?.kind !== 'me') return seq;
    const { reactions: _, ...plain } = line;
    const before = this.#marked.get(line.id) ?? { text: line.text, marks: line.re ? { re: line.re } : {} };
    // Here no two changes have one number.
    const changed = withChange(before, { ...change, seq: ++this.#changes });
    if (changed) this.#marked.set(line.id, changed);
    const now = { ...plain, ...shownBody(line.kind, changed ?? before) };
    this.lines[at] = now;
    this.tell({ type: 'changed', seq, change, line: now, history: false });
    return seq;
  }

  /** Everybody is put out, as by a host that closes. */
  close(code: RefusalCode = 'host-closed', reason?: string): void {
    this.joinRefusal = 'no-such-room';
    this.tell({ type: 'removed', code, ...(reason === undefined ? {} : { reason }) });
    this.seats.clear();
  }

  tell(event: RoomEventBody): void {
    for (const seat of this.seats.values()) seat.receive(event);
  }

  owner(): Person {
    const { host, tag } = this.info;
    return this.members.get(host) ?? { key: host, tag, nick: 'host' };
  }

  #tellRoster(): void {
    this.tell({ type: 'members', members: [...this.members.values()] });
  }
}
