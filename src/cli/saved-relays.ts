import type { Settings } from '../client/settings.ts';
import type { CommandContext } from '../commands/context.ts';

/** Relays of the settings, as `/connect` and `/disconnect` change them. */
export function savedRelays(settings: Settings): CommandContext['savedRelays'] {
  return {
    add(url) {
      const { relays } = settings.values;
      if (!relays.includes(url)) settings.update({ relays: [...relays, url] });
    },
    remove(url) {
      settings.update({ relays: settings.values.relays.filter((relay) => relay !== url) });
    },
  };
}
