import { describe, expect, it } from 'vitest';
import type { RelayInfo } from '../../../src/client/session-events.ts';
import { viaNames } from '../../../src/tui/view/words.ts';

const relay = (url: string, via: 'relay' | 'lan' = 'relay'): RelayInfo => ({ url, via, state: 'online' });
const chat = relay('wss://chat.example.org:443');

describe('how a room is reached', () => {
  it('is LAN or relay while there is one relay, and its short name where there are more', () => {
    const near = relay('ws://192.168.1.5:4000', 'lan');
    const one = viaNames([chat, near]);
    expect(one({ via: 'lan', relay: near.url }, 12)).toBe('LAN');
    expect(one({ via: 'relay', relay: chat.url }, 12)).toBe('relay');
    const two = viaNames([chat, near, relay('wss://irc.example.net:443')]);
    expect(two({ via: 'lan', relay: near.url }, 12)).toBe('LAN');
    expect(two({ via: 'relay', relay: chat.url }, 12)).toBe('chat');
  });

  it('fits its cells, of numbers the end', () => {
    const [a, b] = [relay('ws://10.0.0.17:1878'), relay('ws://10.0.0.17:1879')];
    expect(viaNames([a, b])({ via: 'relay', relay: b.url }, 7)).toBe('…7:1879');
    const long = relay('wss://conversations.example.net:443');
    expect(viaNames([a, long])({ via: 'relay', relay: long.url }, 7)).toBe('conver…');
  });
});
