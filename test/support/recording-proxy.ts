import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { RELAY_PATH, SUBPROTOCOL } from '../../src/shared/wire/version.ts';

/** Stands between clients and a relay and keeps every message that passes, unmasked, as the relay reads it. */
export class RecordingProxy {
  readonly #server: WebSocketServer;
  readonly #upstreams = new Set<WebSocket>();
  readonly messages: Buffer[] = [];

  private constructor(server: WebSocketServer, target: string) {
    this.#server = server;
    server.on('connection', (client) => {
      const upstream = new WebSocket(`${target}${RELAY_PATH}`, SUBPROTOCOL);
      this.#upstreams.add(upstream);
      const early: Buffer[] = [];
      client.on('message', (data: Buffer) => {
        this.messages.push(data);
        if (upstream.readyState === WebSocket.OPEN) upstream.send(data);
        else early.push(data);
      });
      upstream.on('open', () => early.splice(0).forEach((data) => upstream.send(data)));
      upstream.on('message', (data: Buffer) => {
        this.messages.push(data);
        client.send(data);
      });
      client.on('close', () => upstream.terminate());
      upstream.on('close', () => client.terminate());
      upstream.on('error', () => client.terminate());
      client.on('error', () => upstream.terminate());
    });
  }

  static async start(target: string): Promise<RecordingProxy> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, path: RELAY_PATH });
    await once(server, 'listening');
    return new RecordingProxy(server, target);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Everything that passed, in one piece. */
  recorded(): Buffer {
    return Buffer.concat(this.messages);
  }

  async close(): Promise<void> {
    for (const upstream of this.#upstreams) upstream.terminate();
    for (const client of this.#server.clients) client.terminate();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
