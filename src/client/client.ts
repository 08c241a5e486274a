import { every, systemClock, type Clock } from '../link/clock.ts';
import type { Dialler } from '../link/transport.ts';
import { Turns } from '../link/turns.ts';
import { parseCode } from '../shared/crypto/invite.ts';
import type { IdentityKey, MessageId, RoomId } from '../shared/ids.ts';
import { HOUR } from '../shared/limits.ts';
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
import { openArchive } from './archive/open-archive.ts';
import { flawOf } from './posts/own-lines.ts';
import type { Profile } from './profile/profile.ts';
import { RegisteredNames } from './account/registered-names.ts';
import type { RelayConnection } from './relays/relay-connection.ts';
import { RelayTerms } from './relays/relay-terms.ts';
import { RelayPool } from './relays/relay-pool.ts';
import { Blocks } from './people/blocks.ts';
import { Contacts } from './people/people.ts';
import { fullName } from './people/resolve-person.ts';
import { RoomFinder } from './finding/room-finder.ts';
import type {
  ClientEvent,
  ListedRoom,
  Person,
  RelayInfo,
  RoomSessionEvent,
  WhisperLine,
} from './session-events.ts';
import { WhisperRoutes } from './whispers/whisper-routes.ts';
import { WhisperInbox } from './whispers/whisper-inbox.ts';
import { WhisperOutbox } from './whispers/whisper-outbox.ts';

/** Whispers that `inbox` gives at most; the rest follows when these are read. */
const MAX_INBOX = 500;

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

/**
 * Starts connecting and returns at once. Throws `UnusableFileError` when the archive cannot be used. The profile stays the
 * caller's to close, after the client.
 */
export async function openClient(options: ClientOptions): Promise<ChatClient> {
  const log = options.log ?? silentLog;
  const failed = (message: string): void => log('archive-failed', { message });
  return new Client(options, openArchive(options.profile.archiveFile, failed));
}

class Client implements ChatClient {
  readonly #clock: Clock;
  readonly #log: ClientLog;
  readonly #archive: Archive;
  readonly #listeners = new Set<(event: ClientEvent | RoomSessionEvent) => void>();
  readonly #relays: RelayPool;
  readonly #names: RegisteredNames;
  readonly #finder: RoomFinder;
  readonly #rooms: JoinedRooms;
  readonly #inbox: WhisperInbox;
  readonly #outbox: WhisperOutbox;
  readonly #blocks: Blocks;
  readonly #terms: RelayTerms;
  readonly #cancelExpiry: () => void;
  readonly people: Contacts;
  readonly account: RelayAccount;
  #self: Self;
  #closed = false;

  constructor(options: ClientOptions, archive: Archive) {
    const { profile, dialler, app, random = Math.random } = options;
    this.#clock = options.clock ?? systemClock;
    this.#log = options.log ?? silentLog;
    this.#archive = archive;
    const { key, tag, guest, signer, device } = profile;
    this.#self = { key, tag, guest, nick: profile.nick ?? tag };
    this.#relays = new RelayPool({
      signer,
      dialler: new Turns(this.#clock).among(dialler),
      clock: this.#clock,
      people: archive.people,
      app,
      listener: {
        relaysChanged: (relays) => this.#relaysChanged(relays),
        roomsChanged: (rooms) => this.#emit({ type: 'rooms', rooms }),
        online: (relay) => this.#relayOnline(relay),
        offline: () => this.#linesChanged(),
        listed: (relay, rooms) => {
          for (const id of rooms) this.#rooms.get(id)?.calls.listedAt(relay);
        },
        told: (relay, message) => this.#told(relay, message),
        signedInElsewhere: () => this.#emit({ type: 'signed-in-elsewhere' }),
      },
    });
    this.#names = new RegisteredNames(this.#relays, signer.publicKey);
    this.people = new Contacts({
      self: key,
      archive: archive.people,
      now: () => this.#clock.wall(),
      rooms: () => this.rooms(),
      trustRoom: (title) => this.#finder.trust(title),
      registered: (name) => this.#registered(name),
      changed: () => this.#peopleChanged(),
    });
    this.#finder = new RoomFinder({
      relays: this.#relays,
      archive,
      device,
      nick: () => this.#self.nick,
      clock: this.#clock,
      looksNearby: options.finder !== undefined,
    });
    this.#rooms = new JoinedRooms({
      profile,
      self: () => this.#self,
      relays: this.#relays,
      archive,
      contacts: this.people,
      clock: this.#clock,
      random,
      emit: (event) => this.#emit(event),
    });
    this.#terms = new RelayTerms(archive.people, (event) => this.#emit(event));
    this.#blocks = new Blocks({
      people: archive.people,
      ignored: () => this.people.ignored(),
      clock: this.#clock,
      log: this.#log,
    });
    const routes = new WhisperRoutes({ relays: this.#relays, rooms: this.#rooms, people: archive.people });
    const emit = (event: ClientEvent): void => this.#emit(event);
    this.#inbox = new WhisperInbox({
      archive,
      signer,
      contacts: this.people,
      clock: this.#clock,
      log: this.#log,
      emit,
    });
    this.#outbox = new WhisperOutbox({
      archive,
      signer,
      device,
      self: () => this.#self,
      clock: this.#clock,
      emit,
      relaysFor: (person) => routes.to(person),
      mayComeLater: (person) => routes.mayComeLater(person),
      contacts: this.people,
    });
    this.account = new RelayAccount({
      profile,
      names: this.#names,
      clock: this.#clock,
      hasHistory: () => archive.rooms.all().length > 0 || archive.whispers.newest(1).length > 0,
      waiting: () => archive.whispers.pending().length,
      reachable: (relay) => this.#mailbox(relay),
    });
    this.#cancelExpiry = every(this.#clock, HOUR, () => {
      this.#inbox.renew(this.#relays.online());
      this.#outbox.expire();
    });
    this.#relays.start(options.relays, options.finder);
  }

  get self(): Self {
    return this.#self;
  }

  subscribe(listener: (event: ClientEvent | RoomSessionEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  relays(): readonly RelayInfo[] {
    return this.#relays.infos();
  }

  async connect(url: string): Promise<Result<RelayInfo>> {
    const connected = await this.#relays.connect(url);
    return connected.ok ? { ok: true, value: connected.value.info } : connected;
  }

  disconnect(url: string): Promise<void> {
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

  async whisper(
    to: string,
    text: string,
    options: { room?: RoomId; ref?: string } = {},
  ): Promise<Result<WhisperLine>> {
    const flaw = flawOf(text);
    if (flaw) return refused(flaw);
    const met = this.people.resolve(to, options.room);
    const person = !met.ok && met.code === 'no-such-person' ? await this.#registered(to) : met;
    if (!person.ok) return person;
    if (person.value.key === this.#self.key) return refused('no-such-person');
    if (this.people.standing(person.value) === 'changed') {
      const names = [person.value, ...this.people.namesakes(person.value)].map(fullName);
      return { ok: false, code: 'changed-key', names, about: 'person' };
    }
    if (this.#outbox.full) return refused('outbox-full');
    const sent = this.#outbox.send(person.value, text, options.ref);
    return sent ? { ok: true, value: sent } : refused('disk-full');
  }

  whispers(limit: number, person?: IdentityKey, beside?: BesideWhisper): readonly WhisperLine[] {
    const { whispers } = this.#archive;
    const found =
      person !== undefined && beside
        ? whispers.beside(limit, person, beside)
        : whispers.newest(limit, person);
    return found.filter((whisper) => this.#isShown(whisper));
  }

  inbox(): readonly WhisperLine[] {
    const { whispers, people } = this.#archive;
    return whispers
      .unread(MAX_INBOX)
      .filter((whisper) => this.#isShown(whisper))
      .map((whisper) => ({ ...whisper, ...(people.isStranger(whisper.with.key) ? { stranger: true } : {}) }));
  }

  markRead(person: IdentityKey): void {
    this.#archive.whispers.markRead(person);
  }

  lastWhisperer(): Person | undefined {
    const key = this.#archive.whispers.lastFrom();
    const person = key && this.#archive.people.get(key);
    return person && { key: person.key, tag: person.tag, nick: person.nick };
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

  async close(reason?: string): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#rooms.close(reason);
    this.#inbox.close();
    this.#outbox.close();
    this.#cancelExpiry();
    await this.#relays.close();
    this.#archive.close();
    this.#listeners.clear();
  }

  /** Whoever is called that at a relay, and known by that key from now on. */
  async #registered(name: string): Promise<Result<Person>> {
    const found = await this.#names.find(name.trim().toLowerCase());
    if (!found || this.#closed) return refused('no-such-person');
    const { key, tag, nick, relay } = found;
    this.#archive.people.heardOf({ key, nick }, this.#clock.wall(), relay);
    return { ok: true, value: { key, tag, nick } };
  }

  #peopleChanged(): void {
    this.#emit({ type: 'people' });
    for (const session of this.#rooms.all()) session.markAnew();
    for (const relay of this.#relays.online()) void this.#blocks.tell(relay);
  }

  #isShown({ with: person }: WhisperLine): boolean {
    return !this.people.ignores(person.key);
  }

  #relaysChanged(relays: readonly RelayInfo[]): void {
    this.#emit({ type: 'relays', relays });
    for (const { url, reason } of relays) {
      if (reason !== 'changed-key') continue;
      for (const { calls } of this.#rooms.all()) if (calls.line.url === url) calls.lineChangedKey();
    }
  }

  #relayOnline(relay: RelayConnection): void {
    this.#terms.online(relay, this.#clock.wall());
    this.#mailbox(relay);
    void this.#blocks.tell(relay);
    for (const { calls } of this.#rooms.all()) calls.lineOnline(relay);
    this.#linesChanged();
  }

  /** A relay has a mailbox for us, and may have some for others. */
  #mailbox(relay: RelayConnection): void {
    this.#inbox.relayOnline(relay);
    this.#outbox.expire();
    this.#outbox.pump();
  }

  #linesChanged(): void {
    for (const { calls } of this.#rooms.all()) calls.linesChanged();
  }

  #told(relay: RelayConnection, message: Reply): void {
    if (message.t === 'mail') this.#inbox.mail(relay, message);
    else if (message.t === 'receipts') this.#outbox.receipts(relay, message);
    else if (message.t === 'error') this.#log('relay-error', { code: message.code });
  }

  #emit(event: ClientEvent | RoomSessionEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
