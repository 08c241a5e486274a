import type { Clock } from '../../link/clock.ts';
import { formatRelayUrl, inTurns, parseRelayAddress } from '../../link/relay-url.ts';
import type { Dialler } from '../../link/transport.ts';
import type { Signer } from '../../shared/crypto/sign.ts';
import type { RelayId, RoomId } from '../../shared/ids.ts';
import { SECOND } from '../../shared/limits.ts';
import type { Reply, ReplyOf } from '../../shared/wire/control.ts';
import { refused, type RelayFinder, type Result } from '../api.ts';
import type { PeopleArchive } from '../archive/archive.ts';
import { Directory } from './directory.ts';
import { RelayConnection } from './relay-connection.ts';
import type { ListedRoom, RelayInfo, Via } from '../session-events.ts';

/** Relays used at a time: of those asked for, and of those found nearby, which so take no places of the others. */
export const MAX_RELAYS = 32;
/** How long `connect` waits for a relay that does not answer. */
const CONNECT_MS = 10 * SECOND;
/** A relay of the local network answers within this time. */
const DOUBT_MS = 3 * SECOND;

export interface RelayPoolParts {
  readonly signer: Signer;
  readonly dialler: Dialler;
  readonly clock: Clock;
  readonly people: PeopleArchive;
  readonly app?: string | undefined;
  readonly listener: RelayPoolListener;
}

export interface RelayPoolListener {
  relaysChanged(relays: readonly RelayInfo[]): void;
  roomsChanged(rooms: readonly ListedRoom[]): void;
  online(relay: RelayConnection): void;
  offline(): void;
  /** A relay has news of these rooms. */
  listed(relay: RelayConnection, rooms: readonly RoomId[]): void;
  /** What a relay says besides that. */
  told(relay: RelayConnection, message: Reply): void;
  /** Another process signed in there with this identity: that relay is tried no more. */
  signedInElsewhere(relay: RelayConnection): void;
}

/** Somebody waits until `done` holds. */
interface Waiter {
  readonly done: () => boolean;
  readonly resolve: () => void;
}

/** The relays in use, those asked for and those found nearby, and what they list together. */
export class RelayPool {
  readonly #parts: RelayPoolParts;
  readonly #relays = new Map<string, RelayConnection>();
  readonly #directory: Directory;
  readonly #waiters = new Set<Waiter>();
  /** Which connection has a relay that proved its key: two to one relay would sign each other out. */
  readonly #claims = new Map<RelayId, RelayConnection>();
  /** Addresses that are found nearby now. */
  #near: ReadonlySet<string> = new Set();
  readonly #doubted = new Set<RelayConnection>();
  #stopFinding: () => void = () => undefined;
  #closed = false;

  constructor(parts: RelayPoolParts) {
    this.#parts = parts;
    this.#directory = new Directory(parts.clock, () => {
      parts.listener.roomsChanged(this.rooms());
      this.#wake();
    });
  }

  /** Connects to those of `urls` that are addresses, and to whatever `finder` reports. */
  start(urls: readonly string[], finder: RelayFinder | undefined): void {
    for (const url of urls) {
      const address = normalised(url);
      if (address !== undefined) this.#add(address, 'relay');
    }
    this.#stopFinding = finder?.watch((found) => this.#found(found)) ?? this.#stopFinding;
  }

  get size(): number {
    return this.#relays.size;
  }

  infos(): readonly RelayInfo[] {
    return [...this.#relays.values()].filter((relay) => !relay.twinOf).map(({ info }) => info);
  }

  online(): readonly RelayConnection[] {
    return [...this.#relays.values()].filter((relay) => relay.online);
  }

  /** Those that are there and list the room. */
  listing(room: RoomId): readonly RelayConnection[] {
    return this.online().filter(({ url }) => this.#directory.lists(url, room));
  }

  rooms(): readonly ListedRoom[] {
    return this.#directory.rooms();
  }

  get(url: string): RelayConnection | undefined {
    const address = normalised(url);
    return address === undefined ? undefined : this.#relays.get(address);
  }

  /** Adds a relay where it is new, and waits until it is online or refuses; it is tried again by itself. */
  async connect(url: string): Promise<Result<RelayConnection>> {
    const address = normalised(url);
    if (address === undefined) return refused('bad-address');
    const relay = this.#add(address, 'relay');
    if (!relay) return refused('too-many-connections');
    const settled = (): boolean => relay.online && !this.#isContested(relay);
    await this.until(CONNECT_MS, () => settled() || relay.info.reason !== undefined);
    if (relay.twinOf) return await this.#twin(relay, relay.twinOf);
    if (relay.online) return { ok: true, value: relay };
    return refused(relay.info.reason ?? 'timeout');
  }

  /** The same relay under an address of before. */
  async #twin(relay: RelayConnection, id: RelayId): Promise<Result<RelayConnection>> {
    await this.#remove(relay);
    await this.until(CONNECT_MS, () => this.#claims.get(id)?.online === true);
    const other = this.#claims.get(id);
    return other?.online ? { ok: true, value: other } : refused('timeout');
  }

  /** Adds a relay where it is new and there is room for it, and waits for nothing. */
  use(url: string): RelayConnection | undefined {
    const address = normalised(url);
    return address === undefined ? undefined : this.#add(address, 'relay');
  }

  async disconnect(url: string): Promise<void> {
    const relay = this.get(url);
    if (!relay) return;
    // To leave a relay whose key has changed and to connect again is to trust the new key.
    if (relay.keyChanged) this.#parts.people.unpinRelay(relay.url);
    await this.#remove(relay);
  }

  /** Puts it before the others. */
  prefer(url: string): void {
    const relay = this.get(url);
    if (!relay) return;
    const others = [...this.#relays].filter(([, other]) => other !== relay);
    this.#relays.clear();
    for (const [address, each] of [[relay.url, relay] as const, ...others]) this.#relays.set(address, each);
    this.#changed();
  }

  /** Each relay has told what it lists, or is not to be had now. */
  get allHeard(): boolean {
    return [...this.#relays.values()].every(
      ({ url, info }) => this.#directory.has(url) || info.reason !== undefined,
    );
  }

  /** Resolves when `done` holds after a change of relays or rooms, or after `ms`. */
  until(ms: number, done: () => boolean): Promise<void> {
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
      const cancel = this.#parts.clock.after(ms, waiter.resolve);
      this.#waiters.add(waiter);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopFinding();
    this.#directory.close();
    await Promise.all([...this.#relays.values()].map((relay) => relay.close()));
    this.#wake();
  }

  #add(url: string, via: Via): RelayConnection | undefined {
    const known = this.#relays.get(url);
    if (known || this.#closed || this.#countOf(via) >= MAX_RELAYS) return known;
    const { signer, dialler, clock, people, app, listener } = this.#parts;
    const relay: RelayConnection = new RelayConnection({
      url,
      via,
      signer,
      dialler,
      clock,
      pins: people,
      app,
      reachedAlready: (id) => {
        const holder = this.#claims.get(id) ?? relay;
        // It may have got another address, and nobody has noticed yet that the old one leads nowhere.
        if (holder !== relay) this.#doubt(holder);
        return holder !== relay;
      },
      overtaken: (id) => this.#isContested(relay, id),
      listener: {
        changed: () => this.#changed(),
        online: () => this.#online(relay),
        offline: () => {
          this.#directory.forget(url);
          this.#release(relay);
          listener.offline();
          if (via === 'lan' && !this.#near.has(url) && this.#relays.get(url) === relay)
            void this.#remove(relay);
        },
        control: (message) => this.#hear(relay, message),
        signedInElsewhere: () => listener.signedInElsewhere(relay),
      },
    });
    this.#relays.set(url, relay);
    relay.open();
    this.#changed();
    return relay;
  }

  #countOf(kind: Via): number {
    return [...this.#relays.values()].filter(({ via }) => via === kind).length;
  }

  /** Other connections that are, or say they are, to the same relay. */
  #rivals(relay: RelayConnection, id: RelayId): readonly RelayConnection[] {
    return [...this.#relays.values()].filter(
      (other) => other !== relay && other.claimed === id && !other.twinOf,
    );
  }

  /** Another connection is logging in at the same relay, which then ends this one. */
  #isContested(relay: RelayConnection, id = relay.info.id): boolean {
    // One that has failed there has only said to be it.
    return id !== undefined && this.#rivals(relay, id).some(({ info }) => info.reason === undefined);
  }

  async #remove(relay: RelayConnection): Promise<void> {
    // Before it is closed: until then another connection may have come to this address, with a list of its own.
    if (this.#relays.get(relay.url) === relay) {
      this.#relays.delete(relay.url);
      this.#directory.forget(relay.url);
    }
    this.#release(relay);
    this.#changed();
    await relay.close();
  }

  /** Who has lost a relay lets others reach it; those that gave way to it try again when they are asked for. */
  #release(relay: RelayConnection): void {
    for (const [id, holder] of this.#claims) {
      if (holder !== relay) continue;
      this.#claims.delete(id);
      for (const other of this.#relays.values()) if (other.twinOf === id) void this.#again(other);
    }
  }

  async #again(relay: RelayConnection): Promise<void> {
    await this.#remove(relay);
    this.#add(relay.url, relay.via);
  }

  #found(urls: readonly string[]): void {
    this.#near = new Set(urls.flatMap((url) => normalised(url) ?? []));
    const chosen = new Set(inTurns(this.#near, (url) => this.#relays.has(url)).slice(0, MAX_RELAYS));
    let spare = MAX_RELAYS - chosen.size;
    for (const relay of this.#relays.values()) {
      if (relay.via !== 'lan' || chosen.has(relay.url)) continue;
      // Announcements get lost on a network; a talk that goes on is better evidence, where it takes nobody's place.
      if (spare > 0 && relay.online && !relay.url.startsWith('ws://127.')) {
        spare -= 1;
        this.#doubt(relay);
      } else void this.#remove(relay);
    }
    for (const url of chosen) this.#add(url, 'lan');
  }

  /** Lets go of a connection over the local network that does not answer. */
  #doubt(relay: RelayConnection): void {
    if (relay.via !== 'lan' || this.#doubted.has(relay)) return;
    this.#doubted.add(relay);
    const settle = (answered: boolean): void => {
      cancel();
      if (!this.#doubted.delete(relay) || answered || this.#relays.get(relay.url) !== relay) return;
      if (this.#near.has(relay.url)) void this.#again(relay);
      else void this.#remove(relay);
    };
    const cancel = this.#parts.clock.after(DOUBT_MS, () => settle(false));
    void relay.ping().then((ms) => settle(ms !== undefined));
  }

  #online(relay: RelayConnection): void {
    const { id } = relay.info;
    if (id !== undefined) this.#claims.set(id, relay);
    this.#watch(relay);
    void relay.ping();
    this.#parts.listener.online(relay);
  }

  #watch(relay: RelayConnection): void {
    void relay.ask({ t: 'watch' }, (answer) => {
      if (answer.t === 'listing') this.#listing(relay, answer);
      else if (answer.code === 'timeout' && this.#relays.get(relay.url) === relay) this.#watch(relay);
    });
  }

  #hear(relay: RelayConnection, message: Reply): void {
    if (message.t === 'listing') this.#listing(relay, message);
    else this.#parts.listener.told(relay, message);
  }

  #listing(relay: RelayConnection, message: ReplyOf<'listing'>): void {
    const news = this.#directory.listing(relay, message).map(({ id }) => id);
    this.#parts.listener.listed(relay, news);
  }

  #changed(): void {
    this.#parts.listener.relaysChanged(this.infos());
    this.#wake();
  }

  #wake(): void {
    for (const waiter of this.#waiters) if (this.#closed || waiter.done()) waiter.resolve();
  }
}

function normalised(url: string): string | undefined {
  const address = parseRelayAddress(url);
  return address && formatRelayUrl(address);
}
