import { connect, type Socket } from 'node:net';
import { checkServerIdentity, connect as connectTls } from 'node:tls';
import { WebSocket, type ClientOptions } from 'ws';
import { SECOND, MAX_FRAME_BYTES } from '../shared/limits.ts';
import { SUBPROTOCOL } from '../shared/wire/version.ts';
import { isOwnAddress } from './own-address.ts';
import { hasScope, parseRelayAddress, socketUrl, type RelayAddress } from './relay-url.ts';
import { nowhere, type Dialler, type Transport } from './transport.ts';

const HANDSHAKE_MS = 10 * SECOND;
/** How long a silent peer may hold a closing socket. */
const CLOSE_MS = 2 * SECOND;
const LOST = 1006;
/** What a relay may ask of us is bounded like what we may ask of a relay (`src/relay/limits.ts`). */
const MAX_FRAGMENTS = 16;
const MAX_BUFFERED_CHUNKS = 1_024;
const MAX_PENDING_PONGS = 4;

// What is missing from the published types of ws.
interface NewerOptions {
  readonly closeTimeout: number;
  readonly maxFragments: number;
  readonly maxBufferedChunks: number;
  readonly maxPendingAutoPongs: number;
}

const socketOptions: ClientOptions & NewerOptions = {
  perMessageDeflate: false,
  handshakeTimeout: HANDSHAKE_MS,
  closeTimeout: CLOSE_MS,
  maxPayload: MAX_FRAME_BYTES,
  maxFragments: MAX_FRAGMENTS,
  maxBufferedChunks: MAX_BUFFERED_CHUNKS,
  maxPendingAutoPongs: MAX_PENDING_PONGS,
  followRedirects: false,
};

/** Dials relays over WebSocket; `url` is anything `parseRelayAddress` reads. */
export const wsDialler: Dialler = (url, events): Transport => {
  const address = parseRelayAddress(url);
  if (!address) {
    queueMicrotask(() => events.closed(LOST, false));
    return nowhere;
  }
  const scoped = hasScope(address.host) ? { createConnection: () => scopedSocket(address) } : {};
  const socket = new WebSocket(socketUrl(address), SUBPROTOCOL, { ...socketOptions, ...scoped });
  let from: string | undefined;
  socket.on('upgrade', ({ socket: { localAddress } }) => {
    // Some systems do not name all of their addresses.
    if (localAddress !== undefined && isOwnAddress(localAddress)) from = localAddress;
  });
  socket.on('open', () => events.open());
  socket.on('message', (data, isBinary) => {
    // Not a Buffer: its `slice` would share memory where everybody expects a copy.
    if (isBinary && data instanceof Uint8Array)
      events.message(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    else socket.close(1003);
  });
  // `close` follows with the code; without a listener the error would end the process.
  socket.on('error', () => undefined);
  socket.on('close', (code) => events.closed(code, code !== LOST));
  return {
    send(bytes) {
      if (socket.readyState === WebSocket.OPEN) socket.send(bytes);
    },
    close(code, reason) {
      if (socket.readyState === WebSocket.CONNECTING) return socket.terminate();
      socket.close(code, reason);
      // Its goodbye can only be heard when it is read.
      socket.resume();
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    get buffered() {
      return socket.bufferedAmount;
    },
    get stranded() {
      return from !== undefined && !isOwnAddress(from);
    },
  };
};

/** Link-local addresses are the same on every network: only the interface, which URLs have no place for, says which is meant. */
function scopedSocket({ tls, host: bracketed, port }: RelayAddress): Socket {
  const host = bracketed.replace(/[[\]]/g, '');
  if (!tls) return connect({ host, port });
  const [named = ''] = host.split('%');
  return connectTls({ host, port, checkServerIdentity: (_, cert) => checkServerIdentity(named, cert) });
}
