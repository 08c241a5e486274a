import { describe, expect, it } from 'vitest';
import { relayMarks, relayNames, roomCounts } from '../../../src/client/relays/relay-names.ts';
import { roomId } from '../../../src/shared/ids.ts';

const far = (url: string, name?: string) => ({
  url,
  via: 'relay' as const,
  ...(name === undefined ? {} : { name }),
});
const names = (...relays: Parameters<typeof relayNames>[0]) => [...relayNames(relays).values()];

describe('the short name of a relay', () => {
  it('is what its operator calls it, else the first part of its address', () => {
    expect(names(far('wss://chat.example.org:443', 'tearoom'), far('wss://irc.example.net:443'))).toEqual([
      'tearoom',
      'irc',
    ]);
  });

  it('is as much of the address as tells it from the others', () => {
    expect(names(far('wss://chat.example.org:443'), far('wss://chat.other.org:443'))).toEqual([
      'chat.example',
      'chat.other',
    ]);
    expect(names(far('ws://10.0.0.7:1878'), far('ws://10.0.0.7:1879'), far('ws://10.0.0.8:1878'))).toEqual([
      '10.0.0.7:1878',
      '10.0.0.7:1879',
      '10.0.0.8',
    ]);
    expect(names(far('ws://[::1]:1878'), far('ws://localhost:1878'))).toEqual(['[::1]', 'localhost']);
    expect(names(far('ws://a:1'), far('wss://a:1'))).toEqual(['ws://a:1', 'wss://a:1']);
  });

  it('is not what another one is called, or looks like', () => {
    const taken = far('wss://chat.example.org:443');
    for (const name of ['chat', 'Chat', 'ch\u0430t', 'chat.example', 'two words', 'x'.repeat(17)])
      expect(names(taken, far('wss://evil.example.net:443', name))[1]).toBe('evil');
    expect(names(far('wss://a.org:443', 'tea'), far('wss://b.org:443', 'tea'))).toEqual(['a', 'b']);
  });

  it('is LAN for all of this network', () => {
    const near = { url: 'ws://192.168.1.5:4000', via: 'lan' as const, name: 'x' };
    expect(names(near, { ...near, url: 'ws://192.168.1.6:4000' }, far('wss://a.org:443'))).toEqual([
      'LAN',
      'LAN',
      'a',
    ]);
  });

  it('marks rooms only where there are two to tell apart', () => {
    const near = { url: 'ws://192.168.1.5:4000', via: 'lan' as const };
    expect(relayMarks([far('wss://a.org:443'), near]).size).toBe(0);
    expect(relayMarks([far('wss://a.org:443'), far('wss://b.org:443')]).get('wss://b.org:443')).toBe('b');
  });

  it('comes with how many rooms are there, each counted once', () => {
    const room = (n: number, relay: string) => ({ id: roomId(new Uint8Array(16).fill(n)), relay });
    const counts = roomCounts([room(1, 'a'), room(2, 'a'), room(3, 'b')], [room(1, 'a'), room(4, 'a')]);
    expect([...counts]).toEqual([
      ['a', 3],
      ['b', 1],
    ]);
  });
});
