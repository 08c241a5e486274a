import { MAX_SAVED_RELAYS, type Settings } from '../client/profile/settings.ts';
import type { SavedRelays } from '../commands/context.ts';

/** Relays of the settings, as `/connect` and `/disconnect` change them. */
export function savedRelays(settings: Settings): SavedRelays {
  return {
    add(url) {
      const { relays } = settings.values;
      if (relays.includes(url)) return true;
      if (relays.length >= MAX_SAVED_RELAYS) return false;
      settings.update({ relays: [...relays, url] });
      return true;
    },
    prefer(url) {
      const others = settings.values.relays.filter((relay) => relay !== url);
      if (others.length < MAX_SAVED_RELAYS) settings.update({ relays: [url, ...others] });
    },
    remove(url) {
      settings.update({ relays: settings.values.relays.filter((relay) => relay !== url) });
    },
  };
}
