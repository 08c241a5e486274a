import type { RoomId } from '../../shared/ids.ts';
import {
  isPersonId,
  type Buffer,
  type BufferId,
  type LobbyBuffer,
  type PersonBuffer,
  type PersonId,
  type RoomBuffer,
  type State,
} from './state.ts';

/** The state with this room changed; the same state where there is none, or nothing of it changes. */
export function changeRoom(state: State, id: RoomId, change: (room: RoomBuffer) => RoomBuffer): State {
  const at = state.rooms.findIndex((room) => room.id === id);
  const room = state.rooms[at];
  if (!room) return state;
  const changed = change(room);
  return changed === room ? state : { ...state, rooms: state.rooms.with(at, changed) };
}

export function changePerson(
  state: State,
  id: PersonId,
  change: (person: PersonBuffer) => PersonBuffer,
): State {
  return { ...state, people: state.people.map((each) => (each.id === id ? change(each) : each)) };
}

/** For what all buffers have in common. */
export function changeBuffer(
  state: State,
  id: BufferId,
  change: <Kind extends Buffer>(buffer: Kind) => Kind,
): State {
  if (id === 'lobby') return { ...state, lobby: change<LobbyBuffer>(state.lobby) };
  return isPersonId(id)
    ? changePerson(state, id, change<PersonBuffer>)
    : changeRoom(state, id, change<RoomBuffer>);
}
