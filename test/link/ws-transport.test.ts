import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Transport } from '../../src/link/transport.ts';
import { wsDialler } from '../../src/link/ws-transport.ts';
import { KIB } from '../../src/shared/limits.ts';

/** One of this machine, with its interface behind `%`. */
const linkLocal = Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
  addresses.flatMap(({ address }) => (address.startsWith('fe80:') ? `${address}%${name}` : [])),
)[0];

interface Seen {
  readonly opened: boolean;
  readonly messages: Uint8Array[];
  readonly closed: [code: number, clean: boolean] | undefined;
}

async function rig(options: { protocol?: string } = {}) {
  const server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    handleProtocols: () => options.protocol ?? 'tc.v1',
  });
  await once(server, 'listening');
  const sockets: WebSocket[] = [];
  const requests: {
    url: string | undefined;
    protocol: string | undefined;
    extensions: string | undefined;
  }[] = [];
  server.on('connection', (socket, request) => {
    sockets.push(socket);
    const { 'sec-websocket-protocol': protocol, 'sec-websocket-extensions': extensions } = request.headers;
    requests.push({ url: request.url, protocol, extensions });
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.terminate();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { ...dial(`ws://127.0.0.1:${port}`), server, sockets, requests };
}

function dial(url: string): {
  transport: Transport;
  until: (fits: (seen: Seen) => boolean) => Promise<Seen>;
} {
  let seen: Seen = { opened: false, messages: [], closed: undefined };
  const waiting = new Set<() => void>();
  const update = (change: Partial<Seen>): void => {
    seen = { ...seen, ...change };
    for (const look of waiting) look();
  };
  const transport = wsDialler(url, {
    open: () => update({ opened: true }),
    message: (bytes) => update({ messages: [...seen.messages, bytes] }),
    closed: (code, clean) => update({ closed: [code, clean] }),
  });
  const until = (fits: (seen: Seen) => boolean): Promise<Seen> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!fits(seen)) return;
        waiting.delete(look);
        resolve(seen);
      };
      waiting.add(look);
      look();
    });
  return { transport, until };
}

describe('the WebSocket transport', () => {
  it('opens the relay path with its subprotocol and without compression', async () => {
    const { until, requests } = await rig();
    await until(({ opened }) => opened);
    expect(requests).toEqual([{ url: '/tc', protocol: 'tc.v1', extensions: undefined }]);
  });

  it('carries binary messages both ways as plain bytes', async () => {
    const { transport, until, sockets } = await rig();
    await until(({ opened }) => opened);
    const echoed = once(sockets[0] as WebSocket, 'message');
    transport.send(Uint8Array.of(1, 2, 3));
    expect((await echoed)[0]).toEqual(Buffer.of(1, 2, 3));
    sockets[0]?.send(Uint8Array.of(4, 5));
    const { messages } = await until(({ messages }) => messages.length === 1);
    expect(messages[0]).toEqual(Uint8Array.of(4, 5));
    expect(Buffer.isBuffer(messages[0])).toBe(false);
  });

  it('refuses text and what is larger than a frame', async () => {
    const text = await rig();
    await text.until(({ opened }) => opened);
    const textClosed = once(text.sockets[0] as WebSocket, 'close');
    text.sockets[0]?.send('hello');
    expect((await textClosed)[0]).toBe(1003);
    const large = await rig();
    await large.until(({ opened }) => opened);
    const largeClosed = once(large.sockets[0] as WebSocket, 'close');
    large.sockets[0]?.send(new Uint8Array(64 * KIB + 1));
    expect((await largeClosed)[0]).toBe(1009);
    expect((await large.until(({ closed }) => closed !== undefined)).messages).toEqual([]);
  });

  it('tells the code the relay closed with', async () => {
    const { until, sockets } = await rig();
    await until(({ opened }) => opened);
    sockets[0]?.close(4003);
    expect((await until(({ closed }) => closed !== undefined)).closed).toEqual([4003, true]);
  });

  it('tells a loss from a goodbye', async () => {
    const { until, sockets } = await rig();
    await until(({ opened }) => opened);
    sockets[0]?.terminate();
    expect((await until(({ closed }) => closed !== undefined)).closed).toEqual([1006, false]);
  });

  it.each(['ws://127.0.0.1:1', 'not a relay', 'ws://host.invalid'])(
    'ends without opening at %s',
    async (url) => {
      const seen = await dial(url).until(({ closed }) => closed !== undefined);
      expect(seen).toEqual({ opened: false, messages: [], closed: [1006, false] });
    },
  );

  it.skipIf(linkLocal === undefined)(
    'speaks TLS to a link-local address too where that was asked for',
    async () => {
      const server = createServer().listen(0, linkLocal);
      await once(server, 'listening');
      onTestFinished(() => void server.close());
      const { port } = server.address() as AddressInfo;
      const called: Promise<[Socket]> = once(server, 'connection') as Promise<[Socket]>;
      dial(`wss://[${linkLocal}]:${port}`);
      const [socket] = await called;
      onTestFinished(() => void socket.destroy());
      const [bytes] = (await once(socket, 'data')) as [Buffer];
      // A record of the handshake (RFC 8446 §5.1); in the clear it would be the G of GET.
      expect(bytes[0]).toBe(22);
    },
  );

  it('says goodbye with its code, and hears the answer also where it was not reading', async () => {
    const { transport, until, sockets } = await rig();
    await until(({ opened }) => opened);
    const heard = once(sockets[0] as WebSocket, 'close');
    transport.pause();
    transport.close(4001);
    expect((await heard)[0]).toBe(4001);
    expect((await until(({ closed }) => closed !== undefined)).closed).toEqual([4001, true]);
  });

  it('can be given up while it connects', async () => {
    const { transport, until } = await rig();
    transport.close(1000);
    const seen = await until(({ closed }) => closed !== undefined);
    expect(seen).toMatchObject({ opened: false, closed: [1006, false] });
  });

  it('does not accept another subprotocol', async () => {
    const { until } = await rig({ protocol: 'other' });
    expect(await until(({ closed }) => closed !== undefined)).toMatchObject({ opened: false });
  });
});
