import type { Settings } from '../client/profile/settings.ts';
import type { SavedRelays } from '../commands/context.ts';

/** Relays of the settings, as `/connect` and `/disconnect` change them. */
export function savedRelays(settings: Settings): SavedRelays {
  return {
    add(url) {
      const { relays } = settings.values;
      if (!relays.includes(url)) settings.update({ relays: [...relays, url] });
    },
    prefer(url) {
      const others = settings.values.relays.filter((relay) => relay !== url);
      settings.update({ relays: [url, ...others] });
    },
    remove(url) {
      settings.update({ relays: settings.values.relays.filter((relay) => relay !== url) });
    },
  };
}
