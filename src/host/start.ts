import { systemClock, type Clock } from '../link/clock.ts';
import { Link } from '../link/link.ts';
import type { LinkReason } from '../link/link-state.ts';
import { parseRelayAddress } from '../link/relay-url.ts';
import type { Dialler } from '../link/transport.ts';
import { equalBytes, utf8 } from '../shared/bytes.ts';
import { formatCode, formatInvite } from '../shared/crypto/invite.ts';
import { makeRoomId, type Signer } from '../shared/crypto/sign.ts';
import type { Rejection } from '../shared/errors.ts';
import { identityKey, logId, roomId, type IdentityKey, type LogId, type RoomId } from '../shared/ids.ts';
import { HARD_MAX_MEMBERS, LEAVE_GRACE_MS, MAX_TOPIC_BYTES } from '../shared/limits.ts';
import type { Via } from '../shared/room/via.ts';
import { cleanNick, cleanTitle, sanitizeLine } from '../shared/text.ts';
import type { HostDevice } from './lines/circuits.ts';
import type { CopyWatch } from './copies/copies.ts';
import { firstWord } from './first-word.ts';
import { StorageError, type History, type RoomRecord } from './history/history.ts';
import { SqliteHistory } from './history/sqlite-history.ts';
import { Host } from './host.ts';
import type { HostedMember, HostEvent } from './host-events.ts';
import { Invites, type MeetingPoint } from './invites/invites.ts';
import { meetingPointAt, Rendezvous } from './invites/rendezvous.ts';
import { defaultRekeyPolicy, type RekeyPolicy } from './casts/rekey.ts';
import { openRecord } from './history/room-record.ts';

export interface HostOptions {
  readonly relayUrl: string;
  /** A relay of this process on the local network: the same room is open there too. */
  readonly lanUrl?: string | undefined;
  /** What invites name instead, where others reach the relay under another address. */
  readonly inviteUrl?: () => string;
  readonly signer: Signer;
  readonly device: HostDevice;
  /** The room's own file, made if it is not there; `:memory:` for a room that ends with the process. */
  readonly dataFile: string;
  /** For a room that begins; a room that is there keeps its own. */
  readonly title: string;
  readonly topic?: string;
  /** The owner's. */
  readonly nick: string;
  /** Absent: as the room was, or listed. */
  readonly private?: boolean;
  /** True: a join code, made if there is none. False: none. Absent: as the room was, or none. */
  readonly code?: boolean | Uint8Array;
  /** Earlier messages a newcomer may read. */
  readonly backlog: number;
  readonly retain: number | 'all';
  readonly maxMembers: number;
  /** Posts of one member: a second, and at once. */
  readonly rate: number;
  readonly burst: number;
  readonly dialler: Dialler;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly app?: string;
  readonly pinnedRelay?: (id: Uint8Array) => boolean;
  readonly rekey?: Partial<RekeyPolicy>;
  /** How long a disconnect is not a leave. */
  readonly graceMs?: number;
  /** Looks for other processes that serve the room; a room that was there before is not opened until it has. */
  readonly copies?: CopyWatch | undefined;
}

/** Why a room could not be hosted: see `ClientRefusal`, of which these are some. */
export type HostRefusal = LinkReason | 'disk-full' | 'bad-nick' | 'bad-address';
export type HostResult<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly code: HostRefusal; readonly retryMs?: number };

export type LineState = 'online' | 'offline' | 'taken';

export interface RunningHost {
  readonly room: RoomId;
  readonly log: LogId;
  /** The last sequenced event's. */
  readonly seq: number;
  readonly title: string;
  readonly topic: string;
  readonly private: boolean;
  /** With the join code, if there is one; the address in it is the one of now. */
  readonly invite: string;
  readonly code: string | undefined;
  /** `taken`: somebody else hosts the room; it is asked for again and again. */
  readonly state: LineState | 'stopped';
  /** One, or that of the relay and that of the local network. */
  readonly lines: readonly { readonly url: string; readonly state: LineState }[];
  on(listener: (event: HostEvent) => void): () => void;
  members(): readonly HostedMember[];
  member(key: IdentityKey): HostedMember | undefined;
  setTopic(topic: string): Rejection | undefined;
  /** Resolves when sockets, timers and files are closed. */
  close(reason?: string): Promise<void>;
}

/**
 * Opens the room of `dataFile`, or a new one; resolves when the relay has opened or refused it. Rejects with
 * `UnusableFileError` when the file cannot be used.
 */
export async function startHost(options: HostOptions): Promise<HostResult<RunningHost>> {
  const address = parseRelayAddress(options.relayUrl);
  const title = cleanTitle(options.title);
  const nick = cleanNick(options.nick);
  if (!address) return { ok: false, code: 'bad-address' };
  if (title === undefined) return { ok: false, code: 'bad-entry' };
  if (utf8(sanitizeLine(options.topic ?? '')).length > MAX_TOPIC_BYTES)
    return { ok: false, code: 'too-long' };
  if (nick === undefined) return { ok: false, code: 'bad-nick' };
  let history: History | undefined;
  try {
    history = new SqliteHistory(options.dataFile);
    const record = openRecord(history, { ...options, owner: options.signer.publicKey, title });
    if (!equalBytes(record.room, makeRoomId(options.signer.publicKey, record.nonce))) {
      history.close();
      return { ok: false, code: 'not-allowed' };
    }
    const which = { room: roomId(record.room), key: identityKey(options.signer.publicKey) };
    const linkWith = (code: Uint8Array | undefined): string => {
      const { tls, host, port } = parseRelayAddress(options.inviteUrl?.() ?? options.relayUrl) ?? address;
      return formatInvite({ tls, host, port, ...which, ...(code && { code }) });
    };
    return await new Session(options, history, record, nick, linkWith).start();
  } catch (error) {
    history?.close();
    return { ok: false, code: storageCode(error) };
  }
}

const storageCodes = {
  locked: 'already-hosting',
  full: 'disk-full',
  unusable: 'internal',
} as const satisfies Record<StorageError['reason'], HostRefusal>;

/** Throws what is no `StorageError`. */
function storageCode(error: unknown): HostRefusal {
  if (error instanceof StorageError) return storageCodes[error.reason];
  throw error;
}

/** One run of a host, from the link to the file. */
class Session implements RunningHost {
  readonly room: RoomId;
  readonly log: LogId;
  readonly private: boolean;
  readonly code: string | undefined;
  readonly #linkWith: () => string;
  readonly #history: History;
  readonly #lines: readonly { readonly link: Link; readonly via?: Via }[];
  readonly #states = new Map<Via | undefined, LineState>();
  readonly #host: Host;
  readonly #topic: string | undefined;
  readonly #listeners = new Set<(event: HostEvent) => void>();
  readonly #watchCopies: ((found: (served: boolean) => void) => () => void) | undefined;
  readonly #isNew: boolean;
  #endWatch: () => void = () => undefined;
  #held = false;
  #stopped = false;
  #closing: Promise<void> | undefined;

  constructor(
    options: HostOptions,
    history: History,
    record: RoomRecord,
    nick: string,
    linkWith: (code: Uint8Array | undefined) => string,
  ) {
    const clock = options.clock ?? systemClock;
    this.#history = history;
    this.room = roomId(record.room);
    this.log = logId(record.log);
    this.private = record.private;
    this.#linkWith = () => linkWith(record.code);
    this.code = record.code && formatCode(record.code);
    this.#topic = options.topic;
    const { copies } = options;
    this.#watchCopies =
      copies && ((found) => copies.watch({ room: record.room, host: options.signer.publicKey }, found));
    // Nobody has a copy of what was not there before.
    this.#isNew = history.head().seq === 0;
    const { app, random, pinnedRelay, signer, dialler } = options;
    const link = (url: string): Link =>
      new Link({
        url,
        purpose: 'host',
        signer,
        dialler,
        clock,
        ...(app === undefined ? {} : { app }),
        ...(random === undefined ? {} : { random }),
        ...(pinnedRelay === undefined ? {} : { pinnedRelay }),
      });
    this.#lines =
      options.lanUrl === undefined
        ? [{ link: link(options.relayUrl) }]
        : [
            { link: link(options.relayUrl), via: 'relay' },
            { link: link(options.lanUrl), via: 'lan' },
          ];
    const meetingPoint = (secret: Uint8Array, callerLink: () => string | Rejection): MeetingPoint =>
      meetingPointAt(
        [options.relayUrl, ...(options.lanUrl === undefined ? [] : [options.lanUrl])].map(
          (url) =>
            new Rendezvous({
              url,
              dialler,
              clock,
              random: random ?? Math.random,
              secret,
              link: callerLink,
              ...(app === undefined ? {} : { app }),
              ...(pinnedRelay === undefined ? {} : { pinnedRelay }),
            }),
        ),
      );
    const invites = new Invites({ history, record, clock, meetingPoint, linkWith });
    this.#host = new Host({
      links: this.#lines,
      ownCaller: options.copies?.caller,
      history,
      record,
      signer,
      device: options.device,
      invites,
      clock,
      random: random ?? Math.random,
      policy: {
        maxMembers: Math.min(options.maxMembers, HARD_MAX_MEMBERS),
        posts: { rate: options.rate, burst: Math.max(1, options.burst) },
      },
      rekey: { ...defaultRekeyPolicy, ...options.rekey },
      graceMs: options.graceMs ?? LEAVE_GRACE_MS,
      backlog: options.backlog,
      retain: options.retain,
      nick,
      notify: (event) => this.#notify(event),
    });
  }

  get seq(): number {
    return this.#host.seq;
  }

  get invite(): string {
    return this.#linkWith();
  }

  get title(): string {
    return this.#host.room.title;
  }

  get topic(): string {
    return this.#host.room.topic;
  }

  get state(): RunningHost['state'] {
    if (this.#stopped) return 'stopped';
    if (this.#held) return 'taken';
    const states = this.lines.map(({ state }) => state);
    return (
      states.find((state) => state === 'taken') ?? states.find((state) => state === 'online') ?? 'offline'
    );
  }

  get lines(): RunningHost['lines'] {
    return this.#lines.map(({ link, via }) => ({
      url: link.url,
      state: this.#states.get(via) ?? 'offline',
    }));
  }

  async start(): Promise<HostResult<RunningHost>> {
    const outcome = firstWord((listener) => this.on(listener));
    const asked = this.#lookForCopies();
    if (!this.#isNew) await asked;
    try {
      this.#host.open();
    } catch (error) {
      await this.close();
      return { ok: false, code: storageCode(error) };
    }
    if (this.#topic !== undefined) this.#host.setTopic(sanitizeLine(this.#topic));
    if (this.#held) this.#notify({ type: 'refused', code: 'taken', retryMs: 0 });
    const failure = await outcome;
    if (!failure) return { ok: true, value: this };
    await this.close();
    return { ok: false, ...failure };
  }

  /** Resolves when all relays nearby have been asked once. */
  #lookForCopies(): Promise<void> {
    const watch = this.#watchCopies;
    if (!watch) return Promise.resolve();
    return new Promise((resolve) => {
      this.#endWatch = watch((served) => {
        this.#held = served;
        this.#host.hold(served);
        resolve();
      });
    });
  }

  on(listener: (event: HostEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  members(): readonly HostedMember[] {
    return this.#host.members();
  }

  member(key: IdentityKey): HostedMember | undefined {
    return this.#host.member(key);
  }

  setTopic(topic: string): Rejection | undefined {
    return this.#host.setTopic(topic);
  }

  close(reason?: string): Promise<void> {
    this.#closing ??= this.#close(reason);
    return this.#closing;
  }

  async #close(reason: string | undefined): Promise<void> {
    this.#endWatch();
    await this.#host.close(reason);
    await this.#closeLinks();
    this.#history.close();
    this.#stopped = true;
    this.#listeners.clear();
  }

  async #closeLinks(): Promise<void> {
    await Promise.all(this.#lines.map(({ link }) => link.close()));
  }

  #notify(event: HostEvent): void {
    if (event.type === 'online' || event.type === 'offline') this.#states.set(event.via, event.type);
    else if (event.type === 'refused')
      this.#states.set(event.via, event.code === 'taken' ? 'taken' : 'offline');
    else if (event.type === 'stopped') {
      this.#stopped = true;
      void this.#closeLinks();
    }
    for (const listener of this.#listeners) listener(event);
  }
}
