import { join } from 'node:path';
import * as v from 'valibot';
import type { Folders } from '../../files/folders.ts';
import { openPrivateJson } from '../../files/private-json.ts';
import { fromBase32 } from '../../shared/base32.ts';
import { IDENTITY_BYTES, parseRoomId, relayId, type RoomId } from '../../shared/ids.ts';
import { policyRanges, type PolicyOption, type RoomPolicy } from '../../shared/room-policy.ts';
import type { OpenRoom, OpenRoomsStore } from '../rooms/open-rooms.ts';
import { defined } from '../../shared/defined.ts';

const inRange = (option: PolicyOption) => {
  const [from, to] = policyRanges[option];
  return v.pipe(v.number(), v.integer(), v.minValue(from), v.maxValue(to));
};

const schema = v.object({
  rooms: v.array(v.object({ id: v.string(), relay: v.optional(v.string()), lan: v.optional(v.string()) })),
  front: v.optional(v.string()),
  hosted: v.optional(
    v.array(
      v.object({
        id: v.string(),
        title: v.string(),
        relay: v.exactOptional(v.string()),
        policy: v.optional(
          v.object({
            backlog: v.exactOptional(inRange('backlog')),
            retain: v.exactOptional(v.union([v.literal('all'), inRange('retain')])),
            maxMembers: v.exactOptional(inRange('max-members')),
            rate: v.exactOptional(inRange('rate')),
          }),
          {},
        ),
      }),
    ),
    [],
  ),
});

/** A room that this profile kept open itself; what else is known of it is in its own file. */
export interface HostedBefore {
  readonly id: RoomId;
  readonly title: string;
  /** URL of the relay where it was open; absent: only that of this machine. */
  readonly relay?: string;
  /** What is not the default. */
  readonly policy: Partial<RoomPolicy>;
}

/** What is in front: a room or, by key, the window for one person; undefined: the lobby. */
export type Front = RoomId | `@${string}`;

interface Kept {
  readonly rooms: readonly OpenRoom[];
  readonly front?: Front | undefined;
  readonly hosted: readonly HostedBefore[];
}

/** Where the rooms that a program hosts are kept until it is started again. */
export interface HostedBeforeStore {
  /** Those of the run before. */
  loadHosted(): readonly HostedBefore[];
  /** Must not throw: a room is no worse for not being remembered. */
  saveHosted(hosted: readonly HostedBefore[]): void;
}

/** The rooms that are open, which of them is in front, and which are hosted here, from one run of the program to the next. */
export interface OpenRoomsFile extends OpenRoomsStore, HostedBeforeStore {
  loadFront(): Front | undefined;
  /** Must not throw: it is also called while the program goes down. */
  saveFront(front: Front | undefined): void;
}

/** `keptAs` is where a file that could not be read was moved. */
export interface OpenedRoomsFile {
  readonly openRooms: OpenRoomsFile;
  readonly keptAs?: string;
}

/** In the data folder of the identity in use. What cannot be read or written is no reason to stop a chat. */
export function openRoomsFile({ data }: Pick<Folders, 'data'>): OpenedRoomsFile {
  const { value: before, keptAs, save } = openPrivateJson(join(data, 'open-rooms.json'), nothing, decode);
  let now = before;
  const keep = (change: Partial<Kept>): void => {
    now = { ...now, ...change };
    save(now);
  };
  const openRooms: OpenRoomsFile = {
    load: () => before.rooms,
    save: (rooms) => keep({ rooms }),
    loadFront: () => before.front,
    saveFront: (front) => keep({ front }),
    loadHosted: () => before.hosted,
    saveHosted: (hosted) => keep({ hosted }),
  };
  return { openRooms, ...defined({ keptAs }) };
}

const nothing: Kept = { rooms: [], hosted: [] };

function decode(json: unknown): Kept {
  const { rooms, front, hosted } = v.parse(schema, json);
  return {
    rooms: rooms.map(openRoom),
    front: front?.startsWith('@') ? `@${front.slice(1)}` : parseRoomId(front ?? ''),
    hosted: hosted.map((each) => ({ ...each, id: namedRoom(each.id) })),
  };
}

function openRoom({ id, relay, lan }: v.InferOutput<typeof schema>['rooms'][number]): OpenRoom {
  const near = lan === undefined ? undefined : fromBase32(lan, IDENTITY_BYTES);
  if (lan !== undefined && !near) throw new TypeError('not a relay');
  return {
    id: namedRoom(id),
    ...defined({ relay }),
    ...(near === undefined ? {} : { lan: relayId(near) }),
  };
}

function namedRoom(id: string): RoomId {
  const room = parseRoomId(id);
  if (!room) throw new TypeError('not a room');
  return room;
}
