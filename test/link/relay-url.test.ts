import { describe, expect, it } from 'vitest';
import { formatRelayUrl, parseRelayAddress, socketUrl } from '../../src/link/relay-url.ts';

function url(text: string): string | undefined {
  const address = parseRelayAddress(text);
  return address && formatRelayUrl(address);
}

describe('relay addresses', () => {
  it.each([
    ['chat.example.org', 'wss://chat.example.org:443'],
    ['chat.example.org:443', 'wss://chat.example.org:443'],
    ['chat.example.org:1878', 'ws://chat.example.org:1878'],
    ['Chat.Example.ORG', 'wss://chat.example.org:443'],
    ['localhost', 'ws://localhost:1878'],
    ['127.0.0.1', 'ws://127.0.0.1:1878'],
    ['192.168.1.20', 'ws://192.168.1.20:1878'],
    ['10.1.2.3', 'ws://10.1.2.3:1878'],
    ['172.16.0.1', 'ws://172.16.0.1:1878'],
    ['172.15.0.1', 'wss://172.15.0.1:443'],
    ['172.32.0.1', 'wss://172.32.0.1:443'],
    ['172.31.0.1', 'ws://172.31.0.1:1878'],
    ['100.63.0.1', 'wss://100.63.0.1:443'],
    ['100.64.0.1', 'ws://100.64.0.1:1878'],
    ['100.127.0.1', 'ws://100.127.0.1:1878'],
    ['100.128.0.1', 'wss://100.128.0.1:443'],
    ['ws://10.0.0.1:65535', 'ws://10.0.0.1:65535'],
    ['169.254.0.1', 'ws://169.254.0.1:1878'],
    ['169.168.0.1', 'wss://169.168.0.1:443'],
    ['8.8.8.8', 'wss://8.8.8.8:443'],
    ['laptop', 'ws://laptop:1878'],
    ['laptop.local', 'ws://laptop.local:1878'],
    ['[::1]', 'ws://[::1]:1878'],
    ['[fd00::5]:9000', 'ws://[fd00::5]:9000'],
    ['[2001:db8::1]', 'wss://[2001:db8::1]:443'],
    ['ws://chat.example.org', 'ws://chat.example.org:1878'],
    ['ws://chat.example.org:80/tc', 'ws://chat.example.org:80'],
    ['wss://chat.example.org/', 'wss://chat.example.org:443'],
    ['wss://chat.example.org:8443', 'wss://chat.example.org:8443'],
    ['tc://chat.example.org', 'ws://chat.example.org:1878'],
    ['tcs://chat.example.org', 'wss://chat.example.org:443'],
    ['  tc://10.0.0.1:5000  ', 'ws://10.0.0.1:5000'],
  ])('reads %s as %s', (text, expected) => {
    expect(url(text)).toBe(expected);
  });

  it.each([
    '',
    'http://chat.example.org',
    'chat.example.org:0',
    'chat.example.org:65536',
    'chat.example.org/other',
    'user@chat.example.org',
    'ws://chat.example.org/tc?x=1',
    'a b',
    '::1',
    '[::g]',
    '0x7f.1',
    '-x',
    'ws://',
    'ex\u0000ample',
  ])('refuses %j', (text) => {
    expect(url(text)).toBeUndefined();
  });

  it('opens the one path of a relay', () => {
    const address = parseRelayAddress('localhost:9');
    expect(address && socketUrl(address)).toBe('ws://localhost:9/tc');
  });
});
