/*
 * Durable posts a second of one host from 100 posters: the real link, conversations, room, SQLite file and casts; the
 * relay and the members are played in memory and open nothing they get. `node bench/host-posts.ts [posts] [rate]`;
 * rate 0: as fast as it goes with one post of each poster under way.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteHistory } from '../src/host/history/sqlite-history.ts';
import { startHost } from '../src/host/start.ts';
import { memoryDialler } from '../src/link/memory-transport.ts';
import type { Transport } from '../src/link/transport.ts';
import { issueDeviceCertificate } from '../src/shared/crypto/certificate.ts';
import { handshakePrologue, joinPsk } from '../src/shared/crypto/keys.ts';
import { generateKeyPair, Handshake, type Channel } from '../src/shared/crypto/noise.ts';
import { pad, unpad } from '../src/shared/crypto/pad.ts';
import { labels, randomBytes, signerFrom, type Signer } from '../src/shared/crypto/sign.ts';
import { castHeader } from '../src/shared/crypto/seal.ts';
import { encodeEvent } from '../src/shared/room/events.ts';
import { encodeMemberHello } from '../src/shared/room/handshake.ts';
import { decodeHostMessage, encodeRoomMessage } from '../src/shared/room/messages.ts';
import { decodeFromClient, encodeControl, encodeSend } from '../src/shared/wire/codec.ts';
import type { Reply, Request } from '../src/shared/wire/control.ts';
import { helloBytes } from '../src/shared/wire/login.ts';

const POSTERS = 100;
/** Posts before the clock starts, as fast as they go. */
const WARM_UP = 2_000;
const [posts = 10_000, rate = 0] = process.argv.slice(2).map(Number);

interface Poster {
  readonly signer: Signer;
  readonly circuit: number;
  handshake: Handshake;
  certificate: ReturnType<typeof issueDeviceCertificate>;
  channel: Channel | undefined;
  log: Uint8Array | undefined;
  counter: number;
}

const relaySigner = signerFrom(randomBytes(32));
const signers = Array.from({ length: POSTERS + 1 }, () => signerFrom(randomBytes(32)));
const posters: Poster[] = [];
let room = new Uint8Array();
let server: Transport | undefined;
let welcomed = 0;
let ready: () => void = () => undefined;
let onCast: (seq: number) => void = () => undefined;

function say(message: Reply): void {
  server?.send(encodeControl(message));
}

function answer(message: Request, relayNonce: Uint8Array): void {
  const relay = relaySigner.publicKey;
  if (message.t === 'login') {
    const nonces = { relay, relayNonce, clientNonce: message.nonce };
    const sig = relaySigner.sign(labels.hello, helloBytes(nonces, message.identity));
    const lots = 1e9;
    const limits = {
      rooms: 3,
      members: 250,
      framesPerSecond: lots,
      bytesPerSecond: lots,
      mailboxMessages: 1,
      mailBytes: 1,
    };
    say({ t: 'hello', rid: message.rid, sig, limits });
  } else if (message.t === 'open-room') {
    room = new Uint8Array(message.room);
    say({ t: 'room-opened', rid: message.rid, handle: 1, fence: 1, leaseMs: 60_000 });
  } else if ('rid' in message) {
    say({ t: 'ok', rid: message.rid });
  }
}

function dial(circuit: number): void {
  const signer = signers[circuit] ?? relaySigner;
  const device = generateKeyPair();
  const conv = randomBytes(16);
  const handshake = new Handshake({
    pattern: 'XXpsk3',
    initiator: true,
    prologue: handshakePrologue({ room, relay: relaySigner.publicKey, conv }),
    static: device,
    psk: joinPsk(undefined, room),
  });
  const certificate = issueDeviceCertificate(signer, device.public, randomBytes(16), 4e9);
  posters[circuit] = {
    signer,
    circuit,
    handshake,
    certificate,
    channel: undefined,
    log: undefined,
    counter: 0,
  };
  say({ t: 'incoming', handle: 1, circuit, conv, identity: signer.publicKey });
  server?.send(encodeSend(circuit, handshake.write(new Uint8Array())));
}

function data(circuit: number, payload: Uint8Array): void {
  const poster = posters[circuit];
  if (!poster) return;
  if (!poster.channel) {
    poster.handshake.read(payload);
    const hello = encodeMemberHello({
      v: 1,
      cert: poster.certificate,
      nick: `p${String(circuit)}`,
      caps: [],
    });
    server?.send(encodeSend(circuit, poster.handshake.write(hello)));
    poster.channel = poster.handshake.split();
  } else if (!poster.log) {
    const message = decodeHostMessage(unpad(poster.channel.open(payload)));
    if (message.t !== 'welcome') throw new Error(message.t);
    poster.log = message.log;
    if (++welcomed === POSTERS) ready();
  }
}

function frame(poster: Poster, n: number): Uint8Array {
  const { signer, channel, log, circuit } = poster;
  if (!channel || !log) throw new Error('not welcome');
  const event = encodeEvent({
    room,
    log,
    id: randomBytes(16),
    counter: ++poster.counter,
    time: Date.now(),
    kind: 'text',
    body: { text: `line ${String(n)} `.padEnd(200, 'x') },
  });
  const message = encodeRoomMessage({
    t: 'post',
    event: [signer.publicKey, event, signer.sign(labels.ev, event)],
  });
  return encodeSend(circuit, channel.seal(pad(message)));
}

const dialler = memoryDialler(() => (transport) => {
  server = transport;
  const nonce = randomBytes(32);
  return {
    open: () => say({ t: 'challenge', v: 1, relay: relaySigner.publicKey, nonce }),
    message: (bytes) => {
      if (bytes[0] === 3) return onCast(castHeader(bytes.subarray(5)).seq);
      const decoded = decodeFromClient(bytes);
      if (decoded.type === 'control') answer(decoded.message, nonce);
      else data(decoded.type === 'send' ? decoded.circuit : 0, decoded.payload);
    },
    closed: () => undefined,
  };
});

const folder = mkdtempSync(join(tmpdir(), 'chat-tui-bench-'));
const signer = signerFrom(randomBytes(32));
const keys = generateKeyPair();
const dataFile = join(folder, 'room.db');
const open = async () => {
  const result = await startHost({
    relayUrl: 'ws://localhost',
    signer,
    device: { keys, certificate: issueDeviceCertificate(signer, keys.public, randomBytes(16), 4e9) },
    dataFile,
    title: 'bench',
    nick: 'host',
    backlog: 0,
    retain: 'all',
    maxMembers: 1_000,
    rate: 1e6,
    burst: 1e6,
    dialler,
  });
  if (!result.ok) throw new Error(result.code);
  return result.value;
};
// As newcomers they would be let in one a second; as people who come back they all are at once.
await (await open()).close();
const history = new SqliteHistory(dataFile);
history.append({
  events: [],
  members: signers.slice(1).map(({ publicKey }, i) => {
    const nick = `p${String(i + 1)}`;
    return { key: publicKey, nick, role: 'member', floor: 1, counter: 0, onRoster: true, kicked: false };
  }),
});
history.close();
const host = await open();
const allIn = new Promise<void>((resolve) => (ready = resolve));
for (let circuit = 1; circuit <= POSTERS; circuit++) dial(circuit);
await allIn;

const frames = Array.from({ length: WARM_UP + posts }, (_, i) => {
  const poster = posters[1 + (i % POSTERS)];
  if (!poster) throw new Error('no poster');
  return frame(poster, i);
});
const sentAt: number[] = [];
const latencies: number[] = [];
let sent = 0;
const send = (): void => {
  const next = frames[sent];
  if (!next) return;
  sentAt[sent++] = performance.now();
  server?.send(next);
};
/** Sends the next `count` frames and resolves when all of them were cast. */
const run = async (count: number, perSecond: number): Promise<void> => {
  const last = sent + count;
  const start = performance.now();
  let timer: NodeJS.Timeout | undefined;
  await new Promise<void>((resolve) => {
    onCast = (seq) => {
      if (seq === 0) return;
      latencies.push(performance.now() - (sentAt[latencies.length] ?? Number.NaN));
      if (latencies.length === last) resolve();
      else if (perSecond === 0 && sent < last) send();
    };
    const first = sent;
    if (perSecond === 0) while (sent < Math.min(last, first + POSTERS)) send();
    else
      timer = setInterval(() => {
        while (sent < Math.min(last, first + ((performance.now() - start) / 1_000) * perSecond)) send();
      }, 1);
  });
  clearInterval(timer);
};
await run(WARM_UP, 0);
latencies.length = 0;
sentAt.splice(0, WARM_UP);
frames.splice(0, WARM_UP);
sent = 0;
const begun = performance.now();
const cpu = process.cpuUsage();
await run(posts, rate);
const seconds = (performance.now() - begun) / 1_000;
const used = process.cpuUsage(cpu);
const sorted = latencies.toSorted((a, b) => a - b);
const quantile = (q: number): number =>
  Math.round((sorted[Math.floor(q * (sorted.length - 1))] ?? 0) * 10) / 10;
process.stdout.write(
  `${JSON.stringify({
    posts,
    rate,
    perSecond: Math.round(posts / seconds),
    p50: quantile(0.5),
    p99: quantile(0.99),
    max: quantile(1),
    cpuMicrosPerPost: Math.round((used.user + used.system) / posts),
  })}\n`,
);
await host.close();
rmSync(folder, { recursive: true });
