import { describe, expect, it } from 'vitest';
import { savedRelays } from '../../src/cli/saved-relays.ts';
import { MAX_SAVED_RELAYS, memorySettings } from '../../src/client/profile/settings.ts';

const url = (number: number): string => `wss://relay-${number}.example`;

function full() {
  const settings = memorySettings({ relays: Array.from({ length: MAX_SAVED_RELAYS }, (_, at) => url(at)) });
  return { settings, saved: savedRelays(settings) };
}

describe('relays that are connected to next time', () => {
  it('are so many and no more, and one that is there already is not refused', () => {
    const { settings, saved } = full();
    const before = settings.values.relays;
    expect(saved.add(url(MAX_SAVED_RELAYS))).toBe(false);
    expect(saved.add(url(3))).toBe(true);
    expect(settings.values.relays).toEqual(before);
    saved.remove(url(3));
    expect(saved.add(url(MAX_SAVED_RELAYS))).toBe(true);
    expect(settings.values.relays.at(-1)).toBe(url(MAX_SAVED_RELAYS));
  });

  it('lose none of them to one that comes first', () => {
    const { settings, saved } = full();
    saved.prefer(url(3));
    expect(settings.values.relays[0]).toBe(url(3));
    const before = settings.values.relays;
    saved.prefer(url(MAX_SAVED_RELAYS));
    expect(settings.values.relays).toEqual(before);
  });
});
