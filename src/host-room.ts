import { tmpdir } from 'node:os';
import type { ClientRefusal } from './client/api.ts';
import { openProfile } from './client/profile/profile.ts';
import { RefusedError } from './client/public.ts';
import { plainSentence } from './client/words/plain-words.ts';
import type { RefusalDetail } from './client/words/refusal-words.ts';
import { RoomHosts } from './cli/room-hosts.ts';
import { resolveFolders } from './files/folders.ts';
import { UnusableFileError } from './files/unusable-file.ts';
import type { HostedMember, HostEvent } from './host/host-events.ts';
import type { RunningHost } from './host/hosting.ts';
import { runtimeFolder } from './lan/runtime-folder.ts';
import type { RoomId } from './shared/ids.ts';
import { defaultPolicy, policyRanges, type RoomPolicy } from './shared/room-policy.ts';
import { cleanNick, cleanTitle } from './shared/text.ts';

export interface HostRoomOptions extends Partial<RoomPolicy> {
  /** The room's title, 1 to 48 characters without `~`. */
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
  on(listener: (event: HostEvent) => void): () => void;
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
  if (title === undefined) throw refusal('bad-entry');
  const name = cleanNick(nick);
  if (name === undefined) throw refusal('bad-nick');
  const policy = policyOf(options);
  const folders = resolveFolders({ home: home ?? tmpdir(), env: {} });
  const opened = await openProfile({ folders, as: 'host', nick: name, ephemeral: home === undefined });
  if (!opened.ok) throw new RefusedError('profile', opened.text);
  const profile = opened.value;
  const hosts = new RoomHosts({
    profile,
    nick: () => name,
    relayUrl: () => relay,
    runtimeDir: runtimeFolder(process.env),
    lan: undefined,
  });
  const close = async (): Promise<void> => {
    await hosts.closeAll();
    profile.close();
  };
  const request = {
    title,
    ...(topic === undefined ? {} : { topic }),
    ...(unlisted === undefined ? {} : { private: unlisted }),
    ...(code === undefined ? {} : { code }),
  };
  try {
    const started = await hosts.start(request, policy);
    if (!started.ok) throw refusal(started.code, { name: relay ?? title, ...started });
    return hostedRoom(started.value.host, close);
  } catch (error) {
    await close();
    throw error instanceof UnusableFileError ? new RefusedError('profile', error.text) : error;
  }
}

function hostedRoom(host: RunningHost, close: () => Promise<void>): HostedRoom {
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
      const rejected = host.setTopic(topic);
      if (rejected) throw refusal(rejected.code, rejected);
    },
    on: (listener) => host.on(listener),
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
