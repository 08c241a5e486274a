import envPaths from 'env-paths';
import { homedir, userInfo } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { UnusableFileError } from './unusable-file.ts';
import type { Env } from '../shared/env.ts';
import { isDeviceName } from '../shared/text.ts';

/** Where one profile keeps things: settings and keys, history and rooms, logs. */
export interface Folders {
  readonly config: string;
  readonly data: string;
  readonly state: string;
}

const DEFAULT_PROFILE = 'default';

/**
 * `home` (or `CHAT_TUI_HOME` of `env`) holds everything; without it the platform's usual folders do. Any profile but the
 * default one has folders of its own below. Throws `UnusableFileError` for a name that is no file name.
 */
export function resolveFolders(where: {
  readonly home?: string | undefined;
  readonly profile?: string | undefined;
  readonly env: Env;
}): Folders {
  const profile = where.profile ?? DEFAULT_PROFILE;
  if (!isProfileName(profile))
    throw new UnusableFileError(
      'A profile name has 1 to 32 letters, digits, _ or -, and is no device of Windows such as NUL.',
    );
  const own = profile === DEFAULT_PROFILE ? [] : ['profiles', profile];
  const home = where.home ?? where.env['CHAT_TUI_HOME'];
  if (home) {
    const base = resolve(home, ...own);
    return { config: join(base, 'config'), data: join(base, 'data'), state: join(base, 'state') };
  }
  const paths = envPaths('chat-tui', { suffix: '' });
  return {
    config: join(absolute(paths.config, '.config'), ...own),
    data: join(absolute(paths.data, '.local/share'), ...own),
    state: join(absolute(paths.log, '.local/state'), ...own),
  };
}

export function isProfileName(text: string): boolean {
  return /^[a-z0-9_-]{1,32}$/i.test(text) && !isDeviceName(text);
}

/** An empty `HOME` or a relative `XDG_…` means another place in each folder; the place usual for this person is used then. */
function absolute(path: string, inHome: string): string {
  if (isAbsolute(path)) return path;
  const home = isAbsolute(homedir()) ? homedir() : userInfo().homedir;
  return join(home, inHome, 'chat-tui');
}

/** Lines, outbox, pins and whispers of a profile. */
export function archivePath(folders: Folders): string {
  return join(folders.data, 'archive.db');
}

/** The rooms this profile hosts, one SQLite file each. */
export function hostedRoomsPath(folders: Folders): string {
  return join(folders.data, 'rooms');
}
