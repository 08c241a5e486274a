import { every, systemClock, unattended, type Clock } from '../link/clock.ts';
import type { Dialler } from '../link/transport.ts';
import { Turns } from '../link/turns.ts';
import { parseCode } from '../shared/crypto/invite.ts';
import type { IdentityKey, MessageId, RoomId } from '../shared/ids.ts';
import { HOUR } from '../shared/limits.ts';
import { Listeners } from '../shared/listeners.ts';
import { cleanNick } from '../shared/text.ts';
import type { Reply } from '../shared/wire/control.ts';
import {
  refused,
  type BesideWhisper,
  type ChatClient,
  type JoinOptions,
  type RelayFinder,
  type Result,
  type RoomSession,
  type SayOptions,
  type Self,
} from './api.ts';
import { RelayAccount } from './account/account.ts';
import type { Archive } from './archive/archive.ts';
import { silentLog, type ClientLog } from './client-log.ts';
import { JoinedRooms } from './rooms/joined-rooms.ts';
import { OpenRooms, type OpenRoomsStore } from './rooms/open-rooms.ts';
import { openArchive } from './archive/open-archive.ts';
import type { Profile } from './profile/profile.ts';
import { RegisteredNames } from './account/registered-names.ts';
import type { RelayConnection } from './relays/relay-connection.ts';
import { RelayTerms } from './relays/relay-terms.ts';
import { RelayPool } from './relays/relay-pool.ts';
import { Blocks } from './people/blocks.ts';
import { Contacts } from './people/people.ts';
import { RoomFinder } from './finding/room-finder.ts';
import type {
  ClientEvent,
  ListedRoom,
  Person,
  RelayInfo,
  RoomSessionEvent,
  WhisperLine,
} from './session-events.ts';
import { Whispers } from './whispers/whispers.ts';

export interface ClientOptions {
  readonly profile: Profile;
  /** URLs connected to from the start; those that are no URLs are passed over. */
  readonly relays: readonly string[];
  /** This run is for them alone: rooms remembered at others are not called before somebody connects there. */
  readonly relaysOnly?: boolean;
  readonly finder?: RelayFinder | undefined;
  readonly dialler: Dialler;
  readonly clock?: Clock;
  readonly log?: ClientLog;
  /** In [0, 1). */
  readonly random?: () => number;
  /** Has the rooms that are open remembered, so that `rejoin` brings them back another day. */
  readonly openRooms?: OpenRoomsStore;
  /** Program and version, told to each relay; ours does nothing with it. */
  readonly app?: string;
}

/**
 * Starts connecting and returns at once. Throws `UnusableFileError` when the archive cannot be used. The profile stays the
 * caller's to close, after the client.
 */
export async function openClient(options: ClientOptions): Promise<ChatClient> {
  const log = options.log ?? silentLog;
  let client: Client | undefined;
  const archive = openArchive(options.profile.archiveFile, (message, told) => {
    log('archive-failed', { message });
    if (told !== undefined) client?.archiveFailed(told);
  });
  try {
    client = new Client(options, archive);
    return client;
  } catch (error) {
    archive.close();
    throw error;
  }
}

class Client implements ChatClient {
  readonly #clock: Clock;
  readonly #log: ClientLog;
  readonly #archive: Archive;
  readonly #listeners = new Listeners<ClientEvent | RoomSessionEvent>();
  readonly #relays: RelayPool;
  readonly #names: RegisteredNames;
  readonly #finder: RoomFinder;
  readonly #rooms: JoinedRooms;
  readonly #open: OpenRooms | undefined;
  readonly #whispers: Whispers;
  readonly #blocks: Blocks;
  readonly #terms: RelayTerms;
  readonly #cancelRenewal: () => void;
  readonly people: Contacts;
  readonly account: RelayAccount;
  readonly #archiveFailures = new Set<string>();
  #self: Self;
  #closing: Promise<void> | undefined;

  constructor(options: ClientOptions, archive: Archive) {
    const { profile, clock = systemClock, log = silentLog, random = Math.random } = options;
    const { key, tag, guest, signer, device } = profile;
    const { people } = archive;
    const emit = (event: ClientEvent | RoomSessionEvent): void => this.#emit(event);
    const shared = {
      archive,
      people,
      profile,
      signer,
      device,
      clock,
      log,
      random,
      emit,
      self: () => this.#self,
    };
    this.#clock = clock;
    this.#log = log;
    this.#archive = archive;
    this.#self = { key, tag, guest, nick: profile.nick ?? tag };
    const relays = new RelayPool({
      ...shared,
      dialler: new Turns(clock).among(options.dialler),
      app: options.app,
      listener: {
        relaysChanged: (infos) => {
          emit({ type: 'relays', relays: infos });
          this.#rooms.relaysChanged(infos);
        },
        roomsChanged: (rooms) => emit({ type: 'rooms', rooms }),
        online: (relay) => this.#relayOnline(relay),
        offline: () => this.#rooms.linesChanged(),
        listed: (relay, rooms) => this.#rooms.listedAt(relay, rooms),
        told: (relay, message) => this.#told(relay, message),
        signedInElsewhere: (relay) => {
          this.#rooms.lineClosed(relay, 'signed-in-elsewhere');
          emit({ type: 'signed-in-elsewhere' });
        },
      },
    });
    this.#relays = relays;
    this.#names = new RegisteredNames(relays, signer.publicKey);
    const contacts = new Contacts({
      self: key,
      archive: people,
      now: () => clock.wall(),
      rooms: () => this.rooms(),
      trustRoom: (title) => this.#finder.trust(title),
      registered: (name) => this.#registered(name),
      changed: () => this.#peopleChanged(),
    });
    this.people = contacts;
    this.#finder = new RoomFinder({
      ...shared,
      relays,
      nick: () => this.#self.nick,
      looksNearby: options.finder !== undefined,
    });
    this.#open = options.openRooms && new OpenRooms(options.openRooms);
    const { relaysOnly = false } = options;
    const rooms = new JoinedRooms({ ...shared, relays, relaysOnly, contacts, open: this.#open });
    this.#rooms = rooms;
    this.#terms = new RelayTerms(people, emit);
    this.#blocks = new Blocks({ ...shared, ignored: () => contacts.ignored() });
    this.#whispers = new Whispers({
      ...shared,
      relays,
      rooms,
      contacts,
      registered: (name) => this.#registered(name),
    });
    this.account = new RelayAccount({
      profile,
      names: this.#names,
      clock,
      hasHistory: () => archive.rooms.all().length > 0 || archive.whispers.newest(1).length > 0,
      waiting: () => archive.whispers.pending().length,
      reachable: (relay) => this.#whispers.relayOnline(relay),
    });
    this.#cancelRenewal = every(clock, HOUR, () => this.#whispers.renew());
    relays.start(options.relays, options.finder);
  }

  get self(): Self {
    return this.#self;
  }

  subscribe(listener: (event: ClientEvent | RoomSessionEvent) => void): () => void {
    return this.#listeners.add(listener);
  }

  relays(): readonly RelayInfo[] {
    return this.#relays.infos();
  }

  async connect(url: string): Promise<Result<RelayInfo>> {
    const connected = await this.#relays.connect(url);
    return connected.ok ? { ok: true, value: connected.value.info } : connected;
  }

  disconnect(url: string): Promise<void> {
    this.#open?.relayGivenUp(this.#relays.get(url)?.url ?? url);
    return this.#relays.disconnect(url);
  }

  prefer(url: string): void {
    this.#relays.prefer(url);
  }

  listed(): readonly ListedRoom[] {
    return this.#relays.rooms();
  }

  async refresh(timeoutMs: number): Promise<readonly ListedRoom[]> {
    await this.#relays.until(timeoutMs, () => this.#relays.allHeard);
    return this.listed();
  }

  async join(target: string, options: JoinOptions = {}): Promise<Result<RoomSession>> {
    const typed = options.code === undefined ? undefined : parseCode(options.code);
    if (options.code !== undefined && !typed) return refused('wrong-code');
    const found = await this.#finder.find(target);
    return found.ok ? await this.#rooms.enter(found.value, typed, options) : found;
  }

  rooms(): readonly RoomSession[] {
    return this.#rooms.inside();
  }

  rejoin(): void {
    if (this.#open && !this.#closing) this.#rooms.bringBack(this.#open.load());
  }

  forget(room: RoomId): void {
    this.#open?.forget(room);
  }

  whisper(...how: Parameters<ChatClient['whisper']>): Promise<Result<WhisperLine>> {
    return this.#whispers.send(...how);
  }

  whispers(limit: number, person?: IdentityKey, beside?: BesideWhisper): readonly WhisperLine[] {
    return this.#whispers.lines(limit, person, beside);
  }

  inbox(): readonly WhisperLine[] {
    return this.#whispers.unread();
  }

  markRead(person: IdentityKey): void {
    this.#whispers.markRead(person);
  }

  lastWhisperer(): Person | undefined {
    return this.#whispers.lastWhisperer();
  }

  async setNick(nick: string, options: Pick<SayOptions, 'ref'> = {}): Promise<Result<readonly MessageId[]>> {
    const clean = cleanNick(nick);
    if (clean === undefined) return refused('bad-nick');
    if (clean === this.#self.nick) return { ok: true, value: [] };
    this.#self = { ...this.#self, nick: clean };
    const told = this.#rooms.all().flatMap((session) => session.rename(clean, options) ?? []);
    this.#emit({ type: 'nick', nick: clean });
    return { ok: true, value: told };
  }

  async ping(url: string): Promise<number | undefined> {
    return this.#relays.get(url)?.ping();
  }

  close(reason?: string): Promise<void> {
    return (this.#closing ??= this.#close(reason));
  }

  async #close(reason: string | undefined): Promise<void> {
    try {
      await this.#rooms.close(reason);
    } finally {
      this.#whispers.close();
      this.#cancelRenewal();
      await this.#relays.close();
      this.#archive.close();
      this.#listeners.clear();
    }
  }

  /** What comes now may not be kept; once for each text, however much that is. */
  archiveFailed(text: string): void {
    if (this.#archiveFailures.has(text)) return;
    this.#archiveFailures.add(text);
    this.#emit({ type: 'archive-failed', text });
  }

  /** Whoever is called that at a relay, and known by that key from now on. */
  async #registered(name: string): Promise<Result<Person>> {
    const found = await this.#names.find(name.trim().toLowerCase());
    if (!found || this.#closing) return refused('no-such-person');
    const { key, tag, nick, relay } = found;
    this.#archive.people.heardOf({ key, nick }, this.#clock.wall(), relay);
    return { ok: true, value: { key, tag, nick } };
  }

  #peopleChanged(): void {
    this.#emit({ type: 'people' });
    for (const session of this.#rooms.all()) session.markAnew();
    for (const relay of this.#relays.online()) unattended(this.#clock, this.#blocks.tell(relay));
  }

  #relayOnline(relay: RelayConnection): void {
    this.#terms.online(relay, this.#clock.wall());
    this.#whispers.relayOnline(relay);
    unattended(this.#clock, this.#blocks.tell(relay));
    this.#rooms.lineOnline(relay);
  }

  #told(relay: RelayConnection, message: Reply): void {
    if (message.t === 'mail') this.#whispers.mail(relay, message);
    else if (message.t === 'receipts') this.#whispers.receipts(relay, message);
    else if (message.t === 'error') this.#log('relay-error', { code: message.code });
  }

  #emit(event: ClientEvent | RoomSessionEvent): void {
    this.#listeners.tell(event);
  }
}
