// A relay that says more than anybody can listen to: whoever asks what it lists is told of rooms, truly signed, again and
// again and as fast as it takes them. A JSON line on stdout tells where it is.
import { WebSocketServer, type WebSocket } from 'ws';
import {
  decodeFromClient,
  encodeControl,
  encodeListing,
  helloBytes,
  labels,
  randomBytes,
  SUBPROTOCOL,
  WIRE_VERSION,
  type Reply,
} from '../../src/shared/public.ts';
import { PaperHost, person } from './peers/paper-host.ts';

const ROOMS = 3_000;
/** As many as fit a control frame. */
const ROOMS_A_FRAME = 90;
const AHEAD_BYTES = 1_000_000;

const relay = person();
const limits = {
  rooms: 3,
  members: 250,
  framesPerSecond: 20,
  bytesPerSecond: 65_536,
  mailboxMessages: 128,
  mailBytes: 16_384,
};
const expires = Math.floor(Date.now() / 1_000) + 600;
const owner = person();
const entries = Array.from({ length: ROOMS }, (_, index) => {
  const { room, nonce } = new PaperHost(undefined, owner);
  const body = encodeListing({
    room,
    host: owner.publicKey,
    nonce,
    title: `room ${index}`,
    topic: '',
    code: false,
    rev: 1,
    expires,
  });
  return { body, sig: owner.sign(labels.list, body), members: 1 };
});
const frames = Array.from({ length: Math.ceil(ROOMS / ROOMS_A_FRAME) }, (_, index) => {
  const some = entries.slice(index * ROOMS_A_FRAME, (index + 1) * ROOMS_A_FRAME);
  return encodeControl({ t: 'listing', full: false, entries: some, gone: [] });
});

function flood(socket: WebSocket, next = 0): void {
  let at = next;
  for (; socket.bufferedAmount < AHEAD_BYTES; at = (at + 1) % frames.length) {
    if (socket.readyState !== socket.OPEN) return;
    socket.send(frames[at] ?? new Uint8Array());
  }
  setTimeout(() => flood(socket, at), 1);
}

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => SUBPROTOCOL });
server.on('connection', (socket) => {
  const relayNonce = randomBytes(32);
  const say = (message: Reply): void => socket.send(encodeControl(message));
  socket.on('error', () => undefined);
  socket.on('message', (data) => {
    const frame = Buffer.isBuffer(data) ? decodeFromClient(Uint8Array.from(data)) : undefined;
    if (frame?.type !== 'control') return;
    const asked = frame.message;
    if (asked.t === 'login') {
      const nonces = { relay: relay.publicKey, relayNonce, clientNonce: asked.nonce };
      const sig = relay.sign(labels.hello, helloBytes(nonces, asked.identity));
      say({ t: 'hello', rid: asked.rid, sig, limits });
    } else if (asked.t === 'watch') {
      say({ t: 'listing', rid: asked.rid, full: true, entries: [], gone: [] });
      flood(socket);
    }
  });
  say({ t: 'challenge', v: WIRE_VERSION, relay: relay.publicKey, nonce: relayNonce });
});
server.on('listening', () => {
  const address = server.address();
  if (typeof address === 'object' && address)
    process.stdout.write(`${JSON.stringify({ event: 'ready', url: `ws://127.0.0.1:${address.port}` })}\n`);
});
process.stdin.resume().on('end', () => process.exit());
