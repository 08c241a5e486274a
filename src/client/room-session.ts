import type { Clock } from '../link/clock.ts';
import { utf8 } from '../shared/bytes.ts';
import { keyTag, randomBytes, type Signer } from '../shared/crypto/sign.ts';
import { assertNever, ProtocolError, type RefusalCode } from '../shared/errors.ts';
import { identityKey, idBytes, logId, messageId, type IdentityKey, type MessageId } from '../shared/ids.ts';
import { MAX_STATUS_BYTES, MAX_TOPIC_BYTES, SECOND } from '../shared/limits.ts';
import type { HostMessageOf, RosterMember } from '../shared/room/messages.ts';
import { may } from '../shared/room/permissions.ts';
import { rightsRefusal } from '../shared/room/rights.ts';
import type { Role } from '../shared/room/roles.ts';
import { cleanTitle, sanitize, sanitizeLine } from '../shared/text.ts';
import type {
  BanInfo,
  ClientRefusal,
  InviteOptions,
  IssuedInvite,
  MadeInvite,
  Result,
  RoomAction,
  RoomSession,
  SayOptions,
  Self,
} from './api.ts';
import type { Archive, KnownRoom, PendingPost } from './archive.ts';
import { HostQuestions } from './host-questions.ts';
import { callHost, type ConversationEnd } from './member-conversation.ts';
import { echoOf, flawOf, flawOfAction } from './own-lines.ts';
import { eventOf, postOf } from './post-content.ts';
import { withoutQuoteOf } from './quotes.ts';
import { PostSender } from './post-sender.ts';
import type { Device } from './profile.ts';
import type { Contacts } from './people.ts';
import type { RelayConnection } from './relay-connection.ts';
import { RoomLog, type RoomHint } from './room-log.ts';
import { RoomCalls, type RoomCallsListener, type RoomEnd } from './room-calls.ts';
import { Roster } from './roster.ts';
import { TipCheck } from './tip-check.ts';
import type {
  CallStep,
  MemberInfo,
  Person,
  RoomEventBody,
  RoomInfo,
  RoomLine,
  RoomSessionEvent,
  RoomState,
} from './session-events.ts';

/** Hints of typing are not sent more often. */
const TYPING_MS = 3 * SECOND;
/** A join is over once the earlier lines are here, or after this long. */
const SYNC_WAIT_MS = 3 * SECOND;

export interface RoomSessionParts {
  readonly room: KnownRoom;
  /** Shows the room's code; whoever was let in before need not. */
  readonly bringsCode: boolean;
  readonly relay: RelayConnection;
  readonly self: () => Self;
  readonly signer: Signer;
  readonly device: Device;
  readonly clock: Clock;
  readonly random: () => number;
  readonly archive: Archive;
  readonly contacts: Pick<Contacts, 'marks' | 'namesakes' | 'ignores'>;
  /** Relays that are there and list the room. */
  readonly listedBy: () => readonly RelayConnection[];
  /** All that are there. */
  readonly online: () => readonly RelayConnection[];
  readonly emit: (event: RoomSessionEvent) => void;
  /** Told how far the first call is; later ones are events. */
  readonly called?: (step: CallStep) => void;
  /** Called once, when the state has become `closed`. */
  readonly closed: () => void;
}

type CallsListener = RoomCallsListener<RelayConnection>;

/** One room this profile is in: what its host says becomes lines and people, and what is said here reaches its host. */
export class MemberSession implements RoomSession {
  readonly #parts: RoomSessionParts;
  readonly #roster: Roster;
  /** Keys whose name was known with another one, and that this was told of. */
  readonly #changed = new Set<IdentityKey>();
  readonly #log: RoomLog;
  readonly #sender: PostSender;
  readonly #calls: RoomCalls<RelayConnection>;
  readonly #questions: HostQuestions;
  readonly #tip: TipCheck;
  #info: RoomInfo;
  #welcome: HostMessageOf<'welcome'> | undefined;
  #presence: { state: 'online' | 'away'; status?: string } = { state: 'online' };
  #typedAt = Number.NEGATIVE_INFINITY;
  #entered: ((result: Result<void>) => void) | undefined;
  #settledOnce: (() => void) | undefined;
  #cancelSyncWait: (() => void) | undefined;

  constructor(parts: RoomSessionParts) {
    this.#parts = parts;
    this.#roster = new Roster((person) => parts.contacts.marks(person));
    const { room, relay, archive, clock, random, signer } = parts;
    const { id, title, topic, host } = room;
    const tag = keyTag(idBytes(host));
    this.#info = { id, title, topic, host, tag, private: room.private, via: relay.via, relay: relay.url };
    const emit = (event: RoomEventBody): void => this.#emit(event);
    this.#questions = new HostQuestions({
      clock,
      room: { id, host },
      send: (question) => this.state === 'online' && (this.#calls.talk?.send(question) ?? false),
      personOf: (key) => this.#personOf(key),
    });
    this.#sender = new PostSender({ room: id, signer, clock, rooms: archive.rooms, emit });
    this.#log = new RoomLog(
      {
        room: id,
        self: parts.self().key,
        clock,
        rooms: archive.rooms,
        people: archive.people,
        roster: this.#roster,
        emit,
        ask: (rid, from, to) => this.#calls.talk?.send({ t: 'fetch', rid, from, to }) ?? false,
        confirmed: (message, seq, counter) => this.#sender.confirmed(message, seq, counter),
        hint: (hint) => this.#hint(hint),
        topicChanged: (topicNow) => this.#inform({ topic: topicNow }),
        rulesChanged: (change) => {
          this.#inform({ rules: change(this.#info.rules ?? noRules) });
          this.#sender.tryAgain();
        },
        disagreed: () => this.#calls.again(),
      },
      host,
    );
    this.#tip = new TipCheck({
      clock,
      random,
      members: () => this.#roster.all().length,
      waiting: () => this.#sender.unanswered,
      end: () => this.#log.end,
      ask: () => void this.ping(),
      hasOther: () => this.#calls.hasOtherLine,
      broken: () => this.#calls.switchLine(),
    });
    const where = { room: idBytes(id), host: idBytes(host), device: parts.device, clock };
    this.#calls = new RoomCalls<RelayConnection>({
      code: room.code,
      bringsCode: parts.bringsCode,
      line: relay,
      clock,
      random,
      listedBy: parts.listedBy,
      online: parts.online,
      hello: () => {
        const { resume } = this.#log;
        return { nick: parts.self().nick, ...(resume === undefined ? {} : { resume }) };
      },
      call: (line, options) => callHost(line, { ...where, ...options }),
      listener: this.#listener(),
    });
  }

  get info(): RoomInfo {
    return this.#info;
  }

  get state(): RoomState {
    return this.#calls.state;
  }

  /** The host has let us in at least once. */
  get entered(): boolean {
    return this.#calls.everIn;
  }

  get me(): MemberInfo {
    const { key, tag, nick } = this.#parts.self();
    const role = this.#welcome?.role ?? (this.#info.host === key ? 'owner' : 'member');
    return this.#roster.get(key) ?? { key, tag, nick, role, presence: 'offline' };
  }

  /** Resolves when the host has let us in and what it had for us is here, or when it won't. */
  enter(): Promise<Result<void>> {
    const entered = new Promise<Result<void>>((resolve) => (this.#entered = resolve));
    this.#calls.start();
    return entered;
  }

  /** Told which relays come and go. */
  get calls(): RoomCalls<RelayConnection> {
    return this.#calls;
  }

  /** Resolves when every post has its answer, or after `ms`. */
  settled(ms: number): Promise<void> {
    if (this.state !== 'online' || this.#sender.pending().length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#parts.clock.after(ms, resolve);
      this.#settledOnce = () => {
        if (this.#sender.pending().length > 0) return;
        cancel();
        resolve();
      };
    });
  }

  members(): readonly MemberInfo[] {
    return this.#roster.all();
  }

  say(text: string, { kind = 'text', ref, re }: SayOptions = {}): Result<MessageId> {
    const flaw = flawOf(text, this.#welcome?.limits);
    if (flaw) return refused(flaw);
    return this.#post(kind, text, {
      ...(ref === undefined ? {} : { ref }),
      ...(re === undefined || kind !== 'text' ? {} : { re }),
    });
  }

  setTopic(topic: string, { ref }: Pick<SayOptions, 'ref'> = {}): Result<MessageId> {
    if (utf8(sanitizeLine(topic)).length > MAX_TOPIC_BYTES) return refused('too-long');
    if (!may(this.me.role, 'change-topic')) return refused('not-allowed');
    return this.#post('topic-changed', sanitizeLine(topic).trim(), ref === undefined ? {} : { ref });
  }

  act(action: RoomAction, { ref }: Pick<SayOptions, 'ref'> = {}): Result<MessageId> {
    // Nobody is put out hours after it was asked for.
    if (this.state !== 'online') return refused(this.state === 'closed' ? 'left' : 'host-away');
    const roles = (key: IdentityKey): Role | undefined =>
      key === this.#info.host ? 'owner' : this.#roster.get(key)?.role;
    const refusal =
      rightsRefusal(this.me.key, eventOf(action), roles) ?? flawOfAction(action, this.#welcome?.limits);
    if (refusal) return refused(refusal);
    const { kind, text } = postOf(action);
    return this.#post(kind, text, ref === undefined ? {} : { ref });
  }

  bans(): Promise<Result<readonly BanInfo[]>> {
    return this.#questions.bans();
  }

  invite(options: InviteOptions): Promise<Result<MadeInvite>> {
    return this.#questions.invite(options);
  }

  invites(revoke?: number): Promise<Result<readonly IssuedInvite[]>> {
    return this.#questions.invites(revoke);
  }

  /** The profile's nick has changed; the id of the line that says so, where there is one. */
  rename(nick: string, { ref }: Pick<SayOptions, 'ref'> = {}): MessageId | undefined {
    if (!this.entered) return undefined;
    const said = this.#post('nick-changed', nick, ref === undefined ? {} : { ref });
    return said.ok ? said.value : undefined;
  }

  setPresence(state: 'online' | 'away', status?: string): void {
    const fits = status !== undefined && utf8(status).length <= MAX_STATUS_BYTES;
    this.#presence = { state, ...(fits ? { status } : {}) };
    this.#calls.talk?.send({ t: 'presence', ...this.#presence });
  }

  typing(): void {
    const now = this.#parts.clock.now();
    if (now - this.#typedAt < TYPING_MS || this.state !== 'online') return;
    this.#typedAt = now;
    this.#calls.talk?.send({ t: 'typing' });
  }

  history(limit: number, before?: number): readonly RoomLine[] {
    const { archive, contacts } = this.#parts;
    let shown: RoomLine[] = [];
    let end = before;
    while (shown.length < limit) {
      const page = archive.rooms.lines(this.#info.id, limit, end);
      const wanted = page
        .filter((line) => !contacts.ignores(actorOf(line)))
        .map((line) => withoutQuoteOf(line, (key) => contacts.ignores(key)));
      shown = [...wanted.slice(-(limit - shown.length)), ...shown];
      end = page[0]?.seq;
      if (wanted.length === page.length || end === undefined) break;
    }
    return shown;
  }

  /** Somebody is known otherwise than before. */
  markAnew(): void {
    if (!this.entered) return;
    this.#roster.markAnew();
    this.#emit({ type: 'members', members: this.members() });
  }

  search(words: string, limit: number): readonly RoomLine[] {
    const { rooms } = this.#parts.archive;
    const { id } = this.#info;
    const { contacts } = this.#parts;
    const found = rooms.search(words, limit, id).filter((line) => !contacts.ignores(actorOf(line)));
    return found.map((line) => {
      if (rooms.seqOf(id, line.by.key, line.id) !== undefined) return line;
      const { seq: _, ...earlier } = line;
      return earlier;
    });
  }

  get unfetched(): number {
    return this.#log.unfetched;
  }

  fetchOlder(limit: number): Promise<number> {
    return this.state === 'online' && limit > 0 ? this.#log.fetchOlder(limit) : Promise.resolve(0);
  }

  pending(): readonly RoomLine[] {
    return this.#sender.pending().flatMap((post) => this.#echo(post) ?? []);
  }

  ping(): Promise<number | undefined> {
    return this.#questions.ping();
  }

  async leave(reason?: string): Promise<void> {
    if (this.state === 'closed') return;
    await this.#calls.leave(reason);
    this.#sender.failAll('left');
    this.#close('left');
  }

  /** Hangs up without saying goodbye: a member who comes back soon has not left. */
  close(): void {
    this.#close(undefined);
  }

  #post(
    kind: PendingPost['kind'],
    text: string,
    more: Pick<PendingPost, 'ref' | 're'> = {},
  ): Result<MessageId> {
    if (this.state === 'closed') return refused('left');
    if (this.#sender.full) return refused('outbox-full');
    const id = messageId(randomBytes(16));
    const post = { id, kind, text, time: this.#parts.clock.wall(), ...more };
    if (!this.#sender.add(post)) return refused('disk-full');
    const line = this.#echo(post);
    if (line) this.#emit({ type: 'echo', line, ...(more.ref === undefined ? {} : { ref: more.ref }) });
    this.#sender.pump();
    this.#tip.hurry();
    return { ok: true, value: id };
  }

  #echo(post: PendingPost): RoomLine | undefined {
    const { self, archive } = this.#parts;
    return echoOf(post, self(), (ref) => archive.rooms.quote(this.#info.id, ref));
  }

  #listener(): CallsListener {
    return {
      calling: (step) => {
        if (this.entered) this.#emit({ type: 'calling', step });
        else this.#parts.called?.(step);
      },
      state: (state, reason) => {
        this.#emit({ type: 'state', state, ...(reason === undefined ? {} : { reason }) });
        // Let in all the same; what was there before comes with the next conversation.
        if (state !== 'online' && state !== 'closed') this.#enteredWell();
      },
      reachedBy: ({ via, url }) => (this.#info = { ...this.#info, via, relay: url }),
      message: (message) => this.#receive(message),
      cast: (payload) => this.#log.cast(payload),
      interrupted: () => this.#interrupted(),
      over: (end) => this.#over(end),
    };
  }

  /** Nothing is sent or taken until the next welcome. */
  #interrupted(): void {
    this.#cancelSyncWait?.();
    this.#sender.offline();
    this.#tip.stop();
    this.#log.interrupted();
    this.#questions.abandon();
  }

  #over({ code, ...detail }: RoomEnd): void {
    if (!this.entered) {
      this.#entered?.({ ok: false, code, ...detail });
      this.#entered = undefined;
      return this.#close(undefined);
    }
    // Signed in elsewhere is no answer of the room's: what waits is sent when this profile is back.
    if (code !== 'signed-in-elsewhere') {
      const told = isRefusal(code) ? code : 'not-allowed';
      this.#emit({ type: 'removed', code: told, ...detail });
      this.#sender.failAll(told);
    }
    this.#close(code);
  }

  #receive(message: Parameters<CallsListener['message']>[0]): void {
    switch (message.t) {
      case 'welcome':
        this.#welcomed(message);
        break;
      case 'roster':
        this.#roster.add(message.members);
        this.#muted(message.members);
        this.#meetAll();
        if (this.#roster.complete) this.#emit({ type: 'members', members: this.members() });
        break;
      case 'page':
        this.#log.page(message);
        break;
      case 'rekey':
        this.#log.rekey(message);
        break;
      case 'posted':
        this.#sender.confirmed(messageId(message.id), message.seq);
        break;
      case 'rejected':
        this.#sender.rejected({ ...message, id: messageId(message.id) });
        break;
      case 'bans':
      case 'invited':
      case 'invites':
        this.#questions.answered(message);
        break;
      case 'invite':
        throw new ProtocolError('a room is no meeting place');
      case 'pong':
        this.#questions.answered(message);
        this.#tip.told(message.seq);
        break;
      default:
        assertNever(message);
    }
  }

  #welcomed(welcome: HostMessageOf<'welcome'>): void {
    const { talk } = this.#calls;
    if (!talk) return;
    this.#log.welcomed(welcome);
    this.#welcome = welcome;
    this.#roster.reset(welcome.roster, welcome.rosterSize);
    this.#muted(welcome.roster);
    this.#learn(welcome);
    this.#calls.entered(welcome.lan);
    this.#remember();
    this.#meetAll();
    const [seq] = welcome.head;
    const ready = { info: this.#info, log: logId(welcome.log), seq, me: this.me, members: this.members() };
    this.#emit({ type: 'ready', ...ready });
    this.#calls.linesChanged();
    if (this.#presence.state === 'away') talk.send({ t: 'presence', ...this.#presence });
    this.#cancelSyncWait = this.#parts.clock.after(SYNC_WAIT_MS, () => this.#enteredWell());
    this.#log.sync(welcome, () => {
      this.#cancelSyncWait?.();
      this.#enteredWell();
      if (this.#calls.talk !== talk) return;
      const { log, counter, limits } = welcome;
      this.#sender.online({ log, counter, limits, send: (message) => talk.send(message) });
      this.#tip.start();
      this.#rightNick();
    });
  }

  /** The host knows us by the nick of the first time; one that was changed since has to be said. */
  #rightNick(): void {
    const { key, nick } = this.#parts.self();
    const there = this.#roster.get(key)?.nick;
    const said = this.#sender.pending().some(({ kind }) => kind === 'nick-changed');
    if (there !== undefined && there !== nick && !said) this.#post('nick-changed', nick);
  }

  #muted(members: readonly RosterMember[]): void {
    const now = this.#parts.clock.wall();
    for (const { key, muted } of members) {
      if (muted === undefined) continue;
      const until = muted === Number.MAX_SAFE_INTEGER ? Number.POSITIVE_INFINITY : now + muted;
      this.#roster.muted(identityKey(key), until);
    }
  }

  #enteredWell(): void {
    this.#entered?.({ ok: true, value: undefined });
    this.#entered = undefined;
  }

  #learn({ title, topic, private: isPrivate, rules }: HostMessageOf<'welcome'>): void {
    const shown = cleanTitle(title) ?? this.#info.title;
    this.#info = { ...this.#info, title: shown, topic: sanitizeLine(topic), private: isPrivate };
    this.#info = { ...this.#info, rules: { ...rules, motd: sanitize(rules.motd) } };
  }

  #remember(): void {
    const { archive, room } = this.#parts;
    const { title, topic, private: isPrivate, host } = this.#info;
    const relay = this.#calls.lastingLine.url;
    archive.rooms.save({ ...room, title, topic, private: isPrivate, relay });
    archive.people.pinTitle(title, host);
  }

  #meetAll(): void {
    const { archive, clock, self } = this.#parts;
    const now = clock.wall();
    for (const member of this.#roster.all())
      if (member.key !== self().key) archive.people.meet(member, now, this.#info.relay);
  }

  #personOf(key: IdentityKey): Person {
    const known = this.#roster.get(key) ?? this.#parts.archive.people.get(key);
    const tag = keyTag(idBytes(key));
    return { key, tag, nick: known?.nick ?? tag };
  }

  #hint(hint: RoomHint): void {
    const key = identityKey(hint.key);
    if (hint.t === 'typing') {
      const who = this.#roster.get(key);
      if (who && key !== this.#parts.self().key) this.#emit({ type: 'typing', who });
      return;
    }
    const who = this.#roster.present(key, hint.state, hint.status, hint.via);
    if (!who) return;
    const status = who.status === undefined ? {} : { status: who.status };
    const via = who.via === undefined ? {} : { via: who.via };
    this.#emit({ type: 'presence', who, presence: who.presence, ...status, ...via });
    this.#emit({ type: 'members', members: this.members() });
  }

  #inform(change: Partial<RoomInfo>): void {
    this.#info = { ...this.#info, ...change };
    this.#emit({ type: 'info', info: this.#info });
  }

  #close(reason: ConversationEnd | undefined): void {
    if (this.state === 'closed') return;
    this.#calls.close(reason);
    this.#sender.close();
    this.#parts.closed();
    this.#entered?.({ ok: false, code: 'left' });
    this.#entered = undefined;
  }

  /** What this profile wants to see of it. */
  #shown(event: RoomEventBody): RoomEventBody | undefined {
    const { contacts } = this.#parts;
    switch (event.type) {
      case 'line': {
        if (event.mine || !contacts.ignores(actorOf(event.line)))
          return { ...event, line: withoutQuoteOf(event.line, (key) => contacts.ignores(key)) };
        return { type: 'hidden', seq: event.line.seq, history: event.history };
      }
      case 'changed':
        if (contacts.ignores(event.change.by.key))
          return { type: 'hidden', seq: event.seq, history: event.history };
        return event.line
          ? { ...event, line: withoutQuoteOf(event.line, (key) => contacts.ignores(key)) }
          : event;
      case 'typing':
      case 'presence':
        return contacts.ignores(event.who.key) ? undefined : event;
      default:
        return event;
    }
  }

  #tellChanged(members: readonly MemberInfo[]): void {
    for (const member of members) {
      if (member.standing !== 'changed') this.#changed.delete(member.key);
      else if (!this.#changed.has(member.key)) {
        this.#changed.add(member.key);
        this.#emit({ type: 'changed-key', who: member, was: this.#parts.contacts.namesakes(member) });
      }
    }
  }

  #emit(happened: RoomEventBody): void {
    const event = this.#shown(happened);
    if (!event) return;
    this.#parts.emit({ ...event, room: this.#info.id });
    if (event.type === 'members' || event.type === 'ready') this.#tellChanged(event.members);
    if (event.type === 'sent' || event.type === 'failed' || event.type === 'state') this.#settledOnce?.();
  }
}

/** Whose doing a line is. */
function actorOf(line: RoomLine): IdentityKey {
  return line.kind === 'join' || line.kind === 'leave' ? line.who.key : line.by.key;
}

const noRules = { slow: 0, filters: [], motd: '' } as const;

function isRefusal(code: ConversationEnd): code is RefusalCode {
  return code !== 'changed-key' && code !== 'unreachable' && code !== 'timeout';
}

function refused(code: ClientRefusal): { ok: false; code: ClientRefusal } {
  return { ok: false, code };
}
