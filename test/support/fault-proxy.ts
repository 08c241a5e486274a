import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { decodeCbor } from '../../src/shared/cbor.ts';
import { frameTypes } from '../../src/shared/wire/codec.ts';
import { RELAY_PATH, SUBPROTOCOL } from '../../src/shared/wire/version.ts';
import { seeded } from './seeded.ts';

/** `up` is towards the relay. */
export type Direction = 'up' | 'down';
/** `send`, `cast`, or the name of a control message. */
export type FrameKind = string;
export type Fault = 'drop' | 'repeat' | 'swap' | 'delay' | 'replay';
export const faults: readonly Fault[] = ['drop', 'repeat', 'swap', 'delay', 'replay'];

export interface FaultPlan {
  /** Chance in [0, 1] of each fault, for every frame that `hits`. */
  readonly rates: Readonly<Partial<Record<Fault, number>>>;
  readonly hits?: (direction: Direction, kind: FrameKind) => boolean;
}

/** A held frame leaves after this long, if no other lets it go before. */
const HOLD_MS = 60;
/** Frames of one direction that may be replayed. */
const MAX_OLD = 64;

/** Stands between a client and a relay, and loses, doubles, reorders, delays and repeats whole frames. */
export class FaultProxy {
  readonly #server: WebSocketServer;
  readonly #pipes = new Set<() => void>();
  readonly #random: () => number;
  #plan: FaultPlan = { rates: {} };
  /** What was done so far, as `down cast drop`. */
  readonly done = new Map<string, number>();

  private constructor(server: WebSocketServer, target: () => string, seed: number) {
    this.#server = server;
    this.#random = seeded(seed);
    server.on('connection', (client) => this.#join(client, target()));
  }

  static async start(target: () => string, seed: number): Promise<FaultProxy> {
    const server = new WebSocketServer({
      host: '127.0.0.1',
      port: 0,
      path: RELAY_PATH,
      perMessageDeflate: false,
    });
    await once(server, 'listening');
    return new FaultProxy(server, target, seed);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Faults done in all. */
  get total(): number {
    return [...this.done.values()].reduce((sum, count) => sum + count, 0);
  }

  misbehave(plan: FaultPlan): void {
    this.#plan = plan;
  }

  honest(): void {
    this.#plan = { rates: {} };
  }

  /** Resolves once `count` faults were done. */
  async faulted(count: number): Promise<void> {
    while (this.total < count) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Ends every connection that is open now. */
  cut(): void {
    for (const end of this.#pipes) end();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #join(client: WebSocket, target: string): void {
    const upstream = new WebSocket(`${target}${RELAY_PATH}`, SUBPROTOCOL, { perMessageDeflate: false });
    const up = this.#lane('up', upstream);
    const down = this.#lane('down', client);
    const early: Buffer[] = [];
    const end = (): void => {
      this.#pipes.delete(end);
      up.close();
      down.close();
      client.terminate();
      upstream.terminate();
    };
    this.#pipes.add(end);
    client.on('message', (data: Buffer) => {
      if (upstream.readyState === WebSocket.OPEN) up.pass(data);
      else early.push(data);
    });
    upstream.on('open', () => early.splice(0).forEach((data) => up.pass(data)));
    upstream.on('message', (data: Buffer) => down.pass(data));
    client.on('error', end);
    upstream.on('error', end);
    // A closing frame says why; what is held goes with the connection.
    client.on('close', (code) => closeWith(upstream, code, end));
    upstream.on('close', (code) => closeWith(client, code, end));
  }

  #lane(direction: Direction, to: WebSocket): { pass: (frame: Buffer) => void; close: () => void } {
    const old: Buffer[] = [];
    const timers = new Set<NodeJS.Timeout>();
    let held: Buffer | undefined;
    const send = (frame: Buffer): void => {
      if (to.readyState === WebSocket.OPEN) to.send(frame);
    };
    const later = (ms: number, run: () => void): void => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        run();
      }, ms);
      timers.add(timer);
    };
    const release = (): void => {
      const frame = held;
      held = undefined;
      if (frame) send(frame);
    };
    const pass = (frame: Buffer): void => {
      const fault = this.#choose(direction, kindOf(frame));
      if (fault === 'delay') {
        later(this.#random() * HOLD_MS, () => send(frame));
      } else if (fault === 'swap' && !held) {
        held = frame;
        later(HOLD_MS, release);
      } else if (fault !== 'drop') {
        send(frame);
        release();
        if (fault === 'repeat') send(frame);
        const again = fault === 'replay' ? old[Math.floor(this.#random() * old.length)] : undefined;
        if (again) send(again);
      }
      old.push(frame);
      if (old.length > MAX_OLD) old.shift();
    };
    return { pass, close: () => timers.forEach((timer) => clearTimeout(timer)) };
  }

  #choose(direction: Direction, kind: FrameKind): Fault | undefined {
    const { rates, hits } = this.#plan;
    if (hits?.(direction, kind) === false) return undefined;
    let left = this.#random();
    for (const fault of faults) {
      left -= rates[fault] ?? 0;
      if (left >= 0) continue;
      const what = `${direction} ${kind} ${fault}`;
      this.done.set(what, (this.done.get(what) ?? 0) + 1);
      return fault;
    }
    return undefined;
  }
}

export function kindOf(frame: Uint8Array): FrameKind {
  if (frame[0] === frameTypes.send) return 'send';
  if (frame[0] === frameTypes.cast) return 'cast';
  const message = decodeCbor(new Uint8Array(frame.subarray(1)));
  return typeof message === 'object' && message !== null && 't' in message ? String(message.t) : 'unknown';
}

function closeWith(other: WebSocket, code: number, end: () => void): void {
  if (other.readyState !== WebSocket.OPEN || code === 1006 || code === 1005) end();
  else other.close(code);
}
