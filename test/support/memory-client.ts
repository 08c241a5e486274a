import type {
  BesideWhisper,
  ChatClient,
  ClientRefusal,
  JoinOptions,
  Refusal,
  Result,
  RoomSession,
  SayOptions,
  Self,
} from '../../src/client/api.ts';
import type {
  CallStep,
  ClientEvent,
  ListedRoom,
  Person,
  RelayInfo,
  RoomSessionEvent,
  WhisperLine,
  WhisperState,
} from '../../src/client/session-events.ts';
import { openArchive } from '../../src/client/archive/open-archive.ts';
import { Contacts } from '../../src/client/people/people.ts';
import { fullName } from '../../src/client/words/full-name.ts';
import type {
  HostedRoom,
  Hosting,
  HostRequest,
  ReopenedRoom,
  RoomPolicyRequest,
} from '../../src/commands/context.ts';
import { utf8 } from '../../src/shared/bytes.ts';
import type { IdentityKey, MessageId, RoomId } from '../../src/shared/ids.ts';
import { MAX_TEXT_BYTES } from '../../src/shared/limits.ts';
import { MemoryAccount } from './memory-account.ts';
import { newMessageId, personNamed, type MemoryRoom } from './memory-room.ts';
import { MemorySession } from './memory-session.ts';
import { LAN_RELAY, type MemoryWorld, type Participant } from './memory-world.ts';

/** A call that a test takes step by step. */
export interface HeldCall {
  step(step: CallStep): void;
  readonly goOn: () => void;
}

type Refusable = 'join' | 'connect' | 'whisper' | 'nick';

/**
 * A whole `ChatClient` without network, keys or disk: clients of one `MemoryWorld` see each other at once.
 * Own whispers come as `whisper` events too, and own lines as `echo`, `line`, `sent`.
 */
export class MemoryClient implements ChatClient, Participant {
  self: Self;
  readonly #world: MemoryWorld;
  readonly #listeners = new Set<(event: ClientEvent | RoomSessionEvent) => void>();
  readonly #sessions = new Map<RoomId, MemorySession>();
  readonly #relays = new Set<string>([LAN_RELAY]);
  readonly #whispers: WhisperLine[] = [];
  readonly #unread = new Set<MessageId>();
  readonly #archive = openArchive(':memory:').people;
  readonly people: Contacts;
  readonly #refusals = new Map<Refusable, Refusal>();
  readonly account: MemoryAccount;
  #held: { readonly call: HeldCall; readonly held: Promise<void> } | undefined;
  /** False: whispers to this person stay at the relay. */
  reachable = true;
  closed = false;
  /** How often `rejoin` was called; a test has the rooms of before joined already. */
  rejoined = 0;
  readonly forgotten: RoomId[] = [];

  constructor(world: MemoryWorld, nick: string, options: { guest?: boolean } = {}) {
    this.#world = world;
    this.self = { ...personNamed(nick), guest: options.guest ?? false };
    this.account = new MemoryAccount(world, () => this.self);
    world.participants.set(this.self.key, this);
    this.people = new Contacts({
      self: this.self.key,
      archive: this.#archive,
      now: world.now,
      rooms: () => this.rooms(),
      trustRoom: () => ({ ok: false, code: 'no-such-room' }),
      registered: async () => ({ ok: false, code: 'no-such-person' }),
      changed: () => this.emit({ type: 'people' }),
    });
  }

  /** The next call of `method` is refused like this. */
  refuseNext(method: Refusable, code: ClientRefusal, more: Pick<Refusal, 'reason'> = {}): void {
    this.#refusals.set(method, { ok: false, code, ...more });
  }

  /** Has the listeners told what no call of this class would cause. */
  emit(event: ClientEvent | RoomSessionEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  subscribe(listener: (event: ClientEvent | RoomSessionEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  relays(): readonly RelayInfo[] {
    return [...this.#relays].map(
      (url) =>
        this.#world.relays.get(url) ?? { url, via: 'relay', state: 'reconnecting', reason: 'unreachable' },
    );
  }

  async connect(url: string): Promise<Result<RelayInfo>> {
    const refused = this.#refused('connect');
    if (refused) return refused;
    if (!/^wss?:\/\/[^/\s]+$/.test(url)) return { ok: false, code: 'bad-address' };
    this.#relays.add(url);
    this.relaysChanged();
    this.roomsChanged();
    const info = this.#world.relays.get(url);
    return info?.state === 'online' ? { ok: true, value: info } : { ok: false, code: 'unreachable' };
  }

  async disconnect(url: string): Promise<void> {
    this.#relays.delete(url);
    this.relaysChanged();
    this.roomsChanged();
  }

  prefer(url: string): void {
    const others = [...this.#relays].filter((each) => each !== url);
    this.#relays.clear();
    for (const each of [url, ...others]) this.#relays.add(each);
    this.relaysChanged();
  }

  listed(): readonly ListedRoom[] {
    return this.#world.listedOn(this.#relays);
  }

  async refresh(): Promise<readonly ListedRoom[]> {
    return this.listed();
  }

  /** The next join dials until it is told to go on. */
  holdCall(): HeldCall {
    let goOn = (): void => undefined;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    const call: HeldCall = { step: () => undefined, goOn };
    this.#held = { call, held };
    return call;
  }

  async join(target: string, options: JoinOptions = {}): Promise<Result<RoomSession>> {
    if (this.#held) {
      const { call, held } = this.#held;
      this.#held = undefined;
      call.step = (step) => options.called?.(step);
      call.step('dialling');
      await held;
    }
    const refused = this.#refused('join');
    if (refused) return refused;
    const found = this.#find(target);
    if (!found.ok) return found;
    const { room, code } = found.value;
    const joined = this.#sessions.get(room.info.id);
    if (joined) return { ok: true, value: joined };
    if (room.joinRefusal) return { ok: false, code: room.joinRefusal };
    if (room.hostAway) return { ok: false, code: 'host-away' };
    const given = options.code ?? code;
    if (room.code !== undefined && given === undefined) return { ok: false, code: 'code-needed' };
    if (room.code !== undefined && given !== room.code) return { ok: false, code: 'wrong-code' };
    const session = new MemorySession(
      room,
      this.self,
      (event) => {
        if (event.type === 'members') for (const member of event.members) this.#meet(member);
        this.emit({ ...event, room: room.info.id });
      },
      this.#world.now,
      () => this.#sessions.delete(room.info.id),
    );
    this.#sessions.set(room.info.id, session);
    session.enter();
    for (const member of session.members()) this.#meet(member);
    return { ok: true, value: session };
  }

  rooms(): readonly MemorySession[] {
    return [...this.#sessions.values()];
  }

  rejoin(): void {
    this.rejoined += 1;
  }

  forget(room: RoomId): void {
    this.forgotten.push(room);
  }

  async whisper(
    to: string,
    text: string,
    options: { room?: RoomId; ref?: string } = {},
  ): Promise<Result<WhisperLine>> {
    const refused = this.#refused('whisper');
    if (refused) return refused;
    if (text.trim() === '') return { ok: false, code: 'empty' };
    if (utf8(text).length > MAX_TEXT_BYTES) return { ok: false, code: 'too-long' };
    const person = this.people.resolve(to, options.room);
    if (!person.ok) return person;
    if (this.people.standing(person.value) === 'changed') {
      const names = [person.value, ...this.people.namesakes(person.value)].map(fullName);
      return { ok: false, code: 'changed-key', names };
    }
    this.people.wroteTo(person.value);
    const id = newMessageId();
    const now = this.#world.now();
    const line = { id, at: now, sentAt: now, mine: true, text, with: person.value };
    const waiting: WhisperLine = { ...line, state: 'waiting' };
    this.#whispers.push(waiting);
    this.emit({ type: 'whisper', whisper: waiting });
    this.#whisperState(id, 'stored', options.ref);
    const heard = this.#world.participants
      .get(person.value.key)
      ?.hear({ ...line, mine: false, with: this.self });
    if (heard) this.#whisperState(id, heard, options.ref);
    return { ok: true, value: waiting };
  }

  whispers(limit: number, person?: IdentityKey, beside?: BesideWhisper): readonly WhisperLine[] {
    const fits = this.#whispers.filter((one) => person === undefined || one.with.key === person);
    const at = fits.findIndex(({ id, mine }) => id === beside?.of.id && mine === beside.of.mine);
    if (beside?.side === 'after') return fits.slice(at + 1, at + 1 + limit);
    return limit > 0 ? fits.slice(0, beside ? at : fits.length).slice(-limit) : [];
  }

  inbox(): readonly WhisperLine[] {
    return this.#whispers.filter(({ id }) => this.#unread.has(id));
  }

  markRead(person: IdentityKey): void {
    for (const { id, with: other } of this.#whispers) if (other.key === person) this.#unread.delete(id);
  }

  lastWhisperer(): Person | undefined {
    return this.#whispers.findLast(({ mine }) => !mine)?.with;
  }

  async setNick(nick: string, options: Pick<SayOptions, 'ref'> = {}): Promise<Result<readonly MessageId[]>> {
    const refused = this.#refused('nick');
    if (refused) return refused;
    if (nick === '' || nick.length > 20 || /[\s~]/.test(nick)) return { ok: false, code: 'bad-nick' };
    this.self = { ...this.self, nick };
    const told = [...this.#sessions.values()].map((session) => session.rename(nick, options));
    this.emit({ type: 'nick', nick });
    return { ok: true, value: told };
  }

  async ping(url: string): Promise<number | undefined> {
    return this.relays().find((relay) => relay.url === url && relay.state === 'online')?.ms;
  }

  async close(reason?: string): Promise<void> {
    for (const session of this.rooms()) await session.leave(reason);
    this.#world.participants.delete(this.self.key);
    this.closed = true;
  }

  relaysChanged(): void {
    this.emit({ type: 'relays', relays: this.relays() });
  }

  roomsChanged(): void {
    this.emit({ type: 'rooms', rooms: this.listed() });
  }

  hear(heard: WhisperLine): 'delivered' | 'refused' | undefined {
    if (!this.reachable) return undefined;
    if (this.people.ignores(heard.with.key)) return 'refused';
    const { key, nick } = heard.with;
    const stranger =
      this.#archive.isStranger(key) && !this.#whispers.some((one) => one.mine && one.with.key === key);
    const whisper: WhisperLine = { ...heard, ...(stranger ? { stranger } : {}) };
    this.#archive.heardOf({ key, nick }, this.#world.now(), LAN_RELAY);
    this.#whispers.push(whisper);
    this.#unread.add(whisper.id);
    this.emit({ type: 'whisper', whisper });
    return 'delivered';
  }

  #meet(person: Person): void {
    if (person.key !== this.self.key) this.#archive.meet(person, this.#world.now());
  }

  #refused(method: Refusable): Refusal | undefined {
    const refusal = this.#refusals.get(method);
    this.#refusals.delete(method);
    return refusal;
  }

  #find(target: string): Result<{ room: MemoryRoom; code?: string }> {
    const invite = /^tcs?:\/\/[^/]+\/([a-z2-7]+)#[a-z2-7]+(?:\.([^~]+))?(?:~.*)?$/.exec(target);
    if (!invite && /^tcs?:/.test(target)) return { ok: false, code: 'bad-invite' };
    const room = this.#world.rooms.get(invite?.[1] ?? target);
    if (room) return { ok: true, value: { room, ...(invite?.[2] === undefined ? {} : { code: invite[2] }) } };
    const [title = '', tag] = target.split('~');
    const fits = this.listed().filter((one) => one.title === title && (!tag || one.tag === tag));
    if (fits.length > 1) {
      return { ok: false, code: 'ambiguous-room', names: fits.map((one) => `${one.title}~${one.tag}`) };
    }
    const listed = fits[0] && this.#world.rooms.get(fits[0].id);
    return listed ? { ok: true, value: { room: listed } } : { ok: false, code: 'no-such-room' };
  }

  #whisperState(id: MessageId, state: WhisperState, ref: string | undefined): void {
    const at = this.#whispers.findIndex((one) => one.id === id);
    const whisper = this.#whispers[at];
    if (whisper) this.#whispers[at] = { ...whisper, state };
    this.emit({ type: 'whisper-state', id, state, ...(ref === undefined ? {} : { ref }) });
  }
}

/** Rooms kept open by `client`'s identity in its world. */
export class MemoryHosting implements Hosting {
  readonly #world: MemoryWorld;
  readonly #client: MemoryClient;
  readonly #rooms = new Map<RoomId, HostedRoom>();
  /** The next `open` is refused like this. */
  refusal: ClientRefusal | undefined;
  /** What the rooms opened so far were to be like. */
  readonly policies: RoomPolicyRequest[] = [];
  /** The relay that rooms opened from now on do not reach. */
  missing: string | undefined;
  /** Relays that nobody wants to host at any more. */
  readonly givenUp: string[] = [];
  /** What becomes of the rooms that were hosted before. */
  before: readonly (Pick<ReopenedRoom, 'room' | 'title'> & { readonly opened: Result<HostedRoom> })[] = [];

  constructor(world: MemoryWorld, client: MemoryClient) {
    this.#world = world;
    this.#client = client;
  }

  async open(request: HostRequest): Promise<Result<HostedRoom>> {
    const { refusal } = this;
    this.refusal = undefined;
    if (refusal) return { ok: false, code: refusal };
    const { code, policy, ...rest } = request;
    this.policies.push(policy ?? {});
    const owner = this.#client.self;
    const room = this.#world.addRoom({ ...rest, owner, ...(code ? { code: 'k7q2mxw4' } : {}) });
    const { missing } = this;
    const hosted = {
      room: room.info.id,
      title: request.title,
      invite: room.invite,
      ...(missing === undefined ? {} : { missing }),
    };
    this.#rooms.set(hosted.room, hosted);
    return { ok: true, value: hosted };
  }

  /** How often the rooms of before were asked for. */
  reopened = 0;

  reopen(): readonly ReopenedRoom[] {
    this.reopened += 1;
    return this.before.map(({ opened, ...room }) => ({ ...room, opened: Promise.resolve(opened) }));
  }

  relayGivenUp(url: string): void {
    this.givenUp.push(url);
  }

  async close(room: RoomId): Promise<void> {
    this.#rooms.delete(room);
    this.#world.removeRoom(room);
  }

  list(): readonly HostedRoom[] {
    return [...this.#rooms.values()];
  }
}
