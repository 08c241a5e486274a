import { watch, type FSWatcher } from 'node:fs';
import { localRelays, openRuntimeFolder, type LocalRelay } from './runtime-folder.ts';

/** How often the folder is read where no change was reported: a killed process takes nothing away itself. */
const POLL_MS = 1_000;

/** Calls back when something in the folder changes. Throws the system's error. */
export type WatchFolder = (folder: string, changed: () => void) => Pick<FSWatcher, 'on' | 'close'>;

const watchFolder: WatchFolder = (folder, changed) => watch(folder, { persistent: false }, changed);

/** Tells the relays of this user's processes on this machine, at once and after every change, until the end is called. */
export function watchLocalRelays(
  folder: string,
  found: (relays: readonly LocalRelay[]) => void,
  watching: WatchFolder = watchFolder,
): () => void {
  let last: string | undefined;
  const look = (): void => {
    const relays = localRelays(folder);
    if (!relays) return;
    const now = JSON.stringify(relays);
    if (now === last) return;
    last = now;
    found(relays);
  };
  look();
  const watcher = openRuntimeFolder(folder) ? watched(folder, look, watching) : undefined;
  const timer = setInterval(look, POLL_MS);
  timer.unref();
  return () => {
    watcher?.close();
    clearInterval(timer);
  };
}

/** Undefined where the system has no more watches to give: then looking now and then has to do. */
function watched(
  folder: string,
  look: () => void,
  watching: WatchFolder,
): ReturnType<WatchFolder> | undefined {
  try {
    const watcher = watching(folder, look);
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
