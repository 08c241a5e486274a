import type { ChatClient, RoomSession } from '../client/api.ts';
import { isPersonId, type BufferId } from './store/state.ts';

/** The session behind a buffer; undefined for the lobby, for people, and where a room is over. */
export function sessionOf(client: Pick<ChatClient, 'rooms'>, id: BufferId): RoomSession | undefined {
  return id === 'lobby' || isPersonId(id) ? undefined : client.rooms().find(({ info }) => info.id === id);
}
