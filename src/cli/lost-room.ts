import { existsSync } from 'node:fs';
import type { Profile } from '../client/profile/profile.ts';
import { roomFile } from './room-file.ts';

/**
 * The path of the file that a room of this title had, where it is gone and the profile's history tells that there was
 * one: whoever hosts the title now opens another room.
 */
export async function lostRoomFile(profile: Profile, title: string): Promise<string | undefined> {
  const file = roomFile(profile.folders, title);
  if (profile.guest || existsSync(file) || !existsSync(profile.archiveFile)) return undefined;
  const { openArchive } = await import('../client/archive/open-archive.ts');
  const archive = openArchive(profile.archiveFile);
  try {
    const hosted = archive.rooms.all().some((room) => room.title === title && room.host === profile.key);
    return hosted ? file : undefined;
  } finally {
    archive.close();
  }
}
