import { tmpdir } from 'node:os';
import type { ClientRefusal } from './client/api.ts';
import { openProfile } from './client/profile/profile.ts';
import { FileFailure } from './client/file-failure.ts';
import { ofFile, RefusedError } from './client/refused-error.ts';
import { plainSentence } from './client/words/plain-words.ts';
import type { RefusalDetail } from './client/words/refusal-words.ts';
import { RoomHosts } from './cli/room-hosts.ts';
import { resolveFolders } from './files/folders.ts';
import type { HostedMember, HostEvent } from './host/host-events.ts';
import type { RunningHost } from './host/hosting.ts';
import { runtimeFolder } from './lan/runtime-folder.ts';
import { systemClock } from './link/clock.ts';
import { wsDialler } from './link/ws-transport.ts';
import type { RoomId } from './shared/ids.ts';
import { MAX_TITLE_GRAPHEMES } from './shared/limits.ts';
import { Listeners } from './shared/listeners.ts';
import { defaultPolicy, policyRanges, type RoomPolicy } from './shared/room-policy.ts';
import { cleanNick, cleanTitle } from './shared/text.ts';
import { defined } from './shared/defined.ts';

export interface HostRoomOptions extends Partial<RoomPolicy> {
  /** The room's title, 1 to 64 characters without `~`. */
  readonly room: string;
  /** URL of the relay that lists the room and connects callers; without it the room is for programs on this machine. */
  readonly relay?: string;
  /** The owner's. */
  readonly nick: string;
  /**
   * Folder of a profile: its key and the room's history are used and kept there, and the same title opens the same room
   * again. Without it a new person hosts, and the room is forgotten when it is closed.
   */
  readonly home?: string;
  readonly topic?: string;
  /** Not listed: who is to come in needs an invite. Absent: as the room was, or listed. */
  readonly private?: boolean;
  /** Whether to come in takes a join code, which invites carry. Absent: as the room was, or not. */
  readonly code?: boolean;
}

export type HostedRoomEvent =
  | HostEvent
  /** The last one: a file of the profile turned out to be damaged, `text` names it, and everything is closed. */
  | { readonly type: 'stopped'; readonly code: 'profile'; readonly text: string };

/** A room that this program hosts. */
export interface HostedRoom {
  readonly id: RoomId;
  readonly title: string;
  /** A link into the room, with its join code if it has one; the address in it is the one of now. */
  readonly invite: string;
  /** `taken`: somebody else hosts the room; it is asked for again and again. */
  readonly state: RunningHost['state'];
  members(): readonly HostedMember[];
  /** Throws `RefusedError`. */
  setTopic(topic: string): void;
  /** Calls back synchronously with each event; returns the way to stop. */
  on(listener: (event: HostedRoomEvent) => void): () => void;
  /** To its members the host is away until it comes back. Resolves when sockets, timers and files are closed. */
  close(): Promise<void>;
}

/**
 * Opens a room and keeps it open until `close()`; resolves when the relay has opened it. Rejects with `RefusedError`,
 * and with `RangeError` for a number out of range.
 *
 *     const room = await hostRoom({ room: 'tea', relay: 'wss://chat.example.org', nick: 'ada', home: './ada' });
 *     console.log(room.invite);
 */
export async function hostRoom(options: HostRoomOptions): Promise<HostedRoom> {
  const { room, relay, nick, home, topic, private: unlisted, code } = options;
  const title = cleanTitle(room);
  if (title === undefined)
    throw new RefusedError(
      'bad-entry',
      `A room's title is 1 to ${MAX_TITLE_GRAPHEMES} characters without ~.`,
    );
  const name = cleanNick(nick);
  if (name === undefined) throw refusal('bad-nick');
  const policy = policyOf(options);
  const folders = resolveFolders({ home: home ?? tmpdir(), env: {} });
  const opened = await openProfile({ folders, as: 'host', nick: name, ephemeral: home === undefined });
  if (!opened.ok) throw new RefusedError('profile', opened.text);
  const profile = opened.value;
  const file = new FileFailure();
  const hosts = new RoomHosts({
    profile,
    nick: () => name,
    relayUrl: () => relay,
    runtimeDir: runtimeFolder(process.env),
    lan: undefined,
    dialler: file.guard.dialler(wsDialler),
    clock: file.guard.clock(systemClock),
  });
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= hosts.closeAll().finally(() => profile.close()));
  const request = {
    title,
    ...defined({ topic, private: unlisted, code }),
  };
  try {
    const started = await Promise.race([hosts.start(request, policy), file.happened]);
    if (!started.ok) throw refusal(started.code, { name: relay ?? title, ...started });
    return hostedRoom(started.value.host, file, close);
  } catch (error) {
    await close();
    throw ofFile(error);
  }
}

function hostedRoom(host: RunningHost, file: FileFailure, close: () => Promise<void>): HostedRoom {
  const listeners = new Listeners<HostedRoomEvent>();
  host.on((event) => listeners.tell(event));
  void file.happened.catch((failure: RefusedError) => {
    listeners.tell({ type: 'stopped', code: 'profile', text: failure.message });
    listeners.clear();
    // What else is damaged in the file is of no interest.
    close().catch(() => undefined);
  });
  return {
    id: host.room,
    get title() {
      return host.title;
    },
    get invite() {
      return host.invite;
    },
    get state() {
      return host.state;
    },
    members: () => host.members(),
    setTopic(topic) {
      const rejected = file.use(() => host.setTopic(topic));
      if (rejected) throw refusal(rejected.code, rejected);
    },
    on: (listener) => listeners.add(listener),
    close,
  };
}

function policyOf(wanted: Partial<RoomPolicy>): RoomPolicy {
  const { backlog, retain, maxMembers, rate } = wanted;
  return {
    backlog: inRange('backlog', backlog, policyRanges.backlog) ?? defaultPolicy.backlog,
    retain:
      retain === 'all' ? retain : (inRange('retain', retain, policyRanges.retain) ?? defaultPolicy.retain),
    maxMembers: inRange('maxMembers', maxMembers, policyRanges['max-members']) ?? defaultPolicy.maxMembers,
    rate: inRange('rate', rate, policyRanges.rate) ?? defaultPolicy.rate,
  };
}

function inRange(
  name: keyof RoomPolicy,
  value: number | undefined,
  [from, to]: readonly [number, number],
): number | undefined {
  if (value === undefined || (Number.isInteger(value) && value >= from && value <= to)) return value;
  const all = name === 'retain' ? ", or 'all'" : '';
  throw new RangeError(`${name} is a whole number from ${from} to ${to}${all}, not ${value}`);
}

function refusal(code: ClientRefusal, detail: RefusalDetail = {}): RefusedError {
  return new RefusedError(code, plainSentence(code, detail), detail.retryMs);
}
