import type { Rejection } from '../shared/errors.ts';
import { formatCode } from '../shared/crypto/invite.ts';
import { logId, roomId, type IdentityKey, type LogId, type RoomId } from '../shared/ids.ts';
import { Listeners } from '../shared/listeners.ts';
import type { Via } from '../shared/room/via.ts';
import type { CopyWatch } from './copies/copies.ts';
import { firstWord, type OpeningFailure } from './first-word.ts';
import type { HostedMember, HostEvent } from './host-events.ts';
import { Host, type HostParts } from './host.ts';

type LineState = 'online' | 'offline' | 'taken';

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

export interface HostingParts extends Omit<HostParts, 'notify' | 'ownCaller'> {
  readonly copies: CopyWatch | undefined;
  /** A relay that is out of reach is waited for. */
  readonly patient: boolean;
  /** The topic that a room is to have from now on. */
  readonly topic: string | undefined;
  /** The invite of now. */
  readonly invite: () => string;
}

/** One run of a host, from the links to the file; closes both. */
export class Hosting implements RunningHost {
  readonly room: RoomId;
  readonly log: LogId;
  readonly private: boolean;
  readonly code: string | undefined;
  readonly #parts: HostingParts;
  readonly #host: Host;
  readonly #isNew: boolean;
  readonly #states = new Map<Via | undefined, LineState>();
  readonly #listeners = new Listeners<HostEvent>();
  #endWatch: () => void = () => undefined;
  #held = false;
  #stopped = false;
  #closing: Promise<void> | undefined;

  constructor(parts: HostingParts) {
    const { record, history, copies } = parts;
    this.#parts = parts;
    this.room = roomId(record.room);
    this.log = logId(record.log);
    this.private = record.private;
    this.code = record.code && formatCode(record.code);
    // Nobody has a copy of what was not there before.
    this.#isNew = history.head().seq === 0;
    this.#host = new Host({ ...parts, ownCaller: copies?.caller, notify: (event) => this.#notify(event) });
  }

  get seq(): number {
    return this.#host.seq;
  }

  get invite(): string {
    return this.#parts.invite();
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
    return this.#parts.links.map(({ link, via }) => ({
      url: link.url,
      state: this.#states.get(via) ?? 'offline',
    }));
  }

  /**
   * Resolves when the relay has opened or refused the room; with why it would not, and closed then. Rejects with
   * `StorageError` when the log cannot be begun.
   */
  async start(): Promise<OpeningFailure | undefined> {
    const { topic, patient } = this.#parts;
    const outcome = firstWord((listener) => this.on(listener), patient);
    const asked = this.#lookForCopies();
    if (!this.#isNew) await asked;
    try {
      this.#host.open();
    } catch (error) {
      await this.close();
      throw error;
    }
    if (topic !== undefined) this.#host.setTopic(topic);
    if (this.#held) this.#notify({ type: 'refused', code: 'taken', retryMs: 0 });
    const failure = await outcome;
    if (failure) await this.close();
    return failure;
  }

  on(listener: (event: HostEvent) => void): () => void {
    return this.#listeners.add(listener);
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
    try {
      await this.#host.close(reason);
    } finally {
      await this.#closeLinks();
      this.#parts.history.close();
      this.#stopped = true;
      this.#listeners.clear();
    }
  }

  async #closeLinks(): Promise<void> {
    await Promise.all(this.#parts.links.map(({ link }) => link.close()));
  }

  /** Resolves when all relays nearby have been asked once. */
  #lookForCopies(): Promise<void> {
    const { copies, record, signer } = this.#parts;
    if (!copies) return Promise.resolve();
    return new Promise((resolve) => {
      this.#endWatch = copies.watch({ room: record.room, host: signer.publicKey }, (served) => {
        this.#held = served;
        this.#host.hold(served);
        resolve();
      });
    });
  }

  #notify(event: HostEvent): void {
    if (event.type === 'online' || event.type === 'offline') this.#states.set(event.via, event.type);
    else if (event.type === 'refused')
      this.#states.set(event.via, event.code === 'taken' ? 'taken' : 'offline');
    else if (event.type === 'stopped') {
      this.#stopped = true;
      void this.#closeLinks();
    }
    this.#listeners.tell(event);
  }
}
