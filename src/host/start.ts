import { systemClock, type Clock } from '../link/clock.ts';
import { Link } from '../link/link.ts';
import type { LinkReason } from '../link/link-state.ts';
import { parseRelayAddress } from '../link/relay-url.ts';
import type { Dialler } from '../link/transport.ts';
import { equalBytes, utf8 } from '../shared/bytes.ts';
import { formatInvite } from '../shared/crypto/invite.ts';
import { makeRoomId, type Signer } from '../shared/crypto/sign.ts';
import type { Rejection } from '../shared/errors.ts';
import { identityKey, roomId, type RoomId } from '../shared/ids.ts';
import { HARD_MAX_MEMBERS, LEAVE_GRACE_MS, MAX_TOPIC_BYTES } from '../shared/limits.ts';
import { cleanNick, cleanTitle, sanitizeLine } from '../shared/text.ts';
import type { HostDevice } from './lines/circuits.ts';
import type { CopyWatch } from './copies/copies.ts';
import { Hosting, type RunningHost } from './hosting.ts';
import { StorageError, type History, type RoomRecord } from './history/history.ts';
import { SqliteHistory } from './history/sqlite-history.ts';
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
  /** The room that the file has to hold: no other is opened, and none begun. */
  readonly room?: RoomId;
  /** A relay that is out of reach is no failure: the room opens when it is there again. */
  readonly patient?: boolean;
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
  | { readonly ok: false; readonly code: HostRefusal; readonly retryMs?: number; readonly limit?: number };

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
    return { ok: false, code: 'too-long', limit: MAX_TOPIC_BYTES };
  if (nick === undefined) return { ok: false, code: 'bad-nick' };
  const { signer } = options;
  let history: History | undefined;
  try {
    history = new SqliteHistory(options.dataFile);
    if (options.room !== undefined && !holds(history, options.room)) {
      history.close();
      return { ok: false, code: 'no-such-room' };
    }
    const record = openRecord(history, { ...options, owner: signer.publicKey, title });
    if (!equalBytes(record.room, makeRoomId(signer.publicKey, record.nonce))) {
      history.close();
      return { ok: false, code: 'not-allowed' };
    }
    const which = { room: roomId(record.room), key: identityKey(signer.publicKey) };
    const linkWith = (code: Uint8Array | undefined): string => {
      const { tls, host, port } = parseRelayAddress(options.inviteUrl?.() ?? options.relayUrl) ?? address;
      return formatInvite({ tls, host, port, ...which, ...(code && { code }) });
    };
    const hosting = hostingOf(options, { history, record, nick, linkWith });
    const failure = await hosting.start();
    return failure ? { ok: false, ...failure } : { ok: true, value: hosting };
  } catch (error) {
    history?.close();
    return { ok: false, code: storageCode(error) };
  }
}

function holds(history: History, room: RoomId): boolean {
  const record = history.record();
  return record !== undefined && roomId(record.room) === room;
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

/** The room as `options` would have it, on its links, which nobody has opened yet. */
function hostingOf(
  options: HostOptions,
  room: {
    readonly history: History;
    readonly record: RoomRecord;
    readonly nick: string;
    readonly linkWith: (code: Uint8Array | undefined) => string;
  },
): Hosting {
  const { clock = systemClock, random = Math.random, dialler } = options;
  const { signer, relayUrl, lanUrl, topic, backlog, retain } = options;
  const { record, linkWith } = room;
  const network = { dialler, clock, random };
  const linkTo = (url: string): Link => new Link({ ...network, url, purpose: 'host', signer });
  const urls = lanUrl === undefined ? [relayUrl] : [relayUrl, lanUrl];
  const meetingPoint = (secret: Uint8Array, link: () => string | Rejection): MeetingPoint =>
    meetingPointAt(urls.map((url) => new Rendezvous({ ...network, url, secret, link })));
  return new Hosting({
    ...room,
    signer,
    device: options.device,
    clock,
    random,
    backlog,
    retain,
    copies: options.copies,
    patient: options.patient ?? false,
    links:
      lanUrl === undefined
        ? [{ link: linkTo(relayUrl) }]
        : [
            { link: linkTo(relayUrl), via: 'relay' },
            { link: linkTo(lanUrl), via: 'lan' },
          ],
    invites: new Invites({ ...room, clock, meetingPoint }),
    invite: () => linkWith(record.code),
    policy: {
      maxMembers: Math.min(options.maxMembers, HARD_MAX_MEMBERS),
      posts: { rate: options.rate, burst: Math.max(1, options.burst) },
    },
    rekey: { ...defaultRekeyPolicy, ...options.rekey },
    graceMs: options.graceMs ?? LEAVE_GRACE_MS,
    topic: topic === undefined ? undefined : sanitizeLine(topic),
  });
}
