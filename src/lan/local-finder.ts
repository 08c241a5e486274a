import { watch } from 'node:fs';
import { localRelays, openRuntimeFolder } from './runtime-folder.ts';

/** How often the folder is read where no change was reported: a killed process takes nothing away itself. */
const POLL_MS = 1_000;

/** Finds the relays of this user's processes on this machine. The shape is the client's `RelayFinder`. */
export function localFinder(folder: string) {
  return {
    watch(found: (urls: readonly string[]) => void): () => void {
      let last: string | undefined;
      const look = (): void => {
        const urls = localRelays(folder).map((relay) => relay.url);
        const now = urls.join(' ');
        if (now === last) return;
        last = now;
        found(urls);
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
    },
  };
}
