import { once } from 'node:events';
import { WebSocketServer } from 'ws';
import { memoryDialler } from '../../../src/link/memory-transport.ts';
import type { Dialler } from '../../../src/link/transport.ts';
import {
  decodeFromClient,
  encodeCast,
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
import { Caller, type CallerLine } from './caller.ts';
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

/** What a relay does otherwise than it should; each part is honest when absent. Undefined: nothing is said. */
export interface RelayScript {
  readonly challenge?: (honest: ReplyOf<'challenge'>) => Reply | undefined;
  /** `signed` is what the signature of the honest one is over. */
  readonly hello?: (honest: ReplyOf<'hello'>, signed: Uint8Array) => Reply | undefined;
  /** True where the script has dealt with a request. */
  readonly request?: (request: Request, caller: Caller) => boolean;
  readonly incoming?: (honest: ReplyOf<'incoming'>) => ReplyOf<'incoming'>;
  /** What is forwarded instead of a `send` or `cast`. */
  readonly data?: (honest: Uint8Array, frame: Data, from: Caller) => readonly Uint8Array[];
}

interface Room {
  readonly handle: number;
  readonly host: Caller;
  readonly admitted: Set<Caller>;
  readonly entry: RequestOf<'update'>['entry'] | undefined;
}

/**
 * A relay written on `chat-tui/protocol` alone: logins, rooms, circuits, prekeys and mail, without a store and without a
 * single limit. It lies wherever a script says so. It is reached by WebSockets when it was made by `start`, and in memory, at once
 * and in order, by its `dialler`.
 */
export class ScriptedRelay {
  readonly signer = person();
  /** Those who have logged in. */
  readonly callers = new Inbox<Caller>(({ purpose }) => purpose ?? 'nobody');
  /** Those who have connected, logged in or not. */
  readonly connected: Caller[] = [];
  readonly dialler: Dialler;
  script: RelayScript = {};
  /** False: nobody listens where `dialler` leads to. */
  up = true;
  /** How often `dialler` was used. */
  dials = 0;
  #server: WebSocketServer | undefined;
  readonly #rooms = new Map<string, Room>();
  readonly #circuits = new Map<number, { readonly member: Caller; readonly room: Room }>();
  readonly #prekeys = new Map<string, Uint8Array>();
  #last = 0;

  constructor() {
    this.dialler = memoryDialler(() => {
      this.dials++;
      if (!this.up) return undefined;
      return (server, line) => {
        let closed: (code: number) => void = () => undefined;
        const end = new Promise<number>((resolve) => (closed = resolve));
        const caller = new Caller(
          {
            send: (bytes) => server.send(bytes),
            close: (code) => server.close(code),
            cut: () => line.cut(),
          },
          end,
        );
        let hear: (bytes: Uint8Array) => void = () => undefined;
        return {
          open: () => (hear = this.#connected(caller)),
          message: (bytes) => hear(bytes),
          closed: (code) => {
            this.#gone(caller);
            closed(code);
          },
        };
      };
    });
  }

  static async start(port = 0): Promise<ScriptedRelay> {
    const relay = new ScriptedRelay();
    const server = new WebSocketServer({
      host: '127.0.0.1',
      port,
      path: RELAY_PATH,
      perMessageDeflate: false,
      handleProtocols: () => SUBPROTOCOL,
    });
    await once(server, 'listening');
    relay.#server = server;
    server.on('connection', (socket) => {
      const line: CallerLine = {
        send: (bytes) => {
          if (socket.readyState === socket.OPEN) socket.send(bytes);
        },
        close: (code) => socket.close(code),
        cut: () => socket.terminate(),
      };
      const caller = new Caller(line, new Promise((resolve) => socket.once('close', resolve)));
      const hear = relay.#connected(caller);
      socket.on('error', () => undefined);
      socket.on('close', () => relay.#gone(caller));
      socket.on('message', (data) => {
        if (Buffer.isBuffer(data)) hear(Uint8Array.from(data));
      });
    });
    return relay;
  }

  get url(): string {
    const address = this.#server?.address();
    return `ws://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  }

  /** Whoever has connected last; there must be one. */
  get newest(): Caller {
    const caller = this.connected.at(-1);
    if (!caller) throw new Error('nobody has connected');
    return caller;
  }

  /** The first to log in as `purpose` from the `from`th login on, past or future. */
  caller(purpose: LoginPurpose, from = 0): Promise<Caller> {
    return this.callers.find((caller) => (caller.purpose === purpose ? caller : undefined), from);
  }

  async close(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    for (const client of server.clients) client.terminate();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  /** Gives what is to be called with each message. */
  #connected(caller: Caller): (bytes: Uint8Array) => void {
    this.connected.push(caller);
    const nonce = randomBytes(32);
    const honest = { t: 'challenge', v: WIRE_VERSION, relay: this.signer.publicKey, nonce } as const;
    const challenge = this.script.challenge ? this.script.challenge(honest) : honest;
    if (challenge) caller.say(challenge);
    return (bytes) => {
      const frame = decodeFromClient(bytes);
      caller.heard.push(frame);
      if (frame.type !== 'control') this.#data(caller, frame);
      else if (frame.message.t === 'login') this.#login(caller, nonce, frame.message);
      else if (this.script.request?.(frame.message, caller) !== true) this.#request(caller, frame.message);
    };
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
    const signed = helloBytes(nonces, identity);
    const honest = { t: 'hello', rid, sig: this.signer.sign(labels.hello, signed), limits } as const;
    const hello = this.script.hello ? this.script.hello(honest, signed) : honest;
    if (hello) caller.say(hello);
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
