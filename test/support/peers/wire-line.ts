import { WebSocket } from 'ws';
import {
  decodeFromRelay,
  encodeCast,
  encodeControl,
  encodeSend,
  helloBytes,
  labels,
  loginBytes,
  randomBytes,
  RELAY_PATH,
  SUBPROTOCOL,
  verify,
  type Frame,
  type LoginPurpose,
  type Question,
  type Reply,
  type ReplyName,
  type ReplyOf,
  type Request,
  type Signer,
} from '../../../src/shared/public.ts';
import { Inbox } from './inbox.ts';

export type Asked = { [Name in Question['t']]: Omit<Extract<Question, { t: Name }>, 'rid'> }[Question['t']];

export interface LoginScript {
  readonly purpose: LoginPurpose;
  readonly signer: Signer;
  /** What is sent instead of the honest login. */
  readonly login?: (honest: Extract<Request, { t: 'login' }>) => Request;
}

/**
 * A client's side of the relay wire: one WebSocket, the login, questions and their answers. It reconnects nothing and
 * limits nothing; a program that talks to people wants both.
 */
export class WireLine {
  readonly frames = new Inbox<Frame<Reply>>(describe);
  /** Resolves with the WebSocket's close code. */
  readonly closed: Promise<number>;
  /** Called with each frame, before it is in `frames`. */
  onFrame: (frame: Frame<Reply>) => void = () => undefined;
  readonly #socket: WebSocket;
  #rid = 0;

  private constructor(url: string) {
    const socket = new WebSocket(`${url}${RELAY_PATH}`, SUBPROTOCOL, { perMessageDeflate: false });
    this.#socket = socket;
    socket.on('message', (data) => {
      if (!Buffer.isBuffer(data)) return;
      const frame = decodeFromRelay(Uint8Array.from(data));
      this.onFrame(frame);
      this.frames.push(frame);
    });
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => socket.once('close', (code) => resolve(code)));
  }

  /** Connects; the relay's challenge is in `frames`. */
  static async connect(url: string): Promise<WireLine> {
    const line = new WireLine(url);
    await line.expect('challenge');
    return line;
  }

  /** Proves the identity to the relay, and checks that the relay proves its own. Throws when either fails. */
  async logIn({ purpose, signer, login = (honest) => honest }: LoginScript): Promise<ReplyOf<'hello'>> {
    const { relay, nonce: relayNonce } = await this.expect('challenge');
    const nonces = { relay, relayNonce, clientNonce: randomBytes(32) };
    const sig = signer.sign(labels.login, loginBytes(nonces, purpose));
    const rid = ++this.#rid;
    this.tell(
      login({ t: 'login', rid, identity: signer.publicKey, nonce: nonces.clientNonce, purpose, sig }),
    );
    const hello = await this.#answer(rid);
    if (hello.t !== 'hello') throw new Error(`no hello: ${nameOf(hello)}`);
    if (!verify(labels.hello, relay, helloBytes(nonces, signer.publicKey), hello.sig))
      throw new Error('the relay did not prove its key');
    return hello;
  }

  bytes(frame: Uint8Array): void {
    this.#socket.send(frame);
  }

  tell(message: Request): void {
    this.bytes(encodeControl(message));
  }

  send(circuit: number, payload: Uint8Array): void {
    this.bytes(encodeSend(circuit, payload));
  }

  cast(handle: number, payload: Uint8Array): void {
    this.bytes(encodeCast(handle, payload));
  }

  /** The answer to a question, be it an `error`. */
  ask(question: Asked): Promise<Reply> {
    const rid = ++this.#rid;
    this.tell({ ...question, rid });
    return this.#answer(rid);
  }

  /** Like `ask`, and anything but a `name` is thrown. */
  async request<Name extends ReplyName>(question: Asked, name: Name): Promise<ReplyOf<Name>> {
    const answer = await this.ask(question);
    if (isReply(answer, name)) return answer;
    throw new Error(`wanted ${name}, got ${nameOf(answer)}`);
  }

  /** The first control message of that name from the `from`th frame on. */
  expect<Name extends ReplyName>(name: Name, from = 0): Promise<ReplyOf<Name>> {
    return this.frames.find(
      (frame) => (frame.type === 'control' && isReply(frame.message, name) ? frame.message : undefined),
      from,
    );
  }

  /** Everything the relay did for what was sent before has happened and arrived. */
  async settled(): Promise<void> {
    await this.request({ t: 'ping' }, 'pong');
  }

  async close(): Promise<void> {
    this.#socket.close();
    await this.closed;
  }

  #answer(rid: number): Promise<Reply> {
    return this.frames.find((frame) =>
      frame.type === 'control' && 'rid' in frame.message && frame.message.rid === rid
        ? frame.message
        : undefined,
    );
  }
}

export function isReply<Name extends ReplyName>(message: Reply, name: Name): message is ReplyOf<Name> {
  return message.t === name;
}

function nameOf(message: Reply): string {
  return message.t === 'error' ? `error ${message.code}` : message.t;
}

function describe(frame: Frame<Reply>): string {
  return frame.type === 'control' ? nameOf(frame.message) : frame.type;
}
