import { systemClock, type Clock } from '../link/clock.ts';
import type { Dialler } from '../link/transport.ts';
import { parseWords, type SpokenInvite } from '../shared/crypto/invite-words.ts';
import {
  inviteFlaw,
  inviteRelayUrl,
  looksLikeInvite,
  parseCode,
  parseInvite,
  type Invite,
} from '../shared/crypto/invite.ts';
import type { IdentityKey, MessageId, RoomId } from '../shared/ids.ts';
import { HOUR, SECOND } from '../shared/limits.ts';
import { cleanNick } from '../shared/text.ts';
import type { Reply } from '../shared/wire/control.ts';
import type {
  BesideWhisper,
  ChatClient,
  ClientRefusal,
  JoinOptions,
  RelayFinder,
  Result,
  RoomSession,
  SayOptions,
  Self,
} from './api.ts';
import { RelayAccount } from './account.ts';
import type { Archive, KnownRoom } from './archive.ts';
import { silentLog, type ClientLog } from './client-log.ts';
import { openArchive } from './open-archive.ts';
import { flawOf } from './own-lines.ts';
import type { Profile } from './profile.ts';
import type { RelayConnection } from './relay-connection.ts';
import { RelayTerms } from './relay-terms.ts';
import { RelayPool } from './relay-pool.ts';
import { Blocks } from './blocks.ts';
import { Contacts } from './people.ts';
import { fullName } from './resolve-person.ts';
import { resolveRoom, type FoundRoom } from './resolve-room.ts';
import { MemberSession } from './room-session.ts';
import type {
  ClientEvent,
  ListedRoom,
  Person,
  RelayInfo,
  RoomSessionEvent,
  WhisperLine,
} from './session-events.ts';
import { Whispers } from './whispers.ts';
import { inviteOfWords, type FoundInvite } from './word-invite.ts';

/** How long a join waits for relays that are still connecting. */
const FIND_ROOM_MS = 3 * SECOND;
/** Whispers that `inbox` gives at most; the rest follows when these are read. */
const MAX_INBOX = 500;
/** How long `close` waits for posts that are on their way. */
const SETTLE_MS = SECOND;

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
  readonly #options: ClientOptions;
  readonly #clock: Clock;
  readonly #log: ClientLog;
  readonly #archive: Archive;
  readonly #listeners = new Set<(event: ClientEvent | RoomSessionEvent) => void>();
  readonly #relays: RelayPool;
  readonly #sessions = new Map<RoomId, MemberSession>();
  readonly #joining = new Map<RoomId, Promise<Result<RoomSession>>>();
  readonly #whispers: Whispers;
  readonly #blocks: Blocks;
  readonly #terms: RelayTerms;
  readonly #cancelExpiry: () => void;
  readonly people: Contacts;
  readonly account: RelayAccount;
  #self: Self;
  #closed = false;

  constructor(options: ClientOptions, archive: Archive) {
    const { profile, dialler, app } = options;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#log = options.log ?? silentLog;
    this.#archive = archive;
    const { key, tag, guest, signer, device } = profile;
    this.#self = { key, tag, guest, nick: profile.nick ?? tag };
    this.#relays = new RelayPool({
      signer,
      dialler,
      clock: this.#clock,
      people: archive.people,
      app,
      listener: {
        relaysChanged: (relays) => this.#relaysChanged(relays),
        roomsChanged: (rooms) => this.#emit({ type: 'rooms', rooms }),
        online: (relay) => this.#relayOnline(relay),
        offline: () => this.#linesChanged(),
        listed: (relay, rooms) => {
          for (const id of rooms) this.#sessions.get(id)?.calls.listedAt(relay);
        },
        told: (relay, message) => this.#told(relay, message),
        signedInElsewhere: () => this.#emit({ type: 'signed-in-elsewhere' }),
      },
    });
    this.people = new Contacts({
      self: key,
      archive: archive.people,
      now: () => this.#clock.wall(),
      rooms: () => this.rooms(),
      trustRoom: (title) => this.#trustRoom(title),
      registered: (name) => this.#registered(name),
      changed: () => this.#peopleChanged(),
    });
    this.#terms = new RelayTerms(archive.people, (event) => this.#emit(event));
    this.#blocks = new Blocks({
      people: archive.people,
      ignored: () => this.people.ignored(),
      clock: this.#clock,
      log: this.#log,
    });
    this.#whispers = new Whispers({
      archive,
      signer,
      device,
      self: () => this.#self,
      clock: this.#clock,
      log: this.#log,
      emit: (event) => this.#emit(event),
      relaysFor: (person) => this.#relaysFor(person),
      mayComeLater: (person) => this.#mayComeLater(person),
      contacts: this.people,
    });
    this.account = new RelayAccount({
      profile,
      relays: this.#relays,
      clock: this.#clock,
      hasHistory: () => archive.rooms.all().length > 0 || archive.whispers.newest(1).length > 0,
      waiting: () => archive.whispers.pending().length,
      reachable: (relay) => this.#whispers.relayOnline(relay),
    });
    this.#cancelExpiry = this.#everyHour(() => this.#whispers.expire());
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
    const name = target.trim();
    const typed = options.code === undefined ? undefined : parseCode(options.code);
    if (options.code !== undefined && !typed) return refused('wrong-code');
    const spoken = parseWords(name);
    if (spoken && !this.#resolve(name).ok) return await this.#joinByWords(spoken, options, typed);
    if (looksLikeInvite(name)) return await this.#joinByLink(name, options, typed);
    const found = await this.#named(name);
    return found.ok ? await this.#enter(found.value, typed, options) : found;
  }

  async #joinByLink(
    text: string,
    options: JoinOptions,
    typed: Uint8Array | undefined,
  ): Promise<Result<RoomSession>> {
    // A terminal's rows may have been copied with their ends.
    const link = text.replace(/\s+/g, '');
    const invite = parseInvite(link);
    if (!invite) return refused(inviteFlaws[inviteFlaw(link)]);
    const found = await this.#invited(invite);
    const entered = found.ok ? await this.#enter(found.value, typed ?? invite.code, options) : found;
    return entered.ok ? entered : ofInvite(entered, inviteRelayUrl(invite));
  }

  async #joinByWords(
    spoken: SpokenInvite,
    options: JoinOptions,
    typed: Uint8Array | undefined,
  ): Promise<Result<RoomSession>> {
    if (!spoken.ok) return { ok: false, code: 'bad-words', limit: spoken.count, names: spoken.unknown };
    const found = await this.#heard(spoken.secret);
    if (!found.ok) return found;
    const { invite, relay } = found.value;
    const { room: id, key: host, code } = invite;
    const known = this.#archive.rooms.get(id);
    if (known && known.host !== host) return refused('foreign-invite');
    const room = { id, host, relay, ...(known && { known }) };
    const entered = await this.#enter(room, typed ?? code, options);
    return entered.ok ? entered : ofInvite(entered, relay.url);
  }

  rooms(): readonly RoomSession[] {
    return [...this.#sessions.values()].filter(({ entered, state }) => entered && state !== 'closed');
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
    if (this.#whispers.full) return refused('outbox-full');
    const sent = this.#whispers.send(person.value, text, options.ref);
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
    const told = [...this.#sessions.values()].flatMap((session) => session.rename(clean, options) ?? []);
    this.#emit({ type: 'nick', nick: clean });
    return { ok: true, value: told };
  }

  async ping(url: string): Promise<number | undefined> {
    return this.#relays.get(url)?.ping();
  }

  async close(reason?: string): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const sessions = [...this.#sessions.values()];
    await Promise.all(sessions.map((session) => session.settled(SETTLE_MS)));
    const leaving = sessions.filter((session) => reason !== undefined && session.pending().length === 0);
    for (const session of sessions) if (!leaving.includes(session)) session.close();
    await Promise.all(leaving.map((session) => session.leave(reason === '' ? undefined : reason)));
    this.#whispers.close();
    this.#cancelExpiry();
    await this.#relays.close();
    this.#archive.close();
    this.#listeners.clear();
  }

  /** Relays are asked as they come: one that does not answer keeps nobody waiting. */
  async #heard(secret: Uint8Array): Promise<FoundInvite> {
    const relays = this.#relays;
    const asked = new Set<RelayConnection>();
    let refusal: FoundInvite | undefined;
    const fresh = (): readonly RelayConnection[] => relays.online().filter((relay) => !asked.has(relay));
    const { device } = this.#options.profile;
    const self = { device, nick: this.#self.nick, clock: this.#clock };
    for (;;) {
      if (fresh().length === 0)
        await relays.until(FIND_ROOM_MS, () => fresh().length > 0 || (relays.size > 0 && relays.allHeard));
      const now = fresh();
      if (now.length === 0) break;
      for (const relay of now) asked.add(relay);
      const found = await inviteOfWords(secret, now, self);
      if (found.ok) return found;
      // One relay's word does not keep the others from being asked.
      if (found.code !== 'no-such-room') refusal = found;
    }
    if (refusal) return refusal;
    if (asked.size > 0) return { ok: false, code: 'unknown-words', names: [...asked].map(({ url }) => url) };
    return refused(relays.size === 0 ? 'no-relay' : 'unreachable');
  }

  /** Whoever is called that at a relay, and known by that key from now on. */
  async #registered(name: string): Promise<Result<Person>> {
    const found = await this.account.find(name.trim().toLowerCase());
    if (!found || this.#closed) return refused('no-such-person');
    const { key, tag, nick, relay } = found;
    this.#archive.people.heardOf({ key, nick }, this.#clock.wall(), relay);
    return { ok: true, value: { key, tag, nick } };
  }

  /** Where an invite leads: to a relay that lists the room by now, else to the one it names. */
  async #invited(invite: Invite): Promise<Result<FoundRoom & { readonly relay?: RelayConnection }>> {
    const { room: id, key: host } = invite;
    const known = this.#archive.rooms.get(id);
    const found = { id, host, ...(known && { known }) };
    const inReach = (): ListedRoom | undefined => this.listed().find((room) => room.id === id);
    const listed = inReach();
    // A room's id is made from its host's key: of two keys for one room one is forged.
    if ((listed ?? known ?? found).host !== host) return refused('foreign-invite');
    if (listed) return { ok: true, value: { ...found, listed } };
    const connected = await this.#relays.connect(inviteRelayUrl(invite));
    if (connected.ok) return { ok: true, value: { ...found, relay: connected.value } };
    // Without that relay the room may be on this network, and just not have been heard of.
    if (this.#options.finder) await this.#relays.until(FIND_ROOM_MS, () => inReach() !== undefined);
    const nearby = inReach();
    return nearby?.host === host ? { ok: true, value: { ...found, listed: nearby } } : connected;
  }

  async #named(name: string): Promise<Result<FoundRoom>> {
    const relays = this.#relays;
    if (relays.size === 0) await relays.until(FIND_ROOM_MS, () => relays.size > 0);
    if (relays.size === 0) return refused('no-relay');
    const listed = (found = this.#resolve(name)): boolean => found.ok && found.value.listed !== undefined;
    await relays.until(FIND_ROOM_MS, () => relays.allHeard || listed());
    const found = this.#resolve(name);
    const offline = !found.ok && found.code === 'no-such-room' && relays.online().length === 0;
    if (!offline) return found;
    const told = relays.infos().find(({ reason }) => reason !== undefined && reason !== 'unreachable');
    if (!told?.reason) {
      const names = relays.infos().flatMap(({ via, url }) => (via === 'relay' ? [url] : []));
      return { ok: false, code: 'unreachable', names };
    }
    const about = told.reason === 'changed-key' ? { names: [told.url], about: 'relay' as const } : {};
    return { ok: false, code: told.reason, ...about };
  }

  #resolve(name: string): ReturnType<typeof resolveRoom> {
    return resolveRoom(name, {
      listed: this.listed(),
      known: this.#archive.rooms.all(),
      pins: (title) => this.#archive.people.titlePins(title),
    });
  }

  #enter(
    found: FoundRoom & { readonly relay?: RelayConnection },
    given: Uint8Array | undefined,
    options: JoinOptions,
  ): Promise<Result<RoomSession>> {
    const { id, host, listed, known } = found;
    const joined = this.#sessions.get(id);
    if (joined) return this.#joining.get(id) ?? Promise.resolve({ ok: true, value: joined });
    const relay = found.relay ?? this.#routeTo(listed, known);
    if (!relay) return Promise.resolve(refused('unreachable'));
    const code = given ?? known?.code;
    if (listed?.code && !given && !known) return Promise.resolve(refused('code-needed'));
    const room: KnownRoom = {
      id,
      host,
      title: listed?.title ?? known?.title ?? id,
      topic: listed?.topic ?? known?.topic ?? '',
      private: listed === undefined,
      relay: relay.url,
      ...(code === undefined ? {} : { code }),
    };
    const entering = this.#startWith(given !== undefined, room, relay, options)
      // Nobody gave a code: it is wanted, or the one that was kept is good for nothing any more.
      .then((entered) =>
        !entered.ok && needsCode(entered.code) && !given ? refused('code-needed') : entered,
      )
      .finally(() => this.#joining.delete(id));
    this.#joining.set(id, entering);
    return entering;
  }

  /** Whoever was in before comes without a code; one that was put out needs it again. */
  async #startWith(
    bringsCode: boolean,
    room: KnownRoom,
    relay: RelayConnection,
    options: JoinOptions,
  ): Promise<Result<RoomSession>> {
    const entered = await this.#start(room, relay, options, bringsCode);
    const again = !entered.ok && entered.code === 'wrong-code' && !bringsCode && room.code !== undefined;
    return again ? await this.#start(room, relay, options, true) : entered;
  }

  async #start(
    room: KnownRoom,
    relay: RelayConnection,
    { signal, called }: JoinOptions,
    bringsCode: boolean,
  ): Promise<Result<RoomSession>> {
    if (signal?.aborted || this.#closed) return refused('left');
    const { profile, random = Math.random } = this.#options;
    const session = new MemberSession({
      room,
      bringsCode,
      relay,
      self: () => this.#self,
      signer: profile.signer,
      device: profile.device,
      clock: this.#clock,
      random,
      archive: this.#archive,
      contacts: this.people,
      listedBy: () => this.#relays.listing(room.id),
      online: () => this.#relays.online(),
      emit: (event) => this.#emit(event),
      ...(called === undefined ? {} : { called }),
      closed: () => {
        if (this.#sessions.get(room.id) === session) this.#sessions.delete(room.id);
      },
    });
    this.#sessions.set(room.id, session);
    const abort = (): void => session.close();
    signal?.addEventListener('abort', abort, { once: true });
    const entered = await session.enter();
    signal?.removeEventListener('abort', abort);
    return entered.ok ? { ok: true, value: session } : entered;
  }

  #routeTo(listed: ListedRoom | undefined, known: KnownRoom | undefined): RelayConnection | undefined {
    const relays = this.#relays.online();
    const at = (url: string | undefined) => relays.find((relay) => relay.url === url);
    return at(listed?.relay) ?? at(known?.relay) ?? relays[0];
  }

  /** Relays of rooms shared first, then where this person was last, then the others. */
  #relaysFor(person: IdentityKey): readonly RelayConnection[] {
    const shared = [...this.#sessions.values()]
      .filter(({ calls }) => calls.line.online)
      .filter((session) => session.members().some(({ key }) => key === person))
      .map(({ calls }) => calls.line);
    const online = this.#relays.online();
    const last = this.#archive.people.get(person)?.relay;
    return [...new Set([...shared, ...online.filter(({ url }) => url === last), ...online])];
  }

  #mayComeLater(person: IdentityKey): boolean {
    const last = this.#archive.people.get(person)?.relay;
    const relay = last === undefined ? undefined : this.#relays.get(last);
    return relay !== undefined && !relay.online && relay.state !== 'closed';
  }

  /** A title whose host key is another than before, which the person says is right. */
  #trustRoom(name: string): Result<string> {
    const first = this.#resolve(name);
    const full = !first.ok && first.code === 'changed-key' ? first.names?.[0] : undefined;
    const found = full === undefined ? first : this.#resolve(full);
    if (!found.ok) return found;
    const { host, listed, known } = found.value;
    const title = listed?.title ?? known?.title ?? '';
    const pins = this.#archive.people.titlePins(title);
    if (pins.length === 0 || pins.includes(host)) return refused('no-such-room');
    this.#archive.people.pinTitle(title, host);
    return { ok: true, value: full ?? name };
  }

  #peopleChanged(): void {
    this.#emit({ type: 'people' });
    for (const session of this.#sessions.values()) session.markAnew();
    for (const relay of this.#relays.online()) void this.#blocks.tell(relay);
  }

  #isShown({ with: person }: WhisperLine): boolean {
    return !this.people.ignores(person.key);
  }

  #everyHour(task: () => void): () => void {
    let cancel = (): void => undefined;
    const again = (): void => {
      cancel = this.#clock.after(HOUR, () => {
        task();
        again();
      });
    };
    again();
    return () => cancel();
  }

  #relaysChanged(relays: readonly RelayInfo[]): void {
    this.#emit({ type: 'relays', relays });
    for (const { url, reason } of relays) {
      if (reason !== 'changed-key') continue;
      for (const { calls } of this.#sessions.values()) if (calls.line.url === url) calls.lineChangedKey();
    }
  }

  #relayOnline(relay: RelayConnection): void {
    this.#terms.online(relay, this.#clock.wall());
    this.#whispers.relayOnline(relay);
    void this.#blocks.tell(relay);
    for (const { calls } of this.#sessions.values()) calls.lineOnline(relay);
    this.#linesChanged();
  }

  #linesChanged(): void {
    for (const { calls } of this.#sessions.values()) calls.linesChanged();
  }

  #told(relay: RelayConnection, message: Reply): void {
    if (message.t === 'mail') this.#whispers.mail(relay, message);
    else if (message.t === 'receipts') this.#whispers.receipts(relay, message);
    else if (message.t === 'error') this.#log('relay-error', { code: message.code });
  }

  #emit(event: ClientEvent | RoomSessionEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

const inviteFlaws = { version: 'other-invite', cut: 'cut-invite', damaged: 'bad-invite' } as const;
const codeRefusals: readonly ClientRefusal[] = [
  'wrong-code',
  'invite-used',
  'invite-expired',
  'invite-revoked',
];

function needsCode(code: ClientRefusal): boolean {
  return codeRefusals.includes(code);
}

/** Where an invite led, for words that name it. */
function ofInvite(refusal: Extract<Result<never>, { ok: false }>, relay: string): Result<never> {
  if (refusal.code === 'changed-key' && refusal.about === undefined) return refused('foreign-invite');
  if (refusal.code !== 'no-such-room' && refusal.code !== 'unreachable') return refusal;
  return { ...refusal, about: 'invite', names: [relay] };
}

function refused(code: ClientRefusal): { ok: false; code: ClientRefusal } {
  return { ok: false, code };
}
