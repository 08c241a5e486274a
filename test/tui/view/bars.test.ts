import { describe, expect, it } from 'vitest';
import type { RelayInfo } from '../../../src/client/session-events.ts';
import { initialState } from '../../../src/tui/store/state.ts';
import { statusBar } from '../../../src/tui/view/bars.ts';
import { plainText } from '../../../src/tui/view/span.ts';
import { personNamed } from '../../support/memory-room.ts';

function bar(...relays: readonly RelayInfo[]): string {
  const state = initialState({ ...personNamed('ada'), guest: false });
  return plainText(statusBar({ ...state, relays }, 80));
}

describe('the status bar of the lobby', () => {
  const near = (port: number): RelayInfo => ({
    url: `ws://192.168.1.5:${port}`,
    via: 'lan',
    state: 'online',
    ms: 5,
  });
  const chat: RelayInfo = { url: 'wss://chat.example.org', via: 'relay', state: 'online', ms: 31 };

  it('has one part for the hosts of the network, however many there are', () => {
    expect(bar(near(4000))).toMatch(/^─ LAN 5 ms ─+$/);
    expect(bar(near(4000), chat, near(4001), near(4002))).toMatch(
      /^─ chat\.example\.org 31 ms ─ LAN, 3 hosts ─+$/,
    );
  });

  it('has one of its own for a host that is out of reach', () => {
    expect(bar(near(4000), near(4001), { ...near(4002), state: 'reconnecting' })).toMatch(
      /^─ LAN: connection lost; dialling again ─ LAN, 2 hosts ─+$/,
    );
  });
});
