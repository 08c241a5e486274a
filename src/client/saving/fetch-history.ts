import type { RoomSession } from '../api.ts';

/** Events asked for at a time: whoever stops waits for no more than these. */
const AT_ONCE = 500;

export interface HistoryFetch {
  /** No more events than this are fetched. */
  readonly most: number;
  readonly signal?: AbortSignal;
  /** Told before and after each part, of how many events it will have been. */
  readonly progress: (done: number, total: number) => void;
}

/**
 * Fetches what the host still has and the archive has not, newest first. Resolves when all of it is here, `most` came, or
 * no more comes; `room.unfetched` then says what is missing.
 */
export async function fetchHistory(
  room: Pick<RoomSession, 'unfetched' | 'fetchOlder'>,
  { most, signal, progress }: HistoryFetch,
): Promise<void> {
  const total = Math.min(most, room.unfetched);
  let done = 0;
  if (total > 0) progress(done, total);
  while (done < total && signal?.aborted !== true) {
    const came = await room.fetchOlder(Math.min(AT_ONCE, total - done));
    if (came === 0) return;
    done += came;
    progress(done, total);
  }
}
