import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Folders } from '../../files/folders.ts';
import { keepAside } from '../../files/keep-aside.ts';
import { replacePrivateFile } from '../../files/private-files.ts';
import { fromBase32 } from '../../shared/base32.ts';
import { IDENTITY_BYTES, parseRoomId, relayId, type RoomId } from '../../shared/ids.ts';
import type { OpenRoom, OpenRoomsStore } from '../rooms/open-rooms.ts';

const schema = v.object({
  rooms: v.array(v.object({ id: v.string(), relay: v.optional(v.string()), lan: v.optional(v.string()) })),
  front: v.optional(v.string()),
});

interface Kept {
  readonly rooms: readonly OpenRoom[];
  /** The one looked at last; undefined: none of them. */
  readonly front?: RoomId | undefined;
}

/** The rooms that are open, and which of them is in front, from one run of the program to the next. */
export interface OpenRoomsFile extends OpenRoomsStore {
  loadFront(): RoomId | undefined;
  /** Must not throw: it is also called while the program goes down. */
  saveFront(front: RoomId | undefined): void;
}

/** `keptAs` is where a file that could not be read was moved. */
export interface OpenedRoomsFile {
  readonly openRooms: OpenRoomsFile;
  readonly keptAs?: string;
}

/** In the data folder of the identity in use. What cannot be read or written is no reason to stop a chat. */
export function openRoomsFile({ data }: Pick<Folders, 'data'>): OpenedRoomsFile {
  const path = join(data, 'open-rooms.json');
  const known = read(path);
  const before: Kept = known ?? { rooms: [] };
  let now: Kept = before;
  const keep = (change: Partial<Kept>): void => {
    now = { ...now, ...change };
    try {
      replacePrivateFile(path, JSON.stringify(now));
    } catch {
      // A full disk: these rooms have to be joined again.
    }
  };
  const openRooms: OpenRoomsFile = {
    load: () => before.rooms,
    save: (rooms) => keep({ rooms }),
    loadFront: () => before.front,
    saveFront: (front) => keep({ front }),
  };
  if (known) return { openRooms };
  try {
    return { openRooms, keptAs: keepAside(path) };
  } catch {
    return { openRooms };
  }
}

/** Undefined for what is there and names no rooms. */
function read(path: string): Kept | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat) return { rooms: [] };
  // Reading a FIFO would wait for ever.
  if (!stat.isFile()) return undefined;
  try {
    const { rooms, front } = v.parse(schema, JSON.parse(readFileSync(path, 'utf8')));
    return { rooms: rooms.map(openRoom), front: front === undefined ? undefined : parseRoomId(front) };
  } catch {
    return undefined;
  }
}

function openRoom({ id, relay, lan }: v.InferOutput<typeof schema>['rooms'][number]): OpenRoom {
  const [room, near] = [parseRoomId(id), lan === undefined ? undefined : fromBase32(lan, IDENTITY_BYTES)];
  if (!room || (lan !== undefined && !near)) throw new TypeError('not a room');
  return {
    id: room,
    ...(relay === undefined ? {} : { relay }),
    ...(near === undefined ? {} : { lan: relayId(near) }),
  };
}
