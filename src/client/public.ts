import { tmpdir } from 'node:os';
import { wsDialler } from '../link/ws-transport.ts';
import { looksLikeInvite } from '../shared/crypto/invite.ts';
import type { MessageId } from '../shared/ids.ts';
import { Listeners } from '../shared/listeners.ts';
import { cleanNick } from '../shared/text.ts';
import type {
  ClientRefusal,
  InviteOptions,
  IssuedInvite,
  MadeInvite,
  Result,
  RoomSession,
  SayOptions,
  Self,
} from './api.ts';
import { openClient } from './client.ts';
import { resolveFolders } from '../files/folders.ts';
import { UnusableFileError } from '../files/unusable-file.ts';
import { openProfile } from './profile/profile.ts';
import type {
  MemberInfo,
  RoomInfo,
  RoomLine,
  RoomSessionEvent,
  ClientEvent,
  WhisperLine,
} from './session-events.ts';
import { plainSentence } from './words/plain-words.ts';
import type { RefusalDetail } from './words/refusal-words.ts';

/** Events that may wait for a reader of `JoinedRoom`; one that falls further behind is ended with an error. */
export const MAX_UNREAD_EVENTS = 10_000;

export interface JoinRoomOptions {
  /** An invite (`tc://…`), eight words that somebody said, or a title, `title~tag` or room id that the relay lists. */
  readonly room: string;
  /** URL of a relay, for example `wss://chat.example.org`; an invite names its own, words do not. */
  readonly relay?: string;
  readonly nick: string;
  /** Join code of a room that has one, where the invite does not carry it. */
  readonly code?: string;
  /**
   * Folder of a profile: its key and history are used and kept there. Without it a new person joins, who is forgotten
   * when the room is left.
   */
  readonly home?: string;
  readonly signal?: AbortSignal;
}

/** Something asked for was refused; the message is one sentence for a person. */
export class RefusedError extends Error {
  readonly code: ClientRefusal | 'profile';
  /** When trying again can help, in ms. */
  readonly retryMs: number | undefined;
  constructor(code: ClientRefusal | 'profile', text: string, retryMs?: number) {
    super(text);
    this.name = 'RefusedError';
    this.code = code;
    this.retryMs = retryMs;
  }
}

/** Where and when the host has stored a line. */
export interface Sent {
  readonly id: MessageId;
  readonly seq: number;
}

export type JoinedRoomEvent = RoomSessionEvent | Extract<ClientEvent, { type: 'whisper' | 'whisper-state' }>;

/**
 * A room this program is in. It reconnects by itself; what is said meanwhile waits and is sent later. Iterating gives
 * every event from the join on, once, until the room is left:
 *
 *     const room = await joinRoom({ room: 'tea', relay: 'wss://chat.example.org', nick: 'echo-bot' });
 *     for await (const event of room)
 *       if (event.type === 'line' && event.line.kind === 'text' && !event.mine && !event.history)
 *         await room.say(event.line.text);
 */
export interface JoinedRoom extends AsyncIterable<JoinedRoomEvent> {
  readonly info: RoomInfo;
  readonly self: Self;
  members(): readonly MemberInfo[];
  /** The newest `limit` lines known here with a number below `before`, oldest first. */
  history(limit: number, before?: number): readonly RoomLine[];
  /**
   * Resolves when the host has stored the line durably; rejects with `RefusedError`, also when the room is closed before
   * that.
   */
  say(text: string, options?: Pick<SayOptions, 'kind'>): Promise<Sent>;
  /** Resolves when the whisper is durable here; `whisper-state` events tell how it goes on. */
  whisper(to: string, text: string): Promise<WhisperLine>;
  /**
   * A link into the room, from its host, for operators and the owner: the room's own, or with options one with a code
   * of its own. Rejects with `RefusedError`, as the two below.
   */
  invite(options?: InviteOptions): Promise<MadeInvite>;
  /** Invites with codes of their own that the host remembers, in whatever state. */
  invites(): Promise<readonly IssuedInvite[]>;
  /** Takes invite `n` back, and resolves with all as they are then. Who came in by it stays. */
  revokeInvite(n: number): Promise<readonly IssuedInvite[]>;
  /** Calls back synchronously with each event; returns the way to stop. */
  on(listener: (event: JoinedRoomEvent) => void): () => void;
  /** Says goodbye, closes all that was opened, and ends the iteration. */
  leave(reason?: string): Promise<void>;
}

/** Joins one room as one person. Rejects with `RefusedError`. */
export async function joinRoom(options: JoinRoomOptions): Promise<JoinedRoom> {
  const { room, relay, nick, code, home, signal } = options;
  if (cleanNick(nick) === undefined) throw refusedError({ code: 'bad-nick' });
  const folders = resolveFolders({ home: home ?? tmpdir(), env: {} });
  const profile = await openProfile({ folders, as: 'session', nick, ephemeral: home === undefined });
  if (!profile.ok) throw new RefusedError('profile', profile.text);
  const relays = relay === undefined ? [] : [relay];
  const client = await openClient({ profile: profile.value, relays, dialler: wsDialler }).catch(
    (error: unknown) => {
      profile.value.close();
      throw ofFile(error);
    },
  );
  const close = async (): Promise<void> => {
    try {
      await client.close();
    } finally {
      profile.value.close();
    }
  };
  const queue = new EventQueue();
  client.subscribe((event) => {
    if ('room' in event || event.type === 'whisper' || event.type === 'whisper-state') queue.push(event);
  });
  const asked = client.join(room, {
    ...(code === undefined ? {} : { code }),
    ...(signal === undefined ? {} : { signal }),
  });
  const joined = await asked.catch(async (error: unknown) => {
    await close();
    throw ofFile(error);
  });
  if (!joined.ok) {
    await close();
    const name = looksLikeInvite(room) ? 'the invited room' : room;
    throw new RefusedError(
      joined.code,
      plainSentence(joined.code, { about: 'room', ...joined, name }),
      joined.retryMs,
    );
  }
  const session = joined.value;
  return {
    get info() {
      return session.info;
    },
    get self() {
      return client.self;
    },
    members: () => session.members(),
    history: (limit, before) => session.history(limit, before),
    say: (text, how) => said(session, queue, text, how),
    whisper: (to, text) => granted(client.whisper(to, text, { room: session.info.id })),
    invite: (wanted = {}) => granted(session.invite(wanted)),
    invites: () => granted(session.invites()),
    revokeInvite: (n) => granted(session.invites(n)),
    on: (listener) => queue.on(listener),
    async leave(reason) {
      await session.leave(reason);
      await close();
      queue.end();
    },
    [Symbol.asyncIterator]: () => queue,
  };
}

function said(session: RoomSession, queue: EventQueue, text: string, how: SayOptions = {}): Promise<Sent> {
  const result = session.say(text, how);
  if (!result.ok) return Promise.reject(refusedError(result));
  const id = result.value;
  return new Promise((resolve, reject) => {
    const stop = queue.on((event) => {
      if (event.type === 'sent' && event.id === id) {
        stop();
        resolve({ id, seq: event.seq });
      } else if (event.type === 'failed' && event.id === id) {
        stop();
        reject(refusedError(event));
      } else if (event.type === 'state' && event.state === 'closed') {
        // It stays in the profile's outbox, but nobody here will hear of it.
        stop();
        reject(refusedError({ code: event.reason ?? 'left' }));
      }
    });
  });
}

async function granted<Value>(asked: Promise<Result<Value>>): Promise<Value> {
  const result = await asked;
  if (!result.ok) throw refusedError(result);
  return result.value;
}

function refusedError(refusal: RefusalDetail & { readonly code: ClientRefusal }): RefusedError {
  return new RefusedError(refusal.code, plainSentence(refusal.code, refusal), refusal.retryMs);
}

/** A file of the profile that cannot be used, as a refusal; anything else as it is. */
function ofFile(error: unknown): unknown {
  return error instanceof UnusableFileError ? new RefusedError('profile', error.text) : error;
}

/** Events for listeners, and for one reader at its own pace. */
class EventQueue implements AsyncIterator<JoinedRoomEvent> {
  readonly #listeners = new Listeners<JoinedRoomEvent>();
  #unread: JoinedRoomEvent[] = [];
  #readers: ((result: IteratorResult<JoinedRoomEvent>) => void)[] = [];
  #overrun = false;
  #ended = false;

  push(event: JoinedRoomEvent): void {
    this.#listeners.tell(event);
    const reader = this.#readers.shift();
    if (reader) reader({ done: false, value: event });
    else if (this.#unread.length < MAX_UNREAD_EVENTS) this.#unread.push(event);
    else this.#overrun = true;
  }

  on(listener: (event: JoinedRoomEvent) => void): () => void {
    return this.#listeners.add(listener);
  }

  end(): void {
    this.#ended = true;
    for (const reader of this.#readers.splice(0)) reader({ done: true, value: undefined });
  }

  next(): Promise<IteratorResult<JoinedRoomEvent>> {
    const event = this.#unread.shift();
    if (event) return Promise.resolve({ done: false, value: event });
    if (this.#overrun)
      return Promise.reject(new Error(`more than ${MAX_UNREAD_EVENTS} events were not read in time`));
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#readers.push(resolve));
  }
}

export type { ClientRefusal, InviteOptions, IssuedInvite, MadeInvite, Self } from './api.ts';
export type {
  ListedRoom,
  MemberInfo,
  Person,
  ResumeReason,
  RoomEventBody,
  RoomInfo,
  RoomLine,
  RoomLineBody,
  RoomSessionEvent,
  RoomState,
  WhisperLine,
  WhisperState,
} from './session-events.ts';
