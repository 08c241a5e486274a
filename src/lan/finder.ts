import type { FoundRelay } from './heard-relays.ts';
import type { LanService } from './lan-service.ts';
import { watchLocalRelays } from './local-finder.ts';

/** Finds relays on this machine and, with `lan`, on its networks. The shape is the client's `RelayFinder`. */
export function relayFinder(folder: string, lan?: Promise<LanService>) {
  return {
    watch(found: (urls: readonly string[]) => void): () => void {
      let near: readonly { readonly url: string; readonly instance?: string | undefined }[] = [];
      let far: readonly FoundRelay[] = [];
      let told: string | undefined;
      let ended = false;
      const stops: (() => void)[] = [];
      const tell = (): void => {
        // A relay of this machine is heard on the network too; the way over loopback is the better one.
        const own = new Set(near.map(({ instance }) => instance));
        const urls = [...near, ...far.filter(({ instance }) => !own.has(instance))].map(({ url }) => url);
        if (told === urls.join(' ')) return;
        told = urls.join(' ');
        found(urls);
      };
      stops.push(
        watchLocalRelays(folder, (relays) => {
          near = relays;
          tell();
        }),
      );
      void lan?.then((service) => {
        if (ended) return;
        stops.push(
          service.watch((relays) => {
            far = relays;
            tell();
          }),
        );
      });
      return () => {
        ended = true;
        for (const stop of stops) stop();
      };
    },
  };
}
