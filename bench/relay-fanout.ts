// Fan-out of one room to many members: the relay against a plain `ws` loop, each in a process of its own, in one run.
// Usage: node bench/relay-fanout.ts [members] [messages] [in flight]
import { fork, type ChildProcess } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { WebSocketServer, type WebSocket } from 'ws';
import { startRelay } from '../src/relay/index.ts';
import { labels, makeRoomId, randomBytes, signerFrom } from '../src/shared/crypto/sign.ts';
import { decodeFromRelay, encodeCast, encodeControl } from '../src/shared/wire/codec.ts';
import type { Reply, Request } from '../src/shared/wire/control.ts';
import { loginBytes, type LoginPurpose } from '../src/shared/wire/login.ts';

const PAYLOAD_BYTES = 200;
const plenty = 1e12;

type Contender = 'relay' | 'ws';

interface Cpu {
  readonly seconds: number;
}

/** A masked WebSocket client that, once told to, only counts bytes. */
class BenchClient {
  readonly socket: Socket;
  received = 0;
  onBytes: (() => void) | undefined;
  private buffered: Buffer = Buffer.alloc(0);
  private upgraded = false;
  private counting = false;
  private readonly replies: Reply[] = [];
  private wake: (() => void) | undefined;

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.socket.write(
      'GET /tc HTTP/1.1\r\nhost: bench\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n' +
        'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-protocol: tc.v1\r\n\r\n',
    );
    this.socket.on('data', (chunk) => this.receive(chunk));
  }

  count(): void {
    this.counting = true;
    this.received = 0;
  }

  send(message: Uint8Array): void {
    this.socket.write(masked(message));
  }

  tell(message: Request): void {
    this.send(encodeControl(message));
  }

  async expect<Name extends Reply['t']>(name: Name): Promise<Extract<Reply, { t: Name }>> {
    for (;;) {
      const index = this.replies.findIndex((reply) => reply.t === name);
      const [reply] = index < 0 ? [] : this.replies.splice(index, 1);
      if (reply?.t === name) return reply as Extract<Reply, { t: Name }>;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  async ready(): Promise<void> {
    while (!this.upgraded) await new Promise<void>((resolve) => (this.wake = resolve));
  }

  private receive(chunk: Buffer): void {
    if (this.counting) {
      this.received += chunk.length;
      this.onBytes?.();
      return;
    }
    this.buffered = Buffer.concat([this.buffered, chunk]);
    if (!this.upgraded) {
      const end = this.buffered.indexOf('\r\n\r\n');
      if (end < 0) return;
      this.upgraded = true;
      this.buffered = this.buffered.subarray(end + 4);
    }
    for (let frame = takeFrame(this.buffered); frame; frame = takeFrame(this.buffered)) {
      this.buffered = frame.rest;
      const decoded = decodeFromRelay(frame.message);
      if (decoded.type === 'control') this.replies.push(decoded.message);
    }
    this.wake?.();
  }
}

if (process.argv[2] === 'serve') await serve(process.argv[3] === 'ws' ? 'ws' : 'relay');
else await compare();

async function compare(): Promise<void> {
  const [members = 200, messages = 20_000, inFlight = 64] = process.argv.slice(2).map(Number);
  for (const window of [inFlight, 1]) {
    const count = window === 1 ? Math.ceil(messages / 10) : messages;
    const loop = await measure('ws', members, count, window);
    const relay = await measure('relay', members, count, window);
    console.log(
      `${members} members, ${PAYLOAD_BYTES} B, ${window} in flight: ` +
        `relay ${text(relay)} · ws loop ${text(loop)} · ` +
        `${(relay.perSecond / loop.perSecond).toFixed(1)} x deliveries, ${(relay.cpu / loop.cpu).toFixed(2)} x CPU each`,
    );
  }
}

function text({ perSecond, cpu }: { perSecond: number; cpu: number }): string {
  return `${Math.round(perSecond / 1_000)} k/s, ${cpu.toFixed(1)} CPU s per million`;
}

async function measure(contender: Contender, members: number, messages: number, inFlight: number) {
  const child = fork(fileURLToPath(import.meta.url), ['serve', contender]);
  const port = await answer<number>(child);
  const { host, clients, cast } = await (contender === 'ws' ? plainRoom : relayRoom)(port, members);
  const frameBytes = cast.length + 4;
  for (const client of clients) client.count();
  const last = clients.at(-1);
  if (!last) throw new Error('no members');
  child.send('cpu');
  const before = await answer<Cpu>(child);
  const start = performance.now();
  await new Promise<void>((resolve) => {
    let sent = 0;
    let finished = 0;
    const pump = () => {
      const window: Buffer[] = [];
      for (; sent < messages && sent - last.received / frameBytes < inFlight; sent++)
        window.push(masked(cast));
      if (window.length > 0) host.socket.write(Buffer.concat(window));
    };
    const total = messages * frameBytes;
    for (const client of clients)
      client.onBytes = () => {
        if (client.received === total && ++finished === clients.length) resolve();
        if (client === last) pump();
      };
    pump();
  });
  const seconds = (performance.now() - start) / 1_000;
  child.send('cpu');
  const after = await answer<Cpu>(child);
  for (const client of [host, ...clients]) client.socket.destroy();
  child.disconnect();
  const deliveries = messages * members;
  return { perSecond: deliveries / seconds, cpu: ((after.seconds - before.seconds) / deliveries) * 1e6 };
}

function answer<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve) => child.once('message', (message) => resolve(message as T)));
}

async function plainRoom(port: number, members: number) {
  const host = new BenchClient(port);
  await host.ready();
  const clients = Array.from({ length: members }, () => new BenchClient(port));
  await Promise.all(clients.map((client) => client.ready()));
  return { host, clients, cast: encodeCast(1, randomBytes(PAYLOAD_BYTES)) };
}

async function relayRoom(port: number, members: number) {
  const { client: host, key } = await signedIn(port, 'host');
  const nonce = randomBytes(16);
  const room = makeRoomId(key, nonce);
  host.tell({ t: 'open-room', rid: 2, room, nonce, maxMembers: members });
  const { handle } = await host.expect('room-opened');
  const clients = await Promise.all(
    Array.from({ length: members }, async () => {
      const { client } = await signedIn(port, 'member');
      client.tell({ t: 'dial', rid: 2, room, conv: randomBytes(16) });
      const { circuit } = await client.expect('dialled');
      host.tell({ t: 'admit', circuit });
      return client;
    }),
  );
  host.tell({ t: 'ping', rid: 3 });
  await host.expect('pong');
  return { host, clients, cast: encodeCast(handle, randomBytes(PAYLOAD_BYTES)) };
}

async function signedIn(port: number, purpose: LoginPurpose) {
  const client = new BenchClient(port);
  const signer = signerFrom(randomBytes(32));
  const challenge = await client.expect('challenge');
  const nonce = randomBytes(32);
  const nonces = { relay: challenge.relay, relayNonce: challenge.nonce, clientNonce: nonce };
  const sig = signer.sign(labels.login, loginBytes(nonces, purpose));
  client.tell({ t: 'login', rid: 1, identity: signer.publicKey, nonce, purpose, sig });
  await client.expect('hello');
  return { client, key: signer.publicKey };
}

/** The process under test: answers `cpu` with the CPU time it has used. */
async function serve(contender: Contender): Promise<void> {
  const port = contender === 'ws' ? await servePlain() : await serveRelay();
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send?.({ seconds: (user + system) / 1e6 });
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.(port);
}

async function serveRelay(): Promise<number> {
  const limits = {
    connections: plenty,
    connectionsPerNetwork: plenty,
    newConnectionsPerNetwork: plenty,
    loginsPerNetwork: plenty,
    membersPerRoom: 10_000,
    joinsPerRoom: plenty,
    unfinishedPerRoom: plenty,
    hostFramesPerSecond: plenty,
    hostFrameBurst: plenty,
    hostBytesPerSecond: plenty,
  };
  const relay = await startRelay({ listen: { host: '127.0.0.1', port: 0 }, dataDir: undefined, limits });
  return relay.port;
}

function servePlain(): Promise<number> {
  return new Promise((resolve) => {
    const clients: WebSocket[] = [];
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false }, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
    server.on('connection', (ws) => {
      const isHost = clients.length === 0;
      clients.push(ws);
      if (isHost) ws.on('message', (data) => clients.forEach((each) => each !== ws && each.send(data)));
    });
  });
}

function masked(message: Uint8Array): Buffer {
  const long = message.length >= 126;
  const head = Buffer.from(
    long
      ? [0x82, 0x80 | 126, message.length >> 8, message.length & 255, 0, 0, 0, 1]
      : [0x82, 0x80 | message.length, 0, 0, 0, 1],
  );
  const frame = Buffer.concat([head, message]);
  for (let i = 3; i < message.length; i += 4) frame[head.length + i] = (frame[head.length + i] ?? 0) ^ 1;
  return frame;
}

function takeFrame(bytes: Buffer): { message: Buffer; rest: Buffer } | undefined {
  const short = (bytes[1] ?? 0) & 127;
  const head = short === 126 ? 4 : 2;
  if (bytes.length < head) return undefined;
  const length = short === 126 ? bytes.readUInt16BE(2) : short;
  if (bytes.length < head + length) return undefined;
  return { message: bytes.subarray(head, head + length), rest: bytes.subarray(head + length) };
}
