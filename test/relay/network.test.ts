import { describe, expect, it } from 'vitest';
import { callerAddress, networkOf } from '../../src/relay/network.ts';

describe('the network that limits are counted by', () => {
  it('is one IPv4 address, also inside an IPv6 one', () => {
    expect(networkOf('192.0.2.7')).toBe('192.0.2.7');
    expect(networkOf('::ffff:192.0.2.7')).toBe('192.0.2.7');
  });

  it('is the /64 of an IPv6 address, however it is written', () => {
    expect(networkOf('2001:db8:0:1:2:3:4:5')).toBe('2001:db8:0:1');
    expect(networkOf('2001:db8:0:1::9')).toBe('2001:db8:0:1');
    expect(networkOf('2001:0db8:0000:0001::')).toBe('2001:db8:0:1');
    expect(networkOf('fe80::1%eth0')).toBe('fe80:0:0:0:0:0:0:1');
    expect(networkOf('::1')).toBe('0:0:0:0');
  });

  it('is one and the same for whatever has no address', () => {
    expect(networkOf(undefined)).toBe('unknown');
    expect(networkOf('../../etc')).toBe('unknown');
  });
});

describe('the caller behind proxies', () => {
  const forwarded = (value?: string) => ({
    headers: value === undefined ? {} : { 'x-forwarded-for': value },
  });

  it('is the peer of the socket where no proxy is trusted, whatever the header says', () => {
    expect(callerAddress('192.0.2.1', forwarded('198.51.100.9'), 0)).toBe('192.0.2.1');
  });

  it('is what the outermost trusted proxy saw, not what the caller wrote before it', () => {
    expect(callerAddress('10.0.0.1', forwarded('203.0.113.66, 198.51.100.9'), 1)).toBe('198.51.100.9');
    expect(callerAddress('10.0.0.1', forwarded('203.0.113.66, 198.51.100.9, 10.0.0.2'), 2)).toBe(
      '198.51.100.9',
    );
  });

  it('is the peer where the header is missing, short or no address', () => {
    expect(callerAddress('10.0.0.1', forwarded(), 1)).toBe('10.0.0.1');
    expect(callerAddress('10.0.0.1', forwarded('198.51.100.9'), 2)).toBe('10.0.0.1');
    expect(callerAddress('10.0.0.1', forwarded('unknown'), 1)).toBe('10.0.0.1');
  });
});
