import { once } from 'node:events';
import { WebSocket, WebSocketServer } from 'ws';
import {
  decodeFromClient,
  encodeCast,
  encodeControl,
  encodeSend,
  helloBytes,
  labels,
  loginBytes,
  randomBytes,
  RELAY_PATH,
  SUBPROTOCOL,
  toBase32,
  verify,
  WIRE_VERSION,
  type Frame,
  type LoginPurpose,
  type Reply,
  type ReplyOf,
  type Request,
  type RequestOf,
} from '../../../src/shared/public.ts';
import { Inbox } from './inbox.ts';
import { person } from './paper-host.ts';

const limits: ReplyOf<'hello'>['limits'] = {
  rooms: 3,
  members: 250,
  framesPerSecond: 1_000,
  bytesPerSecond: 10_000_000,
  mailboxMessages: 128,
  mailBytes: 16_384,
};

type Data = Exclude<Frame<Request>, { type: 'control' }>;

/** What a relay does otherwise than it should; each part is honest when absent. */
export interface RelayScript {
  readonly challenge?: (honest: ReplyOf<'challenge'>) => Reply;
  readonly hello?: (honest: ReplyOf<'hello'>) => Reply;
  /** True where the script has dealt with a request. */
  readonly request?: (request: Request, caller: Caller) => boolean;
  readonly incoming?: (honest: ReplyOf<'incoming'>) => ReplyOf<'incoming'>;
  /** What is forwarded instead of a `send` or `cast`. */
  readonly data?: (honest: Uint8Array, frame: Data, from: Caller) => readonly Uint8Array[];
}

/** A connected client, as the relay sees it. */
export class Caller {
  /** Empty before the login. */
  key: Uint8Array = new Uint8Array();
  purpose: LoginPurpose | undefined;
  readonly heard = new Inbox<Frame<Request>>(describe);
  /** Resolves with the close code. */
  readonly closed: Promise<number>;
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', (code) => resolve(code)));
  }

  say(message: Reply): void {
    this.bytes(encodeControl(message));
  }

  bytes(frame: Uint8Array): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(frame);
  }

  close(code: number): void {
    this.#socket.close(code);
  }

  hears<Name extends Request['t']>(name: Name, from = 0): Promise<RequestOf<Name>> {
    return this.heard.find(
      (frame) => (frame.type === 'control' && isRequest(frame.message, name) ? frame.message : undefined),
      from,
    );
  }
}

interface Room {
  readonly handle: number;
  readonly host: Caller;
  readonly admitted: Set<Caller>;
  readonly entry: RequestOf<'update'>['entry'] | undefined;
}

/**
 * A relay written on `chat-tui/protocol` alone: logins, rooms, circuits, prekeys and mail, in memory and without a
 * single limit. It lies wherever a script says so.
 */
export class ScriptedRelay {
  readonly signer = person();
  /** Those who have logged in. */
  readonly callers = new Inbox<Caller>(({ purpose }) => purpose ?? 'nobody');
  script: RelayScript = {};
  readonly #server: WebSocketServer;
  readonly #rooms = new Map<string, Room>();
  readonly #circuits = new Map<number, { readonly member: Caller; readonly room: Room }>();
  readonly #prekeys = new Map<string, Uint8Array>();
  #last = 0;

  private constructor(server: WebSocketServer) {
    this.#server = server;
    server.on('connection', (socket) => this.#connected(socket));
  }

  static async start(port = 0): Promise<ScriptedRelay> {
    const server = new WebSocketServer({
      host: '127.0.0.1',
      port,
      path: RELAY_PATH,
      perMessageDeflate: false,
      handleProtocols: () => SUBPROTOCOL,
    });
    await once(server, 'listening');
    return new ScriptedRelay(server);
  }

  get url(): string {
    const address = this.#server.address();
    return `ws://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  }

  /** The first to log in as `purpose` from the `from`th login on, past or future. */
  caller(purpose: LoginPurpose, from = 0): Promise<Caller> {
    return this.callers.find((caller) => (caller.purpose === purpose ? caller : undefined), from);
  }

  async close(): Promise<void> {
    for (const client of this.#server.clients) client.terminate();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #connected(socket: WebSocket): void {
    const caller = new Caller(socket);
    const nonce = randomBytes(32);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#gone(caller));
    socket.on('message', (data) => {
      if (!Buffer.isBuffer(data)) return;
      const frame = decodeFromClient(Uint8Array.from(data));
      caller.heard.push(frame);
      if (frame.type !== 'control') this.#data(caller, frame);
      else if (frame.message.t === 'login') this.#login(caller, nonce, frame.message);
      else if (this.script.request?.(frame.message, caller) !== true) this.#request(caller, frame.message);
    });
    const honest = { t: 'challenge', v: WIRE_VERSION, relay: this.signer.publicKey, nonce } as const;
    caller.say(this.script.challenge?.(honest) ?? honest);
  }

  #login(caller: Caller, relayNonce: Uint8Array, login: RequestOf<'login'>): void {
    const { identity, purpose, rid, sig } = login;
    const nonces = { relay: this.signer.publicKey, relayNonce, clientNonce: login.nonce };
    if (!verify(labels.login, identity, loginBytes(nonces, purpose), sig)) {
      caller.say({ t: 'error', rid, code: 'login-failed', fatal: true });
      return;
    }
    caller.key = identity;
    caller.purpose = purpose;
    const proof = this.signer.sign(labels.hello, helloBytes(nonces, identity));
    const honest = { t: 'hello', rid, sig: proof, limits } as const;
    caller.say(this.script.hello?.(honest) ?? honest);
    this.callers.push(caller);
  }

  #request(caller: Caller, request: Request): void {
    switch (request.t) {
      case 'open-room': {
        const handle = ++this.#last;
        const { rid, room, entry } = request;
        this.#rooms.set(toBase32(room), { handle, host: caller, admitted: new Set(), entry });
        caller.say({ t: 'room-opened', rid, handle, fence: 1, leaseMs: 60_000 });
        break;
      }
      case 'dial':
        this.#dial(caller, request);
        break;
      case 'admit': {
        const circuit = this.#circuits.get(request.circuit);
        circuit?.room.admitted.add(circuit.member);
        break;
      }
      case 'hangup': {
        const circuit = this.#circuits.get(request.circuit);
        this.#circuits.delete(request.circuit);
        circuit?.room.admitted.delete(circuit.member);
        (circuit?.member === caller ? circuit.room.host : circuit?.member)?.say(request);
        break;
      }
      case 'watch': {
        const entries = [...this.#rooms.values()].flatMap(({ entry, admitted }) =>
          entry ? [{ ...entry, members: admitted.size }] : [],
        );
        caller.say({ t: 'listing', rid: request.rid, full: true, entries, gone: [] });
        break;
      }
      case 'put-prekey':
        this.#prekeys.set(toBase32(caller.key), request.prekey);
        caller.say({ t: 'ok', rid: request.rid });
        break;
      case 'get-prekey': {
        const prekey = this.#prekeys.get(toBase32(request.identity));
        if (prekey) caller.say({ t: 'prekey', rid: request.rid, prekey });
        else caller.say({ t: 'error', rid: request.rid, code: 'not-delivered', fatal: false });
        break;
      }
      case 'put-mail': {
        const { rid, id, mail, to } = request;
        caller.say({ t: 'mail-stored', rid });
        for (const other of this.callers.all)
          if (other.purpose === 'member' && toBase32(other.key) === toBase32(to))
            other.say({ t: 'mail', from: caller.key, id, mail, at: Date.now() });
        break;
      }
      case 'ping':
        caller.say({ t: 'pong', rid: request.rid });
        break;
      default:
        if ('rid' in request) caller.say({ t: 'ok', rid: request.rid });
    }
  }

  #dial(caller: Caller, { rid, room: id, conv }: RequestOf<'dial'>): void {
    const room = this.#rooms.get(toBase32(id));
    if (!room) {
      caller.say({ t: 'error', rid, code: 'no-such-room', fatal: false });
      return;
    }
    const circuit = ++this.#last;
    const { handle } = room;
    this.#circuits.set(circuit, { member: caller, room });
    const honest = { t: 'incoming', handle, circuit, conv, identity: caller.key } as const;
    room.host.say(this.script.incoming?.(honest) ?? honest);
    caller.say({ t: 'dialled', rid, circuit, handle });
  }

  #data(caller: Caller, frame: Data): void {
    const honest =
      frame.type === 'send'
        ? encodeSend(frame.circuit, frame.payload)
        : encodeCast(frame.handle, frame.payload);
    const forwarded = this.script.data?.(honest, frame, caller) ?? [honest];
    for (const to of this.#receivers(caller, frame)) for (const bytes of forwarded) to.bytes(bytes);
  }

  #receivers(caller: Caller, frame: Data): readonly Caller[] {
    if (frame.type === 'cast')
      return [...this.#rooms.values()].flatMap(({ handle, host, admitted }) =>
        handle === frame.handle && host === caller ? [...admitted] : [],
      );
    const circuit = this.#circuits.get(frame.circuit);
    if (!circuit) return [];
    return [circuit.member === caller ? circuit.room.host : circuit.member];
  }

  #gone(caller: Caller): void {
    for (const [id, { member, room }] of this.#circuits) {
      if (member !== caller && room.host !== caller) continue;
      this.#circuits.delete(id);
      room.admitted.delete(member);
      (member === caller ? room.host : member).say({ t: 'hangup', circuit: id });
    }
    for (const [id, { host }] of this.#rooms) if (host === caller) this.#rooms.delete(id);
  }
}

function isRequest<Name extends Request['t']>(message: Request, name: Name): message is RequestOf<Name> {
  return message.t === name;
}

function describe(frame: Frame<Request>): string {
  return frame.type === 'control' ? frame.message.t : frame.type;
}
