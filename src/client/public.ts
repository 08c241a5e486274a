import { tmpdir } from 'node:os';
import { systemClock } from '../link/clock.ts';
import { parseRelayAddress } from '../link/relay-url.ts';
import { wsDialler } from '../link/ws-transport.ts';
import { looksLikeInvite } from '../shared/crypto/invite.ts';
import type { MessageId, RoomId } from '../shared/ids.ts';
import { emojiName } from '../shared/emoji.ts';
import { cleanNick } from '../shared/text.ts';
import type {
  BanInfo,
  ChatClient,
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
import { openClient } from './client.ts';
import { EventQueue } from './event-queue.ts';
import { FileFailure } from './file-failure.ts';
import { resolveFolders } from '../files/folders.ts';
import { openProfile } from './profile/profile.ts';
import { ofFile, RefusedError } from './refused-error.ts';
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
import { defined } from '../shared/defined.ts';

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
  /** Ends the join, which rejects with its reason then. */
  readonly signal?: AbortSignal;
}

/** Where and when the host has stored a line. */
export interface Sent {
  readonly id: MessageId;
  readonly seq: number;
}

export type JoinedRoomEvent =
  | RoomSessionEvent
  | Extract<ClientEvent, { type: 'whisper' | 'whisper-state' | 'archive-failed' }>
  /** The last one: a file of the profile turned out to be damaged, `text` names it, and everything is closed. */
  | {
      readonly type: 'state';
      readonly room: RoomId;
      readonly state: 'closed';
      readonly reason: 'profile';
      readonly text: string;
    };

/**
 * A room this program is in. It reconnects by itself; what is said meanwhile waits and is sent later. Iterating gives
 * every event from the join on, once, until the room is left, or throws a `RefusedError` once a file of the profile turns
 * out to be damaged, when everything is closed:
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
  say(text: string, options?: Pick<SayOptions, 'kind' | 're'>): Promise<Sent>;
  /**
   * Kicks, bans and whatever else a role allows, rewrites and takes back messages, reacts (`emoji` as a picture or a
   * name); resolves as `say` does, and rejects at once while the host is away.
   */
  act(action: RoomAction): Promise<Sent>;
  /** For operators and the owner. */
  setTopic(topic: string): Promise<Sent>;
  /** Who is kept out; for operators and the owner. */
  bans(): Promise<readonly BanInfo[]>;
  /**
   * `to` is a nick, `nick~tag`, a key, or a name at the relay; who is in the room comes first. Resolves when the whisper is
   * durable here; `whisper-state` events tell how it goes on.
   */
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
  const { room, code, signal } = options;
  const file = new FileFailure();
  const { client, close } = await openPerson(options, file);
  const queue = new EventQueue<JoinedRoomEvent>();
  client.subscribe((event) => {
    if ('room' in event) return queue.push(event);
    if (event.type === 'whisper' || event.type === 'whisper-state' || event.type === 'archive-failed')
      queue.push(event);
  });
  const asked = client.join(room, defined({ code, signal }));
  const joined = await Promise.race([asked, file.happened]).catch(async (error: unknown) => {
    await close();
    throw ofFile(error);
  });
  if (!joined.ok) {
    await close();
    signal?.throwIfAborted();
    const name = looksLikeInvite(room) ? 'the invited room' : room;
    throw refusedError({ about: 'room', ...joined, name });
  }
  return joinedRoom({ client, session: joined.value, queue, file, close });
}

/** `close` ends it, and may be called again. */
async function openPerson({ relay, nick, home }: JoinRoomOptions, file: FileFailure) {
  if (cleanNick(nick) === undefined) throw refusedError({ code: 'bad-nick' });
  if (relay !== undefined && !parseRelayAddress(relay))
    throw refusedError({ code: 'bad-address', name: relay });
  const folders = resolveFolders({ home: home ?? tmpdir(), env: {} });
  const opened = await openProfile({ folders, as: 'session', nick, ephemeral: home === undefined });
  if (!opened.ok) throw new RefusedError('profile', opened.text);
  const profile = opened.value;
  const client = await openClient({
    profile,
    relays: relay === undefined ? [] : [relay],
    dialler: file.guard.dialler(wsDialler),
    clock: file.guard.clock(systemClock),
  }).catch((error: unknown) => {
    profile.close();
    throw ofFile(error);
  });
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= client.close().finally(() => profile.close()));
  return { client, close };
}

function joinedRoom({
  client,
  session,
  queue,
  file,
  close,
}: {
  readonly client: ChatClient;
  readonly session: RoomSession;
  readonly queue: EventQueue<JoinedRoomEvent>;
  readonly file: FileFailure;
  readonly close: () => Promise<void>;
}): JoinedRoom {
  const { id } = session.info;
  void file.happened.catch((failure: RefusedError) => {
    queue.push({ type: 'state', room: id, state: 'closed', reason: 'profile', text: failure.message });
    queue.fail(failure);
    // What else is damaged in the file is of no interest.
    close().catch(() => undefined);
  });
  return {
    get info() {
      return session.info;
    },
    get self() {
      return client.self;
    },
    members: () => session.members(),
    history: (limit, before) => file.use(() => session.history(limit, before)),
    say: (text, how) => file.waitFor(async () => stored(session.say(text, how), queue)),
    act: (action) => file.waitFor(async () => stored(session.act(named(action)), queue)),
    setTopic: (topic) => file.waitFor(async () => stored(session.setTopic(topic), queue)),
    bans: () => file.waitFor(() => granted(session.bans())),
    whisper: (to, text) => file.waitFor(() => granted(client.whisper(to, text, { room: id }))),
    invite: (wanted = {}) => file.waitFor(() => granted(session.invite(wanted))),
    invites: () => file.waitFor(() => granted(session.invites())),
    revokeInvite: (n) => file.waitFor(() => granted(session.invites(n))),
    on: (listener) => queue.on(listener),
    async leave(reason) {
      try {
        if (!file.has) await file.waitFor(() => session.leave(reason));
      } finally {
        await close();
        queue.end();
      }
    },
    [Symbol.asyncIterator]: () => queue,
  };
}

function named(action: RoomAction): RoomAction {
  if (action.type !== 'react') return action;
  return { ...action, emoji: emojiName(action.emoji) ?? action.emoji };
}

function stored(result: Result<MessageId>, queue: EventQueue<JoinedRoomEvent>): Promise<Sent> {
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
      } else if (event.type === 'state' && event.state === 'closed' && event.reason !== 'profile') {
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

function refusedError(
  refusal: RefusalDetail & { readonly code: ClientRefusal; readonly text?: string },
): RefusedError {
  const { code, text = plainSentence(code, refusal), retryMs } = refusal;
  return new RefusedError(code, text, retryMs);
}

export { MAX_UNREAD_EVENTS } from './event-queue.ts';
export { RefusedError } from './refused-error.ts';
export type {
  BanInfo,
  ClientRefusal,
  InviteOptions,
  IssuedInvite,
  MadeInvite,
  RoomAction,
  Self,
} from './api.ts';
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
