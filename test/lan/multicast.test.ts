import { EventEmitter } from 'node:events';
import type multicastDns from 'multicast-dns';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { LanInterface } from '../../src/lan/lan-interfaces.ts';
import { LanSockets } from '../../src/lan/multicast.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Of no network: what is done to it is all that happens. */
class Socket extends EventEmitter {
  destroyed = false;
  query(): void {}
  destroy(done: () => void): void {
    this.destroyed = true;
    done();
  }
}

it('IPv6 goes out of the interface by its name, and by its number where that is what the system wants', async () => {
  const asked: (string | undefined)[] = [];
  const open = (options?: { readonly interface?: string }): Socket => {
    asked.push(options?.interface);
    return new Socket();
  };
  const used = (): LanInterface[] => [
    { name: 'en0', v4: undefined, v6: 'fe80::1' },
    { name: 'Wi-Fi', v4: undefined, v6: 'fe80::2', zone: '12' },
  ];
  const multicast = new LanSockets(open as unknown as typeof multicastDns, used);
  expect(asked).toEqual(['::%en0', '::%12']);
  await multicast.close();
});

it('of a socket that fails the successor stays, whatever the first has to say later', async () => {
  const sockets: Socket[] = [];
  const open = (): Socket => {
    const socket = new Socket();
    sockets.push(socket);
    return socket;
  };
  const cable: LanInterface[] = [{ name: 'eth0', v4: '10.0.0.1', v6: undefined }];
  const multicast = new LanSockets(open as unknown as typeof multicastDns, () => cable);
  sockets[0]?.emit('error', new Error('bind EADDRINUSE'));
  expect(multicast.state).toEqual({ addresses: [], troubles: ['eth0 (10.0.0.1): bind EADDRINUSE'] });
  vi.advanceTimersByTime(5_000);
  expect(multicast.state).toEqual({ addresses: ['10.0.0.1'], troubles: [] });
  sockets[0]?.emit('error', new Error('bind EADDRINUSE'));
  expect(multicast.state).toEqual({ addresses: ['10.0.0.1'], troubles: [] });
  expect(sockets.map(({ destroyed }) => destroyed)).toEqual([true, false]);
  await multicast.close();
  expect(sockets.map(({ destroyed }) => destroyed)).toEqual([true, true]);
});
