import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import net, { isIPv4, Socket, type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type Server as Upgrades } from 'ws';
import { RELAY_PATH, SUBPROTOCOL } from '../shared/wire/version.ts';
import { RelaySocket } from './connection.ts';
import type { RelayLimits } from './limits.ts';
import { callerAddress, isNear, networkOf } from './network.ts';
import { Tally } from './rate-limit.ts';
import type { TlsFiles } from './tls-files.ts';

/** Pieces in which one message may arrive; a message has at most 64 KiB. */
const MAX_BUFFERED_CHUNKS = 1_024;
/** Sockets above the limits of connections that may be there to be told so: a share of the limit, and at most. */
const REFUSED_SHARE = 0.1;
const REFUSED_AT_ONCE = 256;

export interface ServerOptions {
  readonly limits: RelayLimits;
  readonly tls: TlsFiles | undefined;
  /** Proxies of ours in front, whose word on who calls counts. */
  readonly trustProxy: number;
  /** Networks that nothing is counted of. */
  readonly freeNetworks: readonly string[];
  /** Web pages that may connect, as browsers send `Origin`. */
  readonly origins: readonly string[];
  /** Everything works, the store included. */
  readonly ready: () => boolean;
  /** What looks like a proxy of ours says who calls, and is not believed. */
  readonly proxied: () => void;
  /** Something went wrong with the listener; it goes on. */
  readonly failed: (error: Error) => void;
  readonly connected: (ws: RelaySocket, socket: Socket, network: string) => void;
}

/** HTTP on one port: `/healthz`, `/readyz`, the upgrade, and nothing else. */
export class RelayServer {
  readonly #http: Server;
  readonly #https: TlsServer | undefined;
  readonly #upgrades: Upgrades<typeof RelaySocket>;
  readonly #options: ServerOptions;
  /** Sockets of each network, also those that never ask for anything. */
  readonly #sockets = new Tally();

  constructor(options: ServerOptions) {
    const { limits, tls } = options;
    const http = {
      headersTimeout: limits.httpMs,
      requestTimeout: limits.httpMs,
      connectionsCheckingInterval: limits.httpCheckMs,
      maxHeaderSize: limits.httpHeaderBytes,
      keepAliveTimeout: 1_000,
      noDelay: true,
      handshakeTimeout: limits.httpMs,
    };
    this.#options = options;
    const listener = (request: IncomingMessage, response: ServerResponse): void =>
      answer(request, response, options.ready);
    // An import of `node:http` loads undici, a tenth of a start: it asks for all that is exported.
    this.#https = tls && process.getBuiltinModule('node:https').createServer({ ...http, ...tls }, listener);
    this.#http = this.#https ?? process.getBuiltinModule('node:http').createServer(http, listener);
    // Node drops what is above its limit without a word, an `Origin` too: one more is let in and then refused.
    this.#http.maxHeadersCount = limits.httpHeaders + 1;
    this.limitsChanged();
    this.#http.on('connection', (socket: Socket) => this.#accepted(socket));
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    const websocket = {
      noServer: true,
      WebSocket: RelaySocket,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: limits.frameBytes,
      maxFragments: limits.fragments,
      maxBufferedChunks: MAX_BUFFERED_CHUNKS,
      autoPong: false,
      closeTimeout: limits.closeMs,
      handleProtocols: () => SUBPROTOCOL,
    };
    this.#upgrades = new WebSocketServer(websocket);
  }

  /** Resolves with the port; rejects with the system's error, for example `EADDRINUSE`. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#http.once('error', reject);
      this.#http.once('listening', () => {
        this.#http.off('error', reject);
        this.#http.on('error', (error) => this.#options.failed(error));
        resolve(portOf(this.#http.address()));
      });
      // Else Node.js asks its resolver for the address, and compiles a large expression: a twentieth of a start.
      if (isIPv4(host) && net.BoundSocket) this.#http.listen(new net.BoundSocket({ host, port }));
      else this.#http.listen(port, host);
    });
  }

  limitsChanged(): void {
    const { connections } = this.#options.limits;
    this.#http.maxConnections =
      connections + Math.min(REFUSED_AT_ONCE, Math.ceil(connections * REFUSED_SHARE));
  }

  /** For connections from now on. Throws when certificate and key do not fit. */
  useCertificate(files: TlsFiles): void {
    this.#https?.setSecureContext(files);
  }

  /** Stops accepting; resolves when every socket is closed. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#http.close(() => resolve());
      // Upgraded sockets are not among them.
      this.#http.closeAllConnections();
    });
  }

  /** Whoever only opens sockets must not use up the places of others. */
  #accepted(socket: Socket): void {
    const { limits, trustProxy, freeNetworks } = this.#options;
    const network = networkOf(socket.remoteAddress);
    // Behind a proxy all are of one address, and the proxy has to see to it.
    if (trustProxy > 0 || freeNetworks.includes(network)) return;
    this.#sockets.add(network);
    socket.once('close', () => this.#sockets.remove(network));
    if (this.#sockets.of(network) > socketsPerNetwork(limits)) socket.destroy();
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const status = this.#refusal(request);
    if (status || !(socket instanceof Socket)) {
      turnAway(socket, status ?? '400 Bad Request');
      return;
    }
    const { trustProxy, proxied } = this.#options;
    if (trustProxy === 0 && request.headers['x-forwarded-for'] !== undefined && isNear(socket.remoteAddress))
      proxied();
    const network = networkOf(callerAddress(socket.remoteAddress, request, trustProxy));
    this.#upgrades.handleUpgrade(request, socket, head, (ws) => this.#options.connected(ws, socket, network));
  }

  #refusal({ url = '', headers, rawHeaders }: IncomingMessage): string | undefined {
    if (rawHeaders.length / 2 > this.#options.limits.httpHeaders)
      return '431 Request Header Fields Too Large';
    if (url !== RELAY_PATH) return '404 Not Found';
    const origin = headers.origin;
    // A page in somebody's browser may reach where no stranger can: localhost and the local network.
    if (origin !== undefined && !this.#options.origins.includes(origin)) return '403 Forbidden';
    const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    return offered.includes(SUBPROTOCOL) ? undefined : '400 Bad Request';
  }
}

/** Sockets of one network, whatever they are for; one more is closed without a word. */
export function socketsPerNetwork({ connectionsPerNetwork, loginsPerNetwork }: RelayLimits): number {
  return 2 * (connectionsPerNetwork + loginsPerNetwork);
}

function answer(request: IncomingMessage, response: ServerResponse, ready: () => boolean): void {
  const asked = request.method === 'GET' || request.method === 'HEAD' ? request.url : undefined;
  const known = asked === '/healthz' || asked === '/readyz';
  const ok = asked === '/healthz' || (asked === '/readyz' && ready());
  const status = ok ? 200 : known ? 503 : 404;
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(`{"ok":${ok}}`);
}

function turnAway(socket: Duplex, status: string): void {
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`, () => socket.destroy());
}

function portOf(address: AddressInfo | string | null): number {
  return typeof address === 'object' && address ? address.port : 0;
}
