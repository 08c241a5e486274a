import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';

/** Callers of one relay who mean it no good; each `from` is a network of its own on this machine's loopback. */
export class Attackers {
  readonly #port: number;
  readonly #sockets = new Set<Socket>();
  /** Sockets that the relay has ended, of all that were opened. */
  ended = 0;
  opened = 0;

  constructor(port: number) {
    this.#port = port;
  }

  /** Connections still open. */
  get open(): number {
    return this.#sockets.size;
  }

  /** A TCP connection that has written `first`; resolves with the ms until the relay ended it. */
  call(from: number, first: Uint8Array | string = '', after?: (socket: Socket) => void): Promise<number> {
    const started = performance.now();
    const socket = connect({ port: this.#port, host: '127.0.0.1', localAddress: `127.0.1.${from}` });
    this.opened += 1;
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('connect', () => {
      if (first.length > 0) socket.write(first);
      after?.(socket);
    });
    socket.resume();
    return new Promise((resolve) => {
      socket.on('close', () => {
        this.ended += 1;
        this.#sockets.delete(socket);
        resolve(performance.now() - started);
      });
    });
  }

  /** Upgrades properly, then does what it wants. */
  upgraded(from: number, then: (socket: Socket) => void): Promise<number> {
    return this.call(from, upgrade(), (socket) => socket.once('data', () => then(socket)));
  }

  giveUp(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

export function upgrade(extra = ''): string {
  return `GET /tc HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: ${randomBytes(16).toString('base64')}\r\nsec-websocket-protocol: tc.v1\r\n${extra}\r\n`;
}

/** Writes `chunk` again and again, as fast as it goes, until the socket is closed. */
export function pour(socket: Socket, chunk: Uint8Array): void {
  const more = (): void => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', more);
  more();
}

/** A masked frame with an all-zero mask: what is written is what is read. */
export function maskedFrame(opcode: number, payload: Uint8Array, { fin = true, claims = 0 } = {}): Buffer {
  const long = payload.length > 125 || claims > 0;
  const head = Buffer.alloc(long ? 14 : 6);
  head[0] = (fin ? 0x80 : 0) | opcode;
  head[1] = 0x80 | (long ? 127 : payload.length);
  if (long) head.writeBigUInt64BE(BigInt(claims || payload.length), 2);
  return Buffer.concat([head, payload]);
}

/** Resident memory of a process in bytes; undefined where the system does not tell. */
export function residentBytes(pid: number): number | undefined {
  try {
    const kib = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kib === undefined ? undefined : Number(kib) * 1_024;
  } catch {
    return undefined;
  }
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
