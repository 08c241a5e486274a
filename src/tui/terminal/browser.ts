import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Env } from '../../shared/env.ts';

/** Of Windows' `rundll32`: whatever opens a page there. */
const HANDLER = 'url.dll,FileProtocolHandler';

/** Opens a web page in this machine's browser; false when the link is none, or there is no browser to be had. */
export function openPage(url: string, env: Env, platform: NodeJS.Platform = process.platform): boolean {
  const page = webPage(url);
  const command = page === undefined ? undefined : browserOf(env, platform);
  if (page === undefined || command === undefined) return false;
  const [program, ...args] = command;
  // Loaded for the one who opens a page: a first frame does not wait for it.
  const { spawn } = process.getBuiltinModule('node:child_process');
  const child = spawn(program, [...args, page], { detached: true, stdio: 'ignore' });
  child.on('error', () => undefined);
  child.unref();
  return true;
}

/** Only pages of the web, written out by the URL parser: nothing that a shell or an option parser could read otherwise. */
export function webPage(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, href } = new URL(url);
  return protocol === 'https:' || protocol === 'http:' ? href : undefined;
}

function browserOf(env: Env, platform: NodeJS.Platform): [string, ...string[]] | undefined {
  if (platform === 'darwin' || platform === 'win32') {
    // What opens there nobody sees who is here.
    if (env['SSH_CONNECTION']) return undefined;
    return platform === 'darwin' ? ['open'] : ['rundll32', HANDLER];
  }
  const shown = env['DISPLAY'] || env['WAYLAND_DISPLAY'];
  const wanted = env['WSL_DISTRO_NAME'] ? ['wslview', 'rundll32.exe'] : shown ? ['xdg-open', 'gio'] : [];
  const found = wanted.find((name) => isThere(name, env));
  if (found === 'gio') return ['gio', 'open'];
  if (found === 'rundll32.exe') return [found, HANDLER];
  return found === undefined ? undefined : [found];
}

function isThere(name: string, env: Env): boolean {
  return (env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
