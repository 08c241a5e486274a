import { join } from 'node:path';
import * as v from 'valibot';
import type { Folders } from '../files/folders.ts';
import { openPrivateJson } from '../files/private-json.ts';
import { parseIdentityKey, parseLogId, parseRoomId, type RoomId } from '../shared/ids.ts';
import { MAX_READ_POSITIONS } from '../shared/limits.ts';
import type { ReadPosition, ReadPositions, ReadPositionsStore } from '../tui/services.ts';
import { defined } from '../shared/defined.ts';

const schema = v.object({
  rooms: v.record(
    v.string(),
    v.object({ log: v.string(), seq: v.pipe(v.number(), v.safeInteger(), v.minValue(0)) }),
  ),
  people: v.array(v.string()),
});

/** `keptAs` is where a file that could not be read was moved; nothing counts as unread then. */
export interface OpenedReadPositions {
  readonly readPositions: ReadPositionsStore;
  readonly keptAs?: string;
}

const nothing: ReadPositions = { rooms: new Map(), people: [] };

/** In the data folder of the identity in use. What cannot be read or written is no reason to stop a chat. */
export function openReadPositions({ data }: Pick<Folders, 'data'>): OpenedReadPositions {
  const file = openPrivateJson(join(data, 'read-positions.json'), nothing, decode);
  const readPositions: ReadPositionsStore = {
    load: () => file.value,
    save: ({ rooms, people }) => file.save({ rooms: Object.fromEntries(rooms), people }),
  };
  return { readPositions, ...defined({ keptAs: file.keptAs }) };
}

function decode(json: unknown): ReadPositions {
  const { rooms, people } = v.parse(schema, json);
  const positions = Object.entries(rooms).map(([id, { log, seq }]): [RoomId, ReadPosition] => [
    known(parseRoomId(id)),
    { log: known(parseLogId(log)), seq },
  ]);
  return {
    rooms: new Map(positions.slice(-MAX_READ_POSITIONS)),
    people: people.map((key) => known(parseIdentityKey(key))).slice(-MAX_READ_POSITIONS),
  };
}

function known<Id>(id: Id | undefined): Id {
  if (id === undefined) throw new TypeError('not an id');
  return id;
}
