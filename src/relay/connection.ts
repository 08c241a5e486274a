import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { Rejection } from '../shared/errors.ts';
import { KIB } from '../shared/limits.ts';
import { closeCodes, type CloseCode } from '../shared/wire/close-codes.ts';
import { encodeControl } from '../shared/wire/codec.ts';
import type { Reply } from '../shared/wire/control.ts';
import type { LoginPurpose } from '../shared/wire/login.ts';
import type { Budget } from './budget.ts';
import type { Clock } from './clock.ts';
import { directHandle, type DirectHandle, type DirectWriter, type DirectWrites } from './direct-writes.ts';
import type { RelayLimits } from './limits.ts';
import { chunkOf, MessageReader, type Chunk } from './message-reader.ts';
import type { Metrics } from './metrics.ts';
import { OutQueue, type Flusher, type QueueOwner } from './out-queue.ts';
import { TokenBucket } from './rate-limit.ts';
import type { Circuit, LiveRoom, Login, Party } from './registry.ts';
import { frameOf, messageStart, pingFrame, pongFrame, type ServerFrame } from './server-frame.ts';
import { shareReads } from './shared-reads.ts';
import { untaken } from './untaken.ts';

const nothing = new Uint8Array(0);
/** What a peer may have on its way when it is closed; whoever sends more than that is not listening. */
const LATE_BYTES = 128 * KIB;
/** Bytes of one write where it is seen how they are taken. */
const SEEN_PIECE_BYTES = 64 * KIB;
/** And where it is not: at 16 kbit/s they are taken within 10 s. */
const UNSEEN_PIECE_BYTES = 16 * KIB;

/** What happens on a connection, for the relay behind it. */
export interface ConnectionEvents {
  received(connection: Connection, frame: ServerFrame): void;
  /** Once, as soon as nothing more will be taken from it; the socket may still be closing. */
  gone(connection: Connection, code: number): void;
  /** Once, when the socket is closed. */
  closed(connection: Connection): void;
}

/** What all connections of a relay share. */
export interface ConnectionShared {
  readonly events: ConnectionEvents;
  readonly flusher: Flusher;
  /** Into which all of them read. */
  readonly readBuffer: Chunk;
  /** Undefined where sockets have to be written to by their streams. */
  readonly writes: DirectWrites | undefined;
  readonly limits: RelayLimits;
  readonly budgets: Readonly<Record<LoginPurpose, Budget>>;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

/** The `ws` socket that knows its connection, so that listeners need no closure for each of 10 000. */
export class RelaySocket extends WebSocket {
  connection: Connection | undefined;
}

/** One socket: login state, budget and outgoing queue. */
export class Connection implements Party, QueueOwner, DirectWriter {
  readonly id: number;
  readonly network: string;
  readonly queue: OutQueue;
  readonly reader: MessageReader;
  readonly pieceBytes: number;
  readonly circuits: Circuit[] = [];
  readonly rooms: LiveRoom[] = [];
  /** What this relay challenged it with; 32 bytes, gone after login. */
  nonce: Uint8Array | undefined;
  readonly #shared: ConnectionShared;
  readonly #ws: RelaySocket;
  readonly #socket: Socket;
  readonly #handle: DirectHandle | undefined;
  #who: Login | undefined;
  #frames: TokenBucket | undefined;
  #bytes: TokenBucket | undefined;
  #earlyFrames = 0;
  #earlyBytes = 0;
  #lateBytes = 0;
  /** Waiting behind what the peer has not read. */
  #pongs = 0;
  #pausedMs = 0;
  #paused = false;
  #awaitsDrain = false;
  #gone = false;
  #heardAt: number;
  #pingedAt: number | undefined;
  readonly #openedAt: number;

  constructor(id: number, ws: RelaySocket, socket: Socket, network: string, shared: ConnectionShared) {
    this.id = id;
    this.#ws = ws;
    this.#socket = socket;
    this.#handle = directHandle(socket);
    this.network = network;
    this.#shared = shared;
    this.pieceBytes = untaken(socket) === undefined ? UNSEEN_PIECE_BYTES : SEEN_PIECE_BYTES;
    this.queue = new OutQueue(this, shared.flusher, shared.limits);
    this.reader = new MessageReader(socket, shared.limits.frameBytes, this);
    const { readBuffer } = shared;
    shareReads(socket, readBuffer.bytes, (length) => this.reader.read(readBuffer, length));
    // What came with the request for an upgrade is in the stream, and where reads cannot be shared all the rest.
    socket.on('data', (chunk: Buffer) => this.reader.read(chunkOf(chunk), chunk.length));
    this.#openedAt = shared.clock.monotonic();
    this.#heardAt = this.#openedAt;
    ws.connection = this;
    ws.on('message', onMessage);
    ws.on('ping', onPing);
    ws.on('pong', onPong);
    ws.on('error', onError);
    ws.on('close', onClose);
  }

  get login(): Login | undefined {
    return this.#who;
  }

  get hasMore(): boolean {
    return this.reader.hasMore;
  }

  /** From here on the budget of its purpose holds instead of the one before login. */
  loggedIn(login: Login): void {
    const now = this.#shared.clock.monotonic();
    const budget = this.#shared.budgets[login.purpose];
    this.#who = login;
    this.nonce = undefined;
    this.#frames = new TokenBucket(budget.frames, now);
    this.#bytes = new TokenBucket(budget.bytes, now);
  }

  /** The budgets hold other limits now. */
  budgetChanged(): void {
    if (!this.#who) return;
    const now = this.#shared.clock.monotonic();
    const budget = this.#shared.budgets[this.#who.purpose];
    this.#frames?.changeRate(budget.frames, now);
    this.#bytes?.changeRate(budget.bytes, now);
  }

  say(message: Reply): void {
    if (message.t === 'error') this.#shared.metrics.refused(message.code);
    if (!this.#gone) this.queue.push(frameOf(encodeControl(message)));
  }

  refuse(refusal: Rejection, code: CloseCode): void {
    this.say({ t: 'error', ...refusal, fatal: true });
    this.close(code);
  }

  close(code: CloseCode): void {
    if (this.#gone) return;
    this.#leave(code);
    this.queue.flush();
    this.queue.end();
    this.#ws.close(code);
    // Its goodbye can only be heard when it is read.
    if (this.#paused) this.#ws.resume();
  }

  /** Closes without waiting for the peer. */
  terminate(): void {
    this.#leave(1006);
    this.#ws.terminate();
  }

  /** Extra frames that a request costs beyond its own. */
  charge(frames: number): void {
    if (frames > 0) this.#settle(this.#frames?.spend(frames, this.#shared.clock.monotonic()) ?? 0);
  }

  /** Looks at what is overdue; called about once a second. */
  sweep(now: number): void {
    if (this.#gone) return;
    const { limits } = this.#shared;
    if (!this.#who && now - this.#openedAt >= limits.loginMs) {
      this.refuse({ code: 'login-timeout' }, closeCodes.loginTimeout);
      return;
    }
    if (this.queue.stalledMs(now) >= limits.queueMs) {
      this.overflowed();
      return;
    }
    // A paused peer cannot be heard.
    if (this.#paused) return;
    if (this.#pingedAt !== undefined) {
      if (now - this.#pingedAt >= limits.pongMs) this.terminate();
    } else if (now - this.#heardAt >= limits.pingMs) {
      this.probe();
    }
  }

  probe(): void {
    if (this.#gone || this.#pingedAt !== undefined) return;
    this.#pingedAt = this.#shared.clock.monotonic();
    // Not by `ws`, which would write it into the middle of a frame that the kernel has taken a part of.
    this.queue.push(pingFrame());
  }

  write(bytes: Uint8Array): number {
    const socket = this.#socket;
    const handle = this.#handle;
    const { writes, metrics } = this.#shared;
    if (!socket.writable) return 0;
    metrics.sent(bytes.length);
    // What its stream has not handed on comes first.
    if (writes && handle && socket.writableLength === 0)
      return writes.write(handle, bytes, this) ? 0 : this.untaken();
    socket.write(bytes);
    return socket.writableLength === 0 ? 0 : this.untaken();
  }

  untaken(): number {
    // None of it, when something else is before it.
    return untaken(this.#socket) || this.#socket.writableLength;
  }

  /** The kernel had no room and has some now: the peer has acknowledged bytes, so it is there. */
  taking(): void {
    this.heard();
  }

  awaitDrain(): void {
    this.#awaitsDrain = true;
    // Of what its stream has, only the stream hears; of the rest `writes` tells.
    if (this.#socket.writableLength === 0) return;
    this.#socket.write(nothing, (error) => {
      if (!error) this.taken();
    });
  }

  taken(): void {
    if (!this.#awaitsDrain) return;
    this.#awaitsDrain = false;
    this.taking();
    this.queue.drained();
  }

  broken(): void {
    this.#socket.destroy();
  }

  overflowed(): void {
    this.close(closeCodes.slowConsumer);
  }

  receive(frame: ServerFrame): void {
    const length = frame.length - messageStart(frame);
    if (this.#gone) {
      this.ignored(length);
      return;
    }
    const now = this.heard();
    if (this.#who) {
      // Before anything is taken: afterwards no budget is whole.
      if (this.#pausedMs > 0 && this.#frames?.isFull(now) && this.#bytes?.isFull(now)) this.#pausedMs = 0;
      const frames = this.#frames?.spend(1, now) ?? 0;
      const bytes = this.#bytes?.spend(length, now) ?? 0;
      if (frames > 0 || bytes > 0) {
        this.#settle(Math.max(frames, bytes));
        if (this.#gone) return;
      }
    } else if (!this.#early(length)) {
      return;
    }
    this.#shared.events.received(this, frame);
  }

  /** WebSocket pings count as frames: they cost a pong each. */
  pinged(payload: Uint8Array): void {
    if (this.#gone) return;
    this.#pongs = this.queue.isStalled ? this.#pongs + 1 : 0;
    if (this.#pongs > this.#shared.limits.pendingPongs) {
      this.terminate();
      return;
    }
    this.queue.push(pongFrame(payload));
    this.#costFrame();
  }

  /** A pong that nobody asked for costs as much as a ping. */
  ponged(): void {
    if (this.#gone) return;
    if (this.#pingedAt === undefined) this.#costFrame();
    else this.heard();
  }

  #costFrame(): void {
    const now = this.heard();
    if (this.#who) this.#settle(this.#frames?.spend(1, now) ?? 0);
    else this.#early(0);
  }

  heard(): number {
    const now = this.#shared.clock.monotonic();
    this.#heardAt = now;
    this.#pingedAt = undefined;
    return now;
  }

  socketClosed(code: number): void {
    this.#leave(code);
    this.#shared.events.closed(this);
  }

  /** A closing socket is still read, for the peer's answer only. */
  ignored(bytes: number): void {
    this.#lateBytes += bytes;
    if (this.#lateBytes > LATE_BYTES) this.#ws.terminate();
  }

  #early(bytes: number): boolean {
    const { limits } = this.#shared;
    this.#earlyFrames += 1;
    this.#earlyBytes += bytes;
    if (this.#earlyFrames <= limits.loginFrames && this.#earlyBytes <= limits.loginBytes) return true;
    this.refuse({ code: 'login-timeout' }, closeCodes.loginTimeout);
    return false;
  }

  /** Stops reading until `debtMs` are over; what was read before is still handled. */
  #settle(debtMs: number): void {
    if (debtMs === 0 || this.#gone) return;
    const { limits } = this.#shared;
    if (debtMs > limits.pauseMs || this.#pausedMs > limits.pausedInARowMs) {
      this.refuse({ code: 'too-fast', retryMs: debtMs }, closeCodes.tooFast);
      return;
    }
    if (this.#paused) return;
    this.#paused = true;
    this.#pausedMs += debtMs;
    this.#ws.pause();
    this.say({ t: 'error', code: 'too-fast', retryMs: debtMs, fatal: false });
    setTimeout(resume, debtMs, this).unref();
  }

  resumed(): void {
    if (this.#gone) return;
    this.#paused = false;
    const now = this.heard();
    const debt = Math.max(this.#frames?.spend(0, now) ?? 0, this.#bytes?.spend(0, now) ?? 0);
    if (debt === 0) this.#ws.resume();
    else this.#settle(debt);
  }

  #leave(code: number): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#shared.events.gone(this, code);
  }
}

function resume(connection: Connection): void {
  connection.resumed();
}

function onMessage(this: WebSocket, data: unknown, isBinary: boolean): void {
  const connection = this instanceof RelaySocket ? this.connection : undefined;
  if (!connection) return;
  connection.reader.heardOf();
  if (isBinary && Buffer.isBuffer(data)) connection.receive(frameOf(data));
  else connection.close(closeCodes.unsupportedData);
}

function onPing(this: WebSocket, payload: Buffer): void {
  if (!(this instanceof RelaySocket)) return;
  this.connection?.reader.heardOf();
  this.connection?.pinged(payload);
}

function onPong(this: WebSocket): void {
  if (!(this instanceof RelaySocket)) return;
  this.connection?.reader.heardOf();
  this.connection?.ponged();
}

function onError(this: WebSocket): void {
  // `ws` answers a broken frame with the right close code by itself, and reads on without looking, to see the end; 'close' follows.
  if (this instanceof RelaySocket) this.connection?.reader.stop();
}

function onClose(this: WebSocket, code: number): void {
  if (this instanceof RelaySocket) this.connection?.socketClosed(code);
}
