import type {
  BanInfo,
  InviteOptions,
  IssuedInvite,
  MadeInvite,
  Result,
  RoomAction,
  RoomSession,
  SayOptions,
} from '../../src/client/api.ts';
import { roomInvite } from '../../src/client/finding/room-invite.ts';
import { formatWords } from '../../src/shared/crypto/invite-words.ts';
import { eventOf } from '../../src/client/posts/post-content.ts';
import { rightsRefusal } from '../../src/shared/room/rights.ts';
import type {
  MemberInfo,
  Person,
  RoomEventBody,
  RoomInfo,
  RoomLine,
  RoomState,
} from '../../src/client/session-events.ts';
import { utf8 } from '../../src/shared/bytes.ts';
import type { IdentityKey, LogId, MessageId } from '../../src/shared/ids.ts';
import {
  DEFAULT_WORDS_MS,
  MAX_OUTBOX,
  MAX_TEXT_BYTES,
  MAX_TEXT_LINES,
  MAX_TOPIC_BYTES,
} from '../../src/shared/limits.ts';
import { may } from '../../src/shared/room/permissions.ts';
import { newMessageId, type MemoryRoom, type Seat } from './memory-room.ts';

interface Waiting {
  readonly line: RoomLine & { readonly kind: 'text' | 'me' };
  readonly ref?: string;
}

/** A `RoomSession` over a `MemoryRoom`. Lines, states and rosters arrive before the call that caused them returns. */
export class MemorySession implements RoomSession, Seat {
  state: RoomState = 'connecting';
  reason: RoomSession['reason'];
  person: Person;
  readonly room: MemoryRoom;
  readonly #emit: (event: RoomEventBody) => void;
  readonly #now: () => number;
  readonly #outbox: Waiting[] = [];
  readonly #closed: () => void;
  #archiveFrom = Number.POSITIVE_INFINITY;
  #archiveTo = 0;

  constructor(
    room: MemoryRoom,
    person: Person,
    emit: (event: RoomEventBody) => void,
    now: () => number,
    closed: () => void,
  ) {
    this.room = room;
    this.person = person;
    this.#emit = emit;
    this.#now = now;
    this.#closed = closed;
  }

  get info(): RoomInfo {
    return this.room.info;
  }

  get log(): LogId {
    return this.room.log;
  }

  get me(): MemberInfo {
    const role = this.info.host === this.person.key ? 'owner' : 'member';
    return this.room.members.get(this.person.key) ?? { ...this.person, role, presence: 'offline' };
  }

  enter(): void {
    this.#emit({ type: 'state', state: this.state });
    const shown = this.room.add(this, this.info.host === this.person.key ? 'owner' : 'member');
    this.#archiveFrom = shown[0]?.seq ?? this.room.lines.length;
    this.setState('online');
    this.#ready();
    for (const line of shown) {
      this.#emit({ type: 'line', line, history: true, mine: line.by.key === this.person.key });
    }
    const own = this.room.lines.at(-1);
    if (own) this.receive({ type: 'line', line: own, history: false, mine: false });
  }

  receive(event: RoomEventBody): void {
    if (event.type === 'line') this.#archiveTo = Math.max(this.#archiveTo, event.line.seq);
    this.#emit(event);
    if (event.type === 'removed') this.#end();
  }

  hostChanged(): void {
    if (this.room.hostAway) return this.setState('host-offline');
    this.setState('connecting');
    this.setState('online');
    this.#ready();
    this.#drain();
  }

  /** What a test wants this session's listeners to be told. */
  setState(state: RoomState, reason?: RoomSession['reason']): void {
    this.state = state;
    this.reason = reason;
    this.#emit({ type: 'state', state, ...(reason === undefined ? {} : { reason }) });
  }

  members(): readonly MemberInfo[] {
    return [...this.room.members.values()];
  }

  say(text: string, options: SayOptions = {}): Result<MessageId> {
    if (this.state === 'closed') return { ok: false, code: 'left' };
    if (text.trim() === '') return { ok: false, code: 'empty' };
    if (utf8(text).length > MAX_TEXT_BYTES) return { ok: false, code: 'too-long' };
    if (text.split('\n').length > MAX_TEXT_LINES) return { ok: false, code: 'too-many-lines' };
    if (this.#outbox.length >= MAX_OUTBOX) return { ok: false, code: 'outbox-full' };
    const now = this.#now();
    const { kind = 'text', ref, re } = options;
    const line = {
      id: newMessageId(),
      at: now,
      sentAt: now,
      by: this.person,
      kind,
      text,
      ...(re ? { re, quoted: this.room.quote(re) } : {}),
    };
    const tail = ref === undefined ? {} : { ref };
    this.#outbox.push({ line, ...tail });
    this.#emit({ type: 'echo', line, ...tail });
    this.room.transmit(() => this.#drain());
    return { ok: true, value: line.id };
  }

  setTopic(topic: string, { ref }: Pick<SayOptions, 'ref'> = {}): Result<MessageId> {
    if (this.state === 'closed') return { ok: false, code: 'left' };
    if (!may(this.me.role, 'change-topic')) return { ok: false, code: 'not-allowed' };
    if (utf8(topic).length > MAX_TOPIC_BYTES) return { ok: false, code: 'too-long' };
    const id = newMessageId();
    this.room.transmit(() => {
      const { seq } = this.room.setTopic(this.person, topic, id);
      this.#emit({ type: 'sent', id, seq, ...(ref === undefined ? {} : { ref }) });
    });
    return { ok: true, value: id };
  }

  act(action: RoomAction, { ref }: Pick<SayOptions, 'ref'> = {}): Result<MessageId> {
    if (this.state === 'closed') return { ok: false, code: 'left' };
    if (this.state !== 'online') return { ok: false, code: 'host-away' };
    const { members } = this.room;
    const roleOf = (key: IdentityKey) => members.get(key)?.role;
    const refusal = rightsRefusal(this.person.key, eventOf(action), roleOf);
    if (refusal) return { ok: false, code: refusal };
    const id = newMessageId();
    this.room.transmit(() => {
      const seq = this.room.act(this.person, action, id);
      this.#emit({ type: 'sent', id, seq, ...(ref === undefined ? {} : { ref }) });
    });
    return { ok: true, value: id };
  }

  async invite({ once = false, words = false, ms }: InviteOptions): Promise<Result<MadeInvite>> {
    if (!may(this.me.role, 'invite')) return { ok: false, code: 'not-allowed' };
    const link = roomInvite(this.info) ?? '';
    if (!once && !words && ms === undefined) return { ok: true, value: { link } };
    const n = this.room.invites.length + 1;
    const left = ms ?? (words ? DEFAULT_WORDS_MS : undefined);
    const time = left === undefined ? {} : { ms: left };
    this.room.invites.push({ n, state: 'open', once: once || words, words, by: this.me, ...time });
    const spoken = words ? { words: formatWords(new Uint8Array(9).fill(n)) } : {};
    return { ok: true, value: { link, n, ...spoken, ...time } };
  }

  async invites(revoke?: number): Promise<Result<readonly IssuedInvite[]>> {
    if (!may(this.me.role, 'invite')) return { ok: false, code: 'not-allowed' };
    const { invites } = this.room;
    const at = invites.findIndex(({ n, state }) => n === revoke && state === 'open');
    const found = invites[at];
    if (revoke !== undefined && !found) return { ok: false, code: 'no-change' };
    if (found) invites[at] = { ...found, state: 'revoked' };
    return { ok: true, value: invites };
  }

  async bans(): Promise<Result<readonly BanInfo[]>> {
    if (!may(this.me.role, 'see-bans')) return { ok: false, code: 'not-allowed' };
    return { ok: true, value: [...this.room.bans.values()] };
  }

  setPresence(state: 'online' | 'away', status?: string): void {
    this.room.update(this.person.key, { presence: state, ...(status === undefined ? {} : { status }) });
  }

  typing(): void {
    for (const seat of this.room.seats.values()) {
      if (seat !== this) seat.receive({ type: 'typing', who: this.person });
    }
  }

  history(limit: number, before = Number.POSITIVE_INFINITY): readonly RoomLine[] {
    const archived = this.room.lines.filter(
      ({ seq }) => seq >= this.#archiveFrom && seq <= this.#archiveTo && seq < before,
    );
    return limit > 0 ? archived.slice(-limit) : [];
  }

  search(words: string, limit: number): readonly RoomLine[] {
    const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
    const wanted = wordsOf(words);
    if (wanted.length === 0) return [];
    return this.history(Number.MAX_SAFE_INTEGER)
      .filter((line) => {
        const said = line.kind === 'text' || line.kind === 'me' ? wordsOf(line.text) : [];
        return wanted.every((word) => said.some((each) => each.startsWith(word)));
      })
      .toReversed()
      .slice(0, limit);
  }

  get unfetched(): number {
    return Number.isFinite(this.#archiveFrom) ? Math.max(0, this.#archiveFrom - 1) : 0;
  }

  async fetchOlder(limit: number): Promise<number> {
    if (this.state !== 'online') return 0;
    const from = Math.max(1, this.#archiveFrom - limit);
    const came = this.#archiveFrom - from;
    this.#archiveFrom = from;
    if (came > 0) this.#emit({ type: 'progress', done: came, total: came });
    return came;
  }

  pending(): readonly RoomLine[] {
    return this.#outbox.map(({ line }) => line);
  }

  async ping(): Promise<number | undefined> {
    return this.state === 'online' ? this.room.ms : undefined;
  }

  async leave(reason?: string): Promise<void> {
    this.room.remove(this.person.key, reason);
    this.#end('left');
  }

  rename(nick: string, { ref }: Pick<SayOptions, 'ref'> = {}): MessageId {
    const was = this.person.nick;
    const id = newMessageId();
    this.person = { ...this.person, nick };
    this.room.update(this.person.key, { nick });
    this.room.transmit(() => {
      const { seq } = this.room.append(this.person, { kind: 'nick', was, nick }, id);
      this.#emit({ type: 'sent', id, seq, ...(ref === undefined ? {} : { ref }) });
    });
    return id;
  }

  #end(reason?: 'left'): void {
    if (this.state === 'closed') return;
    this.setState('closed', reason);
    this.#closed();
  }

  #ready(): void {
    const { info, me } = this;
    const { log, lines } = this.room;
    this.#emit({ type: 'ready', info, log, seq: lines.length, me, members: this.members() });
  }

  #drain(): void {
    while (this.state === 'online' && this.#outbox.length > 0) {
      const [waiting] = this.#outbox.splice(0, 1);
      if (!waiting) return;
      const { id, kind, text, sentAt, re } = waiting.line;
      const tail = waiting.ref === undefined ? {} : { ref: waiting.ref };
      const { nextFailure } = this.room;
      if (nextFailure) {
        this.room.nextFailure = undefined;
        this.#emit({ type: 'failed', id, code: nextFailure, ...tail });
        continue;
      }
      const reply = re ? { re, quoted: this.room.quote(re) } : {};
      const { seq } = this.room.append(this.person, { kind, text, ...reply }, id, sentAt);
      this.#emit({ type: 'sent', id, seq, ...tail });
    }
  }
}
