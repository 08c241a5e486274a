import { watch } from 'node:fs';
import { localRelays, openRuntimeFolder, type LocalRelay } from './runtime-folder.ts';

/** How often the folder is read where no change was reported: a killed process takes nothing away itself. */
const POLL_MS = 1_000;

/** Tells the relays of this user's processes on this machine, at once and after every change, until the end is called. */
export function watchLocalRelays(folder: string, found: (relays: readonly LocalRelay[]) => void): () => void {
  let last: string | undefined;
  const look = (): void => {
    const relays = localRelays(folder);
    const now = JSON.stringify(relays);
    if (now === last) return;
    last = now;
    found(relays);
  };
  look();
  const watcher = openRuntimeFolder(folder) ? watch(folder, { persistent: false }, look) : undefined;
  watcher?.on('error', () => watcher.close());
  const timer = setInterval(look, POLL_MS);
  timer.unref();
  return () => {
    watcher?.close();
    clearInterval(timer);
  };
}
