import type { Archive } from './archive.ts';
import { ArchiveDatabase, type LossListener } from './archive-database.ts';
import { SqlitePeopleArchive } from './people-archive.ts';
import { SqliteRoomArchive } from './room-archive.ts';
import { SqliteWhisperArchive } from './whisper-archive.ts';

/**
 * `file` is a path, made 0600 where it is missing, or `:memory:`. `failed` hears of writes that the disk would not take;
 * `busyMs` is how long a write waits for another process. Throws `UnusableFileError` when the file cannot be used.
 */
export function openArchive(file: string, failed?: LossListener, busyMs?: number): Archive {
  const db = new ArchiveDatabase(file, failed, busyMs);
  return {
    rooms: new SqliteRoomArchive(db),
    people: new SqlitePeopleArchive(db),
    whispers: new SqliteWhisperArchive(db),
    flush: () => db.flush(),
    close: () => db.close(),
  };
}
