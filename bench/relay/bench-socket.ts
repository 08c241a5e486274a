import { connect, type Socket } from 'node:net';
import { decodeFromRelay, encodeControl } from '../../src/shared/wire/codec.ts';
import type { Reply, Request } from '../../src/shared/wire/control.ts';
import { labels, randomBytes, signerFrom, type Signer } from '../../src/shared/crypto/sign.ts';
import { loginBytes, type LoginPurpose } from '../../src/shared/wire/login.ts';

const READ_BYTES = 64 * 1_024;
/** One for all: what was read is looked at before the next read. */
const readBuffer = Buffer.alloc(READ_BYTES);

/** A connection that is set up here and can then be given to another process: once paused it reads no byte more. */
export class BenchSocket {
  readonly socket: Socket;
  private received = Buffer.alloc(0);
  private wake: (() => void) | undefined;

  constructor(port: number) {
    this.socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: {
        buffer: readBuffer,
        callback: (size, bytes) => {
          this.received = Buffer.concat([this.received, bytes.subarray(0, size)]);
          this.wake?.();
          return true;
        },
      },
    });
    this.socket.on('error', (error) => {
      throw error;
    });
    this.socket.on('close', () => this.wake?.());
  }

  write(bytes: Uint8Array | string): void {
    this.socket.write(bytes);
  }

  /** What `take` makes of the bytes received so far, once that is not undefined; it says how many bytes it used. */
  async until<T>(
    take: (bytes: Buffer) => { readonly value: T; readonly used: number } | undefined,
  ): Promise<T> {
    for (;;) {
      const taken = take(this.received);
      if (taken) {
        this.received = this.received.subarray(taken.used);
        return taken.value;
      }
      // On a machine that is busy with something else a server may have lost its patience.
      if (this.socket.closed) throw new Error('the server hung up');
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  /** Everything up to and with `end`. */
  line(end: string): Promise<string> {
    return this.until((bytes) => {
      const at = bytes.indexOf(end);
      if (at < 0) return undefined;
      return { value: bytes.toString('latin1', 0, at), used: at + end.length };
    });
  }

  /** The body of the next WebSocket message, pings left out. */
  async message(): Promise<Buffer> {
    const { opcode, body } = await this.until(takeFrame);
    return opcode === 9 ? this.message() : body;
  }

  /** From here on `take` gets the body of each WebSocket message as it comes, and pings are answered. */
  each(take: (body: Buffer) => void): void {
    this.wake = () => {
      for (let frame = takeFrame(this.received); frame; frame = takeFrame(this.received)) {
        this.received = this.received.subarray(frame.used);
        const { opcode, body } = frame.value;
        if (opcode === 9) this.write(maskedFrame(body, 10));
        else take(body);
      }
    };
    this.wake();
  }

  async upgrade(path: string, protocol?: string): Promise<void> {
    const offered = protocol ? `sec-websocket-protocol: ${protocol}\r\n` : '';
    this.write(
      `GET ${path} HTTP/1.1\r\nhost: bench\r\nconnection: Upgrade\r\nupgrade: websocket\r\n` +
        `sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n${offered}\r\n`,
    );
    await this.line('\r\n\r\n');
  }

  /** Reads nothing more; what was read so far must have been used. */
  handOver(): Socket {
    this.socket.pause();
    return this.socket;
  }
}

/** A logged-in connection to a relay. */
export class BenchLink extends BenchSocket {
  readonly signer: Signer;
  /** The relay's key, as it says. */
  relay = new Uint8Array();

  private constructor(port: number, signer: Signer) {
    super(port);
    this.signer = signer;
  }

  static async open(
    port: number,
    purpose: LoginPurpose,
    signer = signerFrom(randomBytes(32)),
  ): Promise<BenchLink> {
    const link = new BenchLink(port, signer);
    await link.upgrade('/tc', 'tc.v1');
    const challenge = await link.expect('challenge');
    link.relay = new Uint8Array(challenge.relay);
    const nonce = randomBytes(32);
    const nonces = { relay: challenge.relay, relayNonce: challenge.nonce, clientNonce: nonce };
    const sig = signer.sign(labels.login, loginBytes(nonces, purpose));
    link.tell({ t: 'login', rid: 1, identity: signer.publicKey, nonce, purpose, sig });
    await link.expect('hello');
    return link;
  }

  tell(message: Request): void {
    this.write(maskedFrame(encodeControl(message)));
  }

  /** The next reply of that name; others before it are passed over. */
  async expect<Name extends Reply['t']>(name: Name): Promise<Extract<Reply, { t: Name }>> {
    for (;;) {
      const frame = decodeFromRelay(await this.message());
      if (frame.type !== 'control') continue;
      const reply: Reply = frame.message;
      if (reply.t === 'error') throw new Error(`the relay refused: ${reply.code}`);
      if (reply.t === name) return reply as Extract<Reply, { t: Name }>;
    }
  }

  /** Resolves when the relay has handled all that was told before. */
  async settled(): Promise<void> {
    this.tell({ t: 'ping', rid: 9 });
    await this.expect('pong');
  }
}

/** One message as a client puts it on the wire, masked as by any client. */
export function maskedFrame(message: Uint8Array, opcode = 2): Buffer {
  const first = 0x80 | opcode;
  const head =
    message.length < 126
      ? [first, 0x80 | message.length]
      : [first, 0x80 | 126, message.length >> 8, message.length & 255];
  const mask = randomBytes(4);
  const body = message.map((byte, index) => byte ^ (mask[index & 3] ?? 0));
  return Buffer.concat([Buffer.from(head), mask, body]);
}

function takeFrame(bytes: Buffer): { value: { opcode: number; body: Buffer }; used: number } | undefined {
  if (bytes.length < 2) return undefined;
  const short = (bytes[1] ?? 0) & 127;
  const head = short === 126 ? 4 : 2;
  if (bytes.length < head) return undefined;
  const used = head + (short === 126 ? bytes.readUInt16BE(2) : short);
  if (bytes.length < used) return undefined;
  return { value: { opcode: (bytes[0] ?? 0) & 15, body: bytes.subarray(head, used) }, used };
}
