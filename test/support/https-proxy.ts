import { once } from 'node:events';
import { createServer } from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { tlsPair } from './tls-pair.ts';

export interface HttpsProxy {
  readonly url: string;
  /** What callers have to trust, for `NODE_EXTRA_CA_CERTS`. */
  readonly cert: string;
  close(): Promise<void>;
}

/**
 * What Caddy or nginx do in front of a relay: ends TLS, passes the upgrade on, and adds who called. `callerOf` plays the
 * addresses of the internet, by number of the connection.
 */
export async function httpsProxy(
  target: number,
  callerOf: (connection: number) => string,
): Promise<HttpsProxy> {
  const sockets = new Set<Socket>();
  const server = createServer(tlsPair);
  let count = 0;
  server.on('upgrade', (request, caller: Socket, head) => {
    const relay = connect(target, '127.0.0.1');
    for (const socket of [caller, relay]) {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      socket.on('error', () => socket.destroy());
    }
    const headers = {
      ...request.headers,
      'x-forwarded-for': callerOf(count++),
      'x-forwarded-proto': 'https',
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}`);
    relay.write(`GET ${request.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    relay.write(head);
    relay.pipe(caller).pipe(relay);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `wss://127.0.0.1:${port}`,
    cert: tlsPair.cert,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
