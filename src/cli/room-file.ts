import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { toBase32 } from '../shared/base32.ts';
import { hostedRoomsPath, type Folders } from '../files/folders.ts';

/** The SQLite file of a hosted room: one per title, so that hosting it again opens the same room. */
export function roomFile(folders: Folders, title: string): string {
  const name = toBase32(createHash('sha256').update(title.normalize('NFC')).digest().subarray(0, 10));
  return join(hostedRoomsPath(folders), `${name}.db`);
}
