import type { RoomId } from '../../shared/ids.ts';
import { fold } from '../fold.ts';
import type { ListedRoom, RoomInfo } from '../session-events.ts';

type Named = Pick<ListedRoom | RoomInfo, 'id' | 'title' | 'tag'>;

/** How each room is called: by its title while that leads to no other room in reach, otherwise by title and key tag. */
export function roomNames(rooms: readonly Named[]): ReadonlyMap<RoomId, string> {
  const byTitle = new Map<string, Set<RoomId>>();
  for (const { id, title } of rooms) {
    const folded = fold(title);
    byTitle.set(folded, (byTitle.get(folded) ?? new Set()).add(id));
  }
  return new Map(
    rooms.map(({ id, title, tag }) => [
      id,
      (byTitle.get(fold(title))?.size ?? 1) > 1 ? `${title}~${tag}` : title,
    ]),
  );
}
