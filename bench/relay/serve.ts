/*
 * One JavaScript server under measurement, in a process of its own: `node serve.ts relay|ws|socket.io`. Prints its port.
 * The relay has everything on but the limits that a load from a single address would meet.
 */
import { createServer } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { WebSocketServer, type WebSocket } from 'ws';
import { startRelay } from '../../src/relay/index.ts';

const plenty = 1e12;

const servers: Readonly<Record<string, () => Promise<number>>> = {
  relay: serveRelay,
  ws: servePlain,
  'socket.io': serveSocketIo,
};
const [kind = ''] = process.argv.slice(2);
const serve = servers[kind];
if (!serve) throw new Error(`no server is called ${kind}`);
console.log(await serve());

async function serveRelay(): Promise<number> {
  // As `chat-tui relay` does.
  setFlagsFromString('--semi-space-growth-factor=1');
  const limits = {
    connections: plenty,
    connectionsPerNetwork: plenty,
    newConnectionsPerNetwork: plenty,
    loginsPerNetwork: plenty,
    roomsPerNetwork: plenty,
    membersPerRoom: 10_000,
    joinsPerRoom: plenty,
    returnsPerRoom: plenty,
    unfinishedPerRoom: plenty,
    memberFramesPerSecond: plenty,
    memberFrameBurst: plenty,
    memberBytesPerSecond: plenty,
    hostFramesPerSecond: plenty,
    hostFrameBurst: plenty,
    hostBytesPerSecond: plenty,
  };
  const relay = await startRelay({ listen: { host: '127.0.0.1', port: 0 }, dataDir: undefined, limits });
  return relay.port;
}

/** What anybody would write first: each message to each client with `send`. */
function servePlain(): Promise<number> {
  const groups = new Map<string, Set<WebSocket>>();
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  server.on('connection', (ws, { url = '' }) => {
    const [, group = '', role] = url.split('/');
    const receivers = groups.get(group) ?? new Set();
    groups.set(group, receivers);
    if (role === 's')
      ws.on('message', (data, binary) => receivers.forEach((each) => each.send(data, { binary })));
    else receivers.add(ws);
    ws.on('close', () => receivers.delete(ws));
  });
  return new Promise((resolve) => server.on('listening', () => resolve(portOf(server.address()))));
}

async function serveSocketIo(): Promise<number> {
  // Only this contender needs it.
  const { Server } = await import('socket.io');
  const http = createServer();
  const io = new Server(http, { transports: ['websocket'], perMessageDeflate: false, serveClient: false });
  io.on('connection', (socket) => {
    const { group, role } = socket.handshake.query;
    const room = String(group);
    if (role === 's') socket.on('say', (text: unknown) => io.to(room).emit('said', text));
    else void socket.join(room);
  });
  return new Promise((resolve) => http.listen(0, '127.0.0.1', () => resolve(portOf(http.address()))));
}

function portOf(address: unknown): number {
  if (typeof address === 'object' && address && 'port' in address && typeof address.port === 'number')
    return address.port;
  throw new Error('not listening');
}
