import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A way to a relay whose connections are cut now and then. */
export class RoughLine {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, target: number) {
    this.#server = server;
    server.on('connection', (client) => {
      const upstream = connect(target, '127.0.0.1');
      this.#sockets.add(client);
      client.pipe(upstream).pipe(client);
      const end = (): void => {
        this.#sockets.delete(client);
        client.destroy();
        upstream.destroy();
      };
      for (const socket of [client, upstream]) socket.on('error', end).on('close', end);
    });
  }

  static start(target: number): Promise<RoughLine> {
    const server = createServer();
    return new Promise((resolve) =>
      server.listen(0, '127.0.0.1', () => resolve(new RoughLine(server, target))),
    );
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Cuts one connection; `pick` is in [0, 1). */
  cut(pick: number): boolean {
    const sockets = [...this.#sockets];
    const chosen = sockets[Math.floor(pick * sockets.length)];
    chosen?.destroy();
    return chosen !== undefined;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}
