import { keyTag } from '../../shared/crypto/sign.ts';
import { idBytes, parseRoomId, type IdentityKey, type RoomId } from '../../shared/ids.ts';
import { refused, type Result } from '../api.ts';
import type { KnownRoom } from '../archive/archive.ts';
import { fold } from '../fold.ts';
import type { ListedRoom } from '../session-events.ts';

/** A room by its id, with what is known of it. */
export interface FoundRoom {
  readonly id: RoomId;
  readonly host: IdentityKey;
  readonly listed?: ListedRoom;
  readonly known?: KnownRoom;
}

export interface RoomsInReach {
  readonly listed: readonly ListedRoom[];
  /** Rooms of the archive, which may be private or closed at the moment. */
  readonly known: readonly KnownRoom[];
  /** Host keys that rooms of a title had when they were first seen. */
  readonly pins: (title: string) => readonly IdentityKey[];
}

interface Candidate {
  readonly id: RoomId;
  readonly title: string;
  readonly host: IdentityKey;
}

/** `name` is a title, `title~tag` or a room id. A title whose host key is not the pinned one is refused, so that nobody takes a room's name. */
export function resolveRoom(name: string, { listed, known, pins }: RoomsInReach): Result<FoundRoom> {
  const byId = (id: RoomId): Result<FoundRoom> => {
    const [inReach, before] = [listed.find((room) => room.id === id), known.find((room) => room.id === id)];
    const either = inReach ?? before;
    if (!either) return refused('no-such-room');
    const found = { id: either.id, host: either.host };
    return {
      ok: true,
      value: { ...found, ...(inReach && { listed: inReach }), ...(before && { known: before }) },
    };
  };
  // First, since anybody may take another room's id for a title.
  const id = parseRoomId(name);
  if (id) {
    const found = byId(id);
    if (found.ok) return found;
  }
  const at = name.lastIndexOf('~');
  const [title, tag] = at < 0 ? [name, undefined] : [name.slice(0, at), name.slice(at + 1).toLowerCase()];
  const named = (room: Candidate): boolean =>
    fold(room.title) === fold(title) && (tag === undefined || tagOf(room) === tag);
  const exact = (room: Candidate): boolean => room.title === title;
  const here = narrowed(listed.filter(named), exact);
  const matches: readonly Candidate[] = here.length > 0 ? here : narrowed(known.filter(named), exact);
  const [first] = matches;
  if (!first) return refused('no-such-room');
  if (matches.length > 1) return { ok: false, code: 'ambiguous-room', names: matches.map(fullName) };
  const pinned = pins(first.title);
  if (tag === undefined && pinned.length > 0 && !pinned.includes(first.host))
    return { ok: false, code: 'changed-key', names: [fullName(first)] };
  return byId(first.id);
}

/** The only one where one room in reach has the title exactly so; else all. */
function narrowed<Room extends Candidate>(
  rooms: readonly Room[],
  exact: (room: Room) => boolean,
): readonly Room[] {
  const best = rooms.filter(exact);
  return best.length === 1 ? best : rooms;
}

function fullName(room: Candidate): string {
  return `${room.title}~${tagOf(room)}`;
}

function tagOf({ host }: Candidate): string {
  return keyTag(idBytes(host));
}
