import { systemClock, type Clock } from '../link/clock.ts';
import { formatRelayUrl, parseRelayAddress } from '../link/relay-url.ts';
import type { Dialler } from '../link/transport.ts';
import { utf8 } from '../shared/bytes.ts';
import { inviteRelayUrl, parseCode, parseInvite } from '../shared/crypto/invite.ts';
import type { IdentityKey, RoomId } from '../shared/ids.ts';
import { MAX_TEXT_BYTES, MAX_TEXT_LINES, SECOND } from '../shared/limits.ts';
import { cleanNick, countLines, sanitize } from '../shared/text.ts';
import type { Reply, ReplyOf } from '../shared/wire/control.ts';
import type {
  ChatClient,
  ClientRefusal,
  JoinOptions,
  RelayFinder,
  Result,
  RoomSession,
  Self,
} from './api.ts';
import type { Archive, KnownRoom } from './archive.ts';
import { silentLog, type ClientLog } from './client-log.ts';
import { Directory } from './directory.ts';
import { openArchive } from './open-archive.ts';
import type { Profile } from './profile.ts';
import { RelayConnection } from './relay-connection.ts';
import { resolvePerson } from './resolve-person.ts';
import { resolveRoom, type FoundRoom } from './resolve-room.ts';
import { HostedSession } from './room-session.ts';
import type {
  ClientEvent,
  ListedRoom,
  Person,
  RelayInfo,
  RoomSessionEvent,
  Via,
  WhisperLine,
} from './session-events.ts';
import { Whispers } from './whispers.ts';

/** How long a join waits for relays that are still connecting. */
const FIND_ROOM_MS = 3 * SECOND;
/** How long `connect` waits for a relay that does not answer. */
const CONNECT_MS = 10 * SECOND;
/** How long `close` waits for posts that are on their way. */
const SETTLE_MS = SECOND;
/** Relays used at a time, found ones included. */
export const MAX_RELAYS = 32;

export interface ClientOptions {
  readonly profile: Profile;
  /** URLs connected to from the start; those that are none are left out. */
  readonly relays: readonly string[];
  readonly finder?: RelayFinder | undefined;
  readonly dialler: Dialler;
  readonly clock?: Clock;
  readonly log?: ClientLog;
  /** In [0, 1). */
  readonly random?: () => number;
  /** Program and version, for relays' statistics. */
  readonly app?: string;
}

/** The relay asked for is there or refuses, or nothing more can be expected of it now. */
interface Waiter {
  readonly done: () => boolean;
  readonly resolve: () => void;
}

/**
 * Starts connecting and returns at once. Throws `ProfileError` when the archive cannot be used. The profile stays the
 * caller's to close, after the client.
 */
export async function openClient(options: ClientOptions): Promise<ChatClient> {
  const log = options.log ?? silentLog;
  const failed = (message: string): void => log('archive-failed', { message });
  return new Client(options, openArchive(options.profile.archiveFile, failed));
}

class Client implements ChatClient {
  readonly #options: ClientOptions;
  readonly #clock: Clock;
  readonly #archive: Archive;
  readonly #listeners = new Set<(event: ClientEvent | RoomSessionEvent) => void>();
  readonly #relays = new Map<string, RelayConnection>();
  readonly #sessions = new Map<RoomId, HostedSession>();
  readonly #joining = new Map<RoomId, Promise<Result<RoomSession>>>();
  readonly #directory: Directory;
  readonly #whispers: Whispers;
  readonly #waiters = new Set<Waiter>();
  readonly #stopFinding: () => void;
  #self: Self;
  #closed = false;

  constructor(options: ClientOptions, archive: Archive) {
    const { profile } = options;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#archive = archive;
    const { key, tag, guest } = profile;
    this.#self = { key, tag, guest, nick: profile.nick ?? tag };
    this.#directory = new Directory(this.#clock, () => {
      this.#emit({ type: 'rooms', rooms: this.listed() });
      this.#wake();
    });
    this.#whispers = new Whispers({
      archive,
      signer: profile.signer,
      device: profile.device,
      self: () => this.#self,
      clock: this.#clock,
      log: options.log ?? silentLog,
      emit: (event) => this.#emit(event),
      relayFor: (person) => this.#relayFor(person),
    });
    for (const url of options.relays) {
      const address = parseRelayAddress(url);
      if (address) this.#addRelay(formatRelayUrl(address), 'relay');
    }
    this.#stopFinding = options.finder?.watch((urls) => this.#found(urls)) ?? (() => undefined);
  }

  get self(): Self {
    return this.#self;
  }

  subscribe(listener: (event: ClientEvent | RoomSessionEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  relays(): readonly RelayInfo[] {
    return [...this.#relays.values()].map(({ info }) => info);
  }

  async connect(url: string): Promise<Result<RelayInfo>> {
    const address = parseRelayAddress(url);
    if (!address) return refused('bad-address');
    const relay = this.#addRelay(formatRelayUrl(address), 'relay');
    if (!relay) return refused('too-many-connections');
    await this.#until(CONNECT_MS, () => relay.online || relay.info.reason !== undefined);
    const { info } = relay;
    if (relay.online) return { ok: true, value: info };
    return refused(relay.keyChanged ? 'changed-key' : (info.reason ?? 'timeout'));
  }

  async disconnect(url: string): Promise<void> {
    const address = parseRelayAddress(url);
    const relay = address && this.#relays.get(formatRelayUrl(address));
    if (!relay) return;
    // To leave a relay whose key has changed and to connect again is to trust the new key.
    if (relay.keyChanged) this.#archive.people.unpinRelay(relay.url);
    await this.#removeRelay(relay);
  }

  listed(): readonly ListedRoom[] {
    return this.#directory.rooms();
  }

  async refresh(timeoutMs: number): Promise<readonly ListedRoom[]> {
    await this.#until(timeoutMs, () => this.#allHeard());
    return this.listed();
  }

  async join(target: string, options: JoinOptions = {}): Promise<Result<RoomSession>> {
    const name = target.trim();
    const invite = parseInvite(name);
    if (!invite && /^tcs?:/i.test(name)) return refused('bad-invite');
    const given = options.code === undefined ? invite?.code : parseCode(options.code);
    if (options.code !== undefined && !given) return refused('wrong-code');
    if (invite) {
      const near = this.#nearest(invite.room);
      if (near) return this.#enter({ ...near, host: invite.key }, undefined, given, options.signal);
      const connected = await this.connect(inviteRelayUrl(invite));
      if (!connected.ok) return connected;
      const known = this.#archive.rooms.get(invite.room);
      const found = { id: invite.room, host: invite.key, ...(known && { known }) };
      return this.#enter(found, this.#relays.get(connected.value.url), given, options.signal);
    }
    if (this.#relays.size === 0) await this.#until(FIND_ROOM_MS, () => this.#relays.size > 0);
    if (this.#relays.size === 0) return refused('no-relay');
    const listed = (found = this.#resolve(name)): boolean => found.ok && found.value.listed !== undefined;
    await this.#until(FIND_ROOM_MS, () => this.#allHeard() || listed());
    const found = this.#resolve(name);
    if (!found.ok) {
      const offline =
        found.code === 'no-such-room' && ![...this.#relays.values()].some(({ online }) => online);
      return offline ? refused('unreachable') : found;
    }
    return this.#enter(found.value, undefined, given, options.signal);
  }

  rooms(): readonly RoomSession[] {
    return [...this.#sessions.values()].filter(({ state }) => state !== 'closed');
  }

  async whisper(
    to: string,
    text: string,
    options: { room?: RoomId; ref?: string } = {},
  ): Promise<Result<WhisperLine>> {
    if (sanitize(text).trim() === '') return refused('empty');
    if (utf8(text).length > MAX_TEXT_BYTES) return refused('too-long');
    if (countLines(text) > MAX_TEXT_LINES) return refused('too-many-lines');
    const here = options.room && this.#sessions.get(options.room);
    const person = resolvePerson(to.trim(), {
      self: this.#self.key,
      here: here?.members() ?? [],
      elsewhere: [...this.#sessions.values()].flatMap((session) =>
        session === here ? [] : session.members(),
      ),
      known: (nick) => this.#archive.people.named(nick),
      byKey: (key) => this.#archive.people.get(key),
    });
    if (!person.ok) return person;
    if (person.value.key === this.#self.key) return refused('no-such-person');
    if (this.#whispers.full) return refused('outbox-full');
    const sent = this.#whispers.send(person.value, text, options.ref);
    return sent ? { ok: true, value: sent } : refused('storage-full');
  }

  whispers(limit: number): readonly WhisperLine[] {
    return this.#archive.whispers.newest(limit);
  }

  lastWhisperer(): Person | undefined {
    const key = this.#archive.whispers.lastFrom();
    const person = key && this.#archive.people.get(key);
    return person && { key: person.key, tag: person.tag, nick: person.nick };
  }

  async setNick(nick: string): Promise<Result<void>> {
    const clean = cleanNick(nick);
    if (clean === undefined) return refused('bad-nick');
    if (clean !== this.#self.nick) {
      this.#self = { ...this.#self, nick: clean };
      for (const session of this.#sessions.values()) session.rename(clean);
      this.#emit({ type: 'nick', nick: clean });
    }
    return { ok: true, value: undefined };
  }

  async ping(url: string): Promise<number | undefined> {
    const address = parseRelayAddress(url);
    return address && this.#relays.get(formatRelayUrl(address))?.ping();
  }

  async close(reason?: string): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopFinding();
    await Promise.all([...this.#sessions.values()].map((session) => session.settled(SETTLE_MS)));
    await Promise.all(
      [...this.#sessions.values()].map(async (session) =>
        reason === undefined ? session.close() : await session.leave(reason),
      ),
    );
    this.#whispers.close();
    this.#directory.close();
    await Promise.all([...this.#relays.values()].map((relay) => relay.close()));
    this.#wake();
    this.#archive.close();
    this.#listeners.clear();
  }

  /** A room that a relay lists by now. */
  #nearest(id: RoomId): FoundRoom | undefined {
    const listed = this.listed().find((room) => room.id === id);
    const known = this.#archive.rooms.get(id);
    return listed && { id, host: listed.host, listed, ...(known && { known }) };
  }

  #resolve(name: string): ReturnType<typeof resolveRoom> {
    return resolveRoom(name, {
      listed: this.listed(),
      known: this.#archive.rooms.all(),
      pins: (title) => this.#archive.people.titlePins(title),
    });
  }

  #enter(
    { id, host, listed, known }: FoundRoom,
    relay: RelayConnection | undefined,
    given: Uint8Array | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Result<RoomSession>> {
    const joined = this.#sessions.get(id);
    if (joined) return this.#joining.get(id) ?? Promise.resolve({ ok: true, value: joined });
    const via = relay ?? this.#routeTo(listed, known);
    if (!via) return Promise.resolve(refused(this.#relays.size === 0 ? 'no-relay' : 'unreachable'));
    const code = given ?? known?.code;
    if (listed?.code && !code) return Promise.resolve(refused('code-needed'));
    const room: KnownRoom = {
      id,
      host,
      title: listed?.title ?? known?.title ?? id,
      topic: listed?.topic ?? known?.topic ?? '',
      private: listed === undefined,
      relay: via.url,
      ...(code === undefined ? {} : { code }),
    };
    const entering = this.#start(room, via, given !== undefined, signal).finally(() =>
      this.#joining.delete(id),
    );
    this.#joining.set(id, entering);
    return entering;
  }

  async #start(
    room: KnownRoom,
    relay: RelayConnection,
    codeGiven: boolean,
    signal: AbortSignal | undefined,
  ): Promise<Result<RoomSession>> {
    const { profile, random = Math.random } = this.#options;
    const session = new HostedSession({
      room,
      relay,
      self: () => this.#self,
      signer: profile.signer,
      device: profile.device,
      clock: this.#clock,
      random,
      archive: this.#archive,
      emit: (event) => this.#emit(event),
      closed: () => {
        if (this.#sessions.get(room.id) === session) this.#sessions.delete(room.id);
      },
    });
    this.#sessions.set(room.id, session);
    const abort = (): void => session.close();
    signal?.addEventListener('abort', abort, { once: true });
    const entered = signal?.aborted ? refused('left') : await session.enter();
    signal?.removeEventListener('abort', abort);
    if (entered.ok) return { ok: true, value: session };
    session.close();
    this.#sessions.delete(room.id);
    // Nobody typed a code: it is wanted, or the one that was kept has been changed.
    return entered.code === 'wrong-code' && !codeGiven ? refused('code-needed') : entered;
  }

  #routeTo(listed: ListedRoom | undefined, known: KnownRoom | undefined): RelayConnection | undefined {
    const relays = [...this.#relays.values()].filter(({ online }) => online);
    return (
      relays.find(({ url }) => url === listed?.relay) ??
      relays.find(({ url }) => url === known?.relay) ??
      relays[0]
    );
  }

  #relayFor(person: IdentityKey): RelayConnection | undefined {
    const online = [...this.#relays.values()].filter((relay) => relay.online);
    for (const session of this.#sessions.values())
      if (session.relay.online && session.members().some(({ key }) => key === person)) return session.relay;
    const last = this.#archive.people.get(person)?.relay;
    return online.find(({ url }) => url === last) ?? online[0];
  }

  #addRelay(url: string, via: Via): RelayConnection | undefined {
    const known = this.#relays.get(url);
    if (known || this.#relays.size >= MAX_RELAYS || this.#closed) return known;
    const { profile, dialler, app } = this.#options;
    const relay: RelayConnection = new RelayConnection({
      url,
      via,
      signer: profile.signer,
      dialler,
      clock: this.#clock,
      pins: this.#archive.people,
      app,
      listener: {
        changed: () => this.#relaysChanged(),
        online: () => this.#relayOnline(relay),
        offline: () => this.#directory.forget(url),
        control: (message) => this.#hear(relay, message),
        signedInElsewhere: () => this.#emit({ type: 'signed-in-elsewhere' }),
      },
    });
    this.#relays.set(url, relay);
    relay.open();
    this.#relaysChanged();
    return relay;
  }

  async #removeRelay(relay: RelayConnection): Promise<void> {
    this.#relays.delete(relay.url);
    await relay.close();
    this.#directory.forget(relay.url);
    this.#relaysChanged();
  }

  #found(urls: readonly string[]): void {
    const found = new Set(
      urls.flatMap((url) => {
        const address = parseRelayAddress(url);
        return address ? [formatRelayUrl(address)] : [];
      }),
    );
    for (const url of found) this.#addRelay(url, 'lan');
    for (const relay of this.#relays.values())
      if (relay.via === 'lan' && !found.has(relay.url)) void this.#removeRelay(relay);
  }

  #relayOnline(relay: RelayConnection): void {
    void relay.ask({ t: 'watch' }, (answer) => {
      if (answer.t === 'listing') this.#listing(relay, answer);
    });
    this.#whispers.relayOnline(relay);
    void relay.ping();
    // By address: a relay that was gone from this network comes back as another connection.
    for (const session of this.#sessions.values())
      if (session.relay.url === relay.url) session.relayOnline(relay);
  }

  #hear(relay: RelayConnection, message: Reply): void {
    switch (message.t) {
      case 'listing':
        this.#listing(relay, message);
        break;
      case 'mail':
        this.#whispers.mail(relay, message);
        break;
      case 'receipts':
        this.#whispers.receipts(relay, message);
        break;
      case 'error':
        this.#options.log?.('relay-error', { code: message.code });
        break;
      default:
        // Hosts' business, or an answer that nobody waits for any more.
        break;
    }
  }

  #listing(relay: RelayConnection, message: ReplyOf<'listing'>): void {
    for (const { id } of this.#directory.listing(relay, message)) this.#sessions.get(id)?.listedAt(relay);
  }

  #relaysChanged(): void {
    this.#emit({ type: 'relays', relays: this.relays() });
    this.#wake();
  }

  /** Each relay has told what it lists, or is not to be had now. */
  #allHeard(): boolean {
    return [...this.#relays.values()].every(
      (relay) => this.#directory.has(relay.url) || relay.info.reason !== undefined,
    );
  }

  #until(ms: number, done: () => boolean): Promise<void> {
    if (done() || this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      const waiter: Waiter = {
        done,
        resolve: () => {
          this.#waiters.delete(waiter);
          cancel();
          resolve();
        },
      };
      const cancel = this.#clock.after(ms, waiter.resolve);
      this.#waiters.add(waiter);
    });
  }

  #wake(): void {
    for (const waiter of this.#waiters) if (this.#closed || waiter.done()) waiter.resolve();
  }

  #emit(event: ClientEvent | RoomSessionEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

function refused(code: ClientRefusal): { ok: false; code: ClientRefusal } {
  return { ok: false, code };
}
