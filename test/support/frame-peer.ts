import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { chunkOf, MessageReader } from '../../src/relay/message-reader.ts';
import { frameOf } from '../../src/relay/server-frame.ts';

/** Into which readers read, with what was read before behind what is read. */
const readBuffer = chunkOf(Buffer.alloc(64 * 1_024, 0x82));
/** Most bytes of a message. */
export const MAX_BYTES = 16_384;
const server = new WebSocketServer({
  noServer: true,
  perMessageDeflate: false,
  maxPayload: MAX_BYTES,
  maxFragments: 16,
  maxBufferedChunks: 1_024,
});

/** A server's side of a connection to which bytes are given by hand. */
export class FramePeer {
  /** What came of them: messages, control frames, the end, and all that was written. */
  readonly seen: string[] = [];
  /** Messages that the parser of `ws` found. */
  parsed = 0;
  readonly #socket: Duplex;
  readonly #closed: Promise<unknown>;
  readonly #reader: MessageReader | undefined;
  /** Looks at the messages of a turn, once it is over. */
  readonly #kept: (() => void)[] = [];

  constructor(hasReader: boolean) {
    const seen = this.seen;
    this.#socket = new Duplex({
      read: () => undefined,
      write(chunk: Buffer, _encoding, done) {
        seen.push(`wrote ${chunk.toString('hex')}`);
        done();
      },
    });
    const ws = upgraded(this.#socket);
    seen.length = 0;
    const receive = (data: Buffer, isBinary = true): void => {
      const index = seen.push('') - 1;
      this.#kept.push(() => (seen[index] = `${isBinary ? 'binary' : 'text'} ${data.toString('hex')}`));
    };
    const ignored = (): void => undefined;
    const reader = hasReader ? new MessageReader(this.#socket, MAX_BYTES, { receive, ignored }) : undefined;
    this.#reader = reader;
    ws.on('message', (data: Buffer, isBinary) => {
      reader?.heardOf();
      this.parsed += 1;
      receive(frameOf(data), isBinary);
    });
    ws.on('ping', (data) => {
      reader?.heardOf();
      seen.push(`ping ${data.toString('hex')}`);
    });
    ws.on('pong', (data) => {
      reader?.heardOf();
      seen.push(`pong ${data.toString('hex')}`);
    });
    ws.on('error', (error) => {
      reader?.stop();
      seen.push(`error ${error.message}`);
    });
    this.#closed = new Promise((resolve) =>
      ws.on('close', (code) => {
        seen.push(`closed ${code}`);
        resolve(undefined);
      }),
    );
  }

  /** Each list arrives within one turn of the event loop, in as many pieces. */
  async gets(turns: readonly (readonly Buffer[])[]): Promise<readonly string[]> {
    for (const pieces of turns) {
      for (const [index, piece] of pieces.entries()) {
        if (this.#reader && index % 2 === 0) this.#reader.read(readBuffer, piece.copy(readBuffer.bytes));
        else if (this.#reader) this.#reader.read(chunkOf(Buffer.from(piece)), piece.length);
        else this.#socket.push(Buffer.from(piece));
      }
      await turn();
      for (const look of this.#kept.splice(0)) look();
    }
    this.#socket.push(null);
    await turn();
    this.#socket.destroy();
    await this.#closed;
    return this.seen;
  }
}

function upgraded(socket: Duplex): WebSocket {
  const request = new IncomingMessage(new Socket());
  request.method = 'GET';
  request.headers = {
    connection: 'upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': Buffer.alloc(16).toString('base64'),
  };
  let accepted: WebSocket | undefined;
  server.handleUpgrade(request, socket, Buffer.alloc(0), (ws) => (accepted = ws));
  if (!accepted) throw new Error('not accepted');
  return accepted;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
