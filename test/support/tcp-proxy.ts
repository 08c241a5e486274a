import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** How often a throttled direction takes what it may. */
const TICK_MS = 250;

/** A cable between clients and a relay: it can go dead without a word to either end, or become slow towards the clients. */
export class TcpProxy {
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  readonly #timer: NodeJS.Timeout;
  #dead = false;
  #bytesPerSecond = Number.POSITIVE_INFINITY;

  private constructor(server: Server, target: () => number) {
    this.#server = server;
    server.on('connection', (client) => this.#join(client, connect(target(), '127.0.0.1')));
    this.#timer = setInterval(() => this.#trickle(), TICK_MS);
  }

  static async start(target: () => number): Promise<TcpProxy> {
    const server = createServer({ noDelay: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TcpProxy(server, target);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Connections are accepted and stay open, and nothing passes; neither end is told. */
  cut(): void {
    this.#dead = true;
    for (const pair of this.#pairs) this.#flow(pair);
  }

  /** What was held passes, and what comes. */
  heal(): void {
    this.#dead = false;
    for (const pair of this.#pairs) this.#flow(pair);
  }

  /** Towards the clients, each connection. */
  throttle(bytesPerSecond: number): void {
    this.#bytesPerSecond = bytesPerSecond;
    for (const pair of this.#pairs) this.#flow(pair);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #join(client: Socket, upstream: Socket): void {
    const pair = [client, upstream] as const;
    this.#pairs.add(pair);
    upstream.setNoDelay(true);
    const end = (other: Socket) => (): void => {
      this.#pairs.delete(pair);
      // A dead cable passes on no goodbye either.
      if (!this.#dead) other.destroy();
    };
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('error', () => undefined);
      one.on('close', end(other));
      one.on('readable', () => {
        const slow = one === upstream && this.#bytesPerSecond !== Number.POSITIVE_INFINITY;
        if (!slow) this.#pass(one, other);
      });
    }
  }

  #flow([client, upstream]: readonly [Socket, Socket]): void {
    this.#pass(client, upstream);
    if (this.#bytesPerSecond === Number.POSITIVE_INFINITY) this.#pass(upstream, client);
  }

  #trickle(): void {
    if (this.#dead || this.#bytesPerSecond === Number.POSITIVE_INFINITY) return;
    for (const [client, upstream] of this.#pairs) {
      const wanted = Math.ceil((this.#bytesPerSecond * TICK_MS) / 1_000);
      const chunk: unknown = upstream.read(Math.min(wanted, upstream.readableLength)) ?? undefined;
      if (Buffer.isBuffer(chunk)) client.write(chunk);
    }
  }

  #pass(from: Socket, to: Socket): void {
    if (this.#dead) return;
    for (let chunk: unknown = from.read(); Buffer.isBuffer(chunk); chunk = from.read()) to.write(chunk);
  }
}
