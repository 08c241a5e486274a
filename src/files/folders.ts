import envPaths from 'env-paths';
import { join, resolve } from 'node:path';
import { UnusableFileError } from './unusable-file.ts';

/** Where one profile keeps things: settings and keys, history and rooms, logs. */
export interface Folders {
  readonly config: string;
  readonly data: string;
  readonly state: string;
}

export const DEFAULT_PROFILE = 'default';

/**
 * `home` (or `CHAT_TUI_HOME` of `env`) holds everything; without it the platform's usual folders do. Any profile but the
 * default one has folders of its own below. Throws `UnusableFileError` for a name that is no file name.
 */
export function resolveFolders(where: {
  readonly home?: string | undefined;
  readonly profile?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}): Folders {
  const profile = where.profile ?? DEFAULT_PROFILE;
  if (!/^[a-z0-9_-]{1,32}$/i.test(profile))
    throw new UnusableFileError('A profile name has 1 to 32 letters, digits, _ or -.');
  const own = profile === DEFAULT_PROFILE ? [] : ['profiles', profile];
  const home = where.home ?? where.env['CHAT_TUI_HOME'];
  if (home) {
    const base = resolve(home, ...own);
    return { config: join(base, 'config'), data: join(base, 'data'), state: join(base, 'state') };
  }
  const paths = envPaths('chat-tui', { suffix: '' });
  return {
    config: join(paths.config, ...own),
    data: join(paths.data, ...own),
    state: join(paths.log, ...own),
  };
}

/** Lines, outbox, pins and whispers of a profile. */
export function archivePath(folders: Folders): string {
  return join(folders.data, 'archive.db');
}

/** The rooms this profile hosts, one SQLite file each. */
export function hostedRoomsPath(folders: Folders): string {
  return join(folders.data, 'rooms');
}
