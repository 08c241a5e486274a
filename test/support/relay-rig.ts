import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import {
  labels,
  makeRoomId,
  randomBytes,
  signerFrom,
  verify,
  type Signer,
} from '../../src/shared/crypto/sign.ts';
import {
  decodeFromRelay,
  encodeCast,
  encodeControl,
  encodeSend,
  type Frame,
} from '../../src/shared/wire/codec.ts';
import type { Reply, ReplyName, ReplyOf, Request } from '../../src/shared/wire/control.ts';
import { encodeListing, type ListingBody } from '../../src/shared/wire/listing.ts';
import { helloBytes, loginBytes, type LoginPurpose } from '../../src/shared/wire/login.ts';
import { RELAY_PATH, SUBPROTOCOL } from '../../src/shared/wire/version.ts';
import type { Clock } from '../../src/relay/clock.ts';
import { startRelay, type RelayOptions, type RunningRelay } from '../../src/relay/index.ts';

type Incoming = Frame<Reply>;
type WithoutRid<T> = T extends { rid: number } ? Omit<T, 'rid'> : never;
type Asked = WithoutRid<Request>;

/** Long enough for a slow machine; a wait that runs out names what did come. */
const WAIT_MS = 30_000;

/** A relay on a free port of this machine, in memory unless told otherwise; closed when the test ends. */
export async function relayRig(options: Partial<RelayOptions> = {}): Promise<RunningRelay> {
  const relay = await startRelay({
    listen: { host: '127.0.0.1', port: 0 },
    dataDir: undefined,
    sweepMs: 50,
    ...options,
  });
  onTestFinished(() => relay.close());
  return relay;
}

/** One raw WebSocket to a relay that keeps what it received until somebody expects it. */
export class RawClient {
  readonly ws: WebSocket;
  /** Resolves with the close code. */
  readonly closed: Promise<number>;
  /** Every message as it came, newest last. */
  readonly bytes: Uint8Array[] = [];
  private readonly inbox: Incoming[] = [];
  private readonly waiting: { matches: (frame: Incoming) => boolean; resolve: (frame: Incoming) => void }[] =
    [];
  private rid = 0;

  /** `from` is what a proxy in front says of who calls. */
  constructor(
    url: string,
    options: { origin?: string; path?: string; protocol?: string; from?: string } = {},
  ) {
    const { path = RELAY_PATH, protocol = SUBPROTOCOL, origin, from } = options;
    this.ws = new WebSocket(`${url}${path}`, protocol, {
      ...(origin ? { origin } : {}),
      ...(from === undefined ? {} : { headers: { 'x-forwarded-for': from } }),
      perMessageDeflate: false,
      // The certificate of a test is signed by itself.
      rejectUnauthorized: false,
    });
    this.ws.on('message', (data) => this.receive(data));
    this.ws.on('error', () => undefined);
    this.closed = new Promise((resolve) => this.ws.once('close', (code) => resolve(code)));
  }

  /** Resolves when the connection is open, rejects with the HTTP status when it is refused. */
  opened(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.ws.readyState === WebSocket.OPEN) resolve();
      this.ws.once('open', () => resolve());
      this.ws.once('unexpected-response', (_, response) => {
        reject(new Error(`HTTP ${response.statusCode ?? 0}`));
        response.destroy();
      });
      this.ws.once('error', reject);
    });
  }

  sendBytes(bytes: Uint8Array): void {
    this.ws.send(bytes);
  }

  tell(message: Request): void {
    this.sendBytes(encodeControl(message));
  }

  send(circuit: number, payload: Uint8Array): void {
    this.sendBytes(encodeSend(circuit, payload));
  }

  cast(handle: number, payload: Uint8Array): void {
    this.sendBytes(encodeCast(handle, payload));
  }

  /** Asks and returns the answer with the same `rid`, be it an error. */
  async ask(question: Asked): Promise<Reply> {
    const rid = ++this.rid;
    this.tell({ ...question, rid } as Request);
    const frame = await this.next(
      (each) => each.type === 'control' && 'rid' in each.message && each.message.rid === rid,
    );
    if (frame.type !== 'control') throw new Error('not a control frame');
    return frame.message;
  }

  /** Like `ask`, and the answer must be a `name`. */
  async request<Name extends ReplyName>(question: Asked, name: Name): Promise<ReplyOf<Name>> {
    const answer = await this.ask(question);
    if (answer.t !== name) throw new Error(`wanted ${name}, got ${describe(answer)}`);
    return answer as ReplyOf<Name>;
  }

  /** The first control message of that name that nobody has taken. */
  async expect<Name extends ReplyName>(name: Name): Promise<ReplyOf<Name>> {
    const frame = await this.next((each) => each.type === 'control' && each.message.t === name);
    if (frame.type !== 'control') throw new Error('not a control frame');
    return frame.message as ReplyOf<Name>;
  }

  /** The first `send` or `cast` that nobody has taken. */
  async data(): Promise<Exclude<Incoming, { type: 'control' }>> {
    const frame = await this.next((each) => each.type !== 'control');
    if (frame.type === 'control') throw new Error('not data');
    return frame;
  }

  /** A round trip: all that the relay did for earlier messages has happened and arrived. */
  async settled(): Promise<void> {
    await this.request({ t: 'ping' }, 'pong');
  }

  /** What has come and nobody has taken. */
  left(): readonly Incoming[] {
    return this.inbox;
  }

  close(): Promise<number> {
    this.ws.close();
    return this.closed;
  }

  private receive(data: WebSocket.RawData): void {
    if (!Buffer.isBuffer(data)) return;
    this.bytes.push(data);
    const frame = decodeFromRelay(data);
    const index = this.waiting.findIndex(({ matches }) => matches(frame));
    if (index < 0) this.inbox.push(frame);
    else this.waiting.splice(index, 1)[0]?.resolve(frame);
  }

  private next(matches: (frame: Incoming) => boolean): Promise<Incoming> {
    const index = this.inbox.findIndex(matches);
    const found = index < 0 ? undefined : this.inbox.splice(index, 1)[0];
    if (found) return Promise.resolve(found);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`nothing came; left over: ${this.inbox.map(describeFrame).join(', ')}`));
      }, WAIT_MS);
      this.waiting.push({
        matches,
        resolve: (frame) => {
          clearTimeout(timer);
          resolve(frame);
        },
      });
    });
  }
}

/** Connects without logging in. */
export function rawClient(
  relay: Pick<RunningRelay, 'url'>,
  options?: ConstructorParameters<typeof RawClient>[1],
): RawClient {
  const client = new RawClient(relay.url, options);
  onTestFinished(() => client.ws.terminate());
  return client;
}

export interface SignedIn {
  readonly client: RawClient;
  readonly signer: Signer;
  readonly hello: ReplyOf<'hello'>;
}

/** Connects and logs in, with a new identity unless given. */
export async function signIn(
  relay: Pick<RunningRelay, 'url'>,
  purpose: LoginPurpose = 'member',
  signer: Signer = newSigner(),
  options?: ConstructorParameters<typeof RawClient>[1],
): Promise<SignedIn> {
  const client = rawClient(relay, options);
  const challenge = await client.expect('challenge');
  const nonce = randomBytes(32);
  const nonces = { relay: challenge.relay, relayNonce: challenge.nonce, clientNonce: nonce };
  const sig = signer.sign(labels.login, loginBytes(nonces, purpose));
  const hello = await client.request(
    { t: 'login', identity: signer.publicKey, nonce, purpose, sig },
    'hello',
  );
  if (!verify(labels.hello, challenge.relay, helloBytes(nonces, signer.publicKey), hello.sig))
    throw new Error('the relay did not prove its identity');
  return { client, signer, hello };
}

export function newSigner(): Signer {
  return signerFrom(randomBytes(32));
}

export interface OpenRoom extends SignedIn {
  readonly room: Uint8Array;
  readonly nonce: Uint8Array;
  readonly handle: number;
  readonly fence: number;
}

interface RoomOptions {
  readonly signer?: Signer;
  readonly nonce?: Uint8Array;
  readonly maxMembers?: number;
  readonly from?: string;
  /** Lists the room with these changes to a valid entry. */
  readonly listing?: Partial<ListingBody>;
}

/** A signed-in host with one open room, private unless `listing` is given. */
export async function openRoom(
  relay: Pick<RunningRelay, 'url'>,
  options: RoomOptions = {},
): Promise<OpenRoom> {
  const host = await signIn(
    relay,
    'host',
    options.signer,
    options.from === undefined ? {} : { from: options.from },
  );
  const nonce = options.nonce ?? randomBytes(16);
  const room = makeRoomId(host.signer.publicKey, nonce);
  const entry = options.listing && signedEntry(host.signer, nonce, options.listing);
  const opened = await host.client.request(
    { t: 'open-room', room, nonce, maxMembers: options.maxMembers ?? 0, ...(entry ? { entry } : {}) },
    'room-opened',
  );
  return { ...host, room, nonce, handle: opened.handle, fence: opened.fence };
}

/** A directory entry, valid but for `changes`. */
export function signedEntry(signer: Signer, nonce: Uint8Array, changes: Partial<ListingBody> = {}) {
  const body = encodeListing({
    room: makeRoomId(signer.publicKey, nonce),
    host: signer.publicKey,
    nonce,
    title: 'tea',
    topic: '',
    code: false,
    rev: 1,
    expires: Math.floor(Date.now() / 1_000) + 600,
    ...changes,
  });
  return { body, sig: signer.sign(labels.list, body) };
}

export interface Joined extends SignedIn {
  readonly circuit: number;
  readonly conv: Uint8Array;
}

/** Dials a room and is admitted; resolves when casts of the room reach the member. */
export async function join(
  relay: Pick<RunningRelay, 'url'>,
  host: OpenRoom,
  member?: SignedIn,
): Promise<Joined> {
  const who = member ?? (await signIn(relay));
  const conv = randomBytes(16);
  const { circuit } = await who.client.request({ t: 'dial', room: host.room, conv }, 'dialled');
  await host.client.expect('incoming');
  host.client.tell({ t: 'admit', circuit });
  await host.client.settled();
  return { ...who, circuit, conv };
}

function describe(message: Reply): string {
  return message.t === 'error' ? `error ${message.code}` : message.t;
}

function describeFrame(frame: Incoming): string {
  return frame.type === 'control' ? describe(frame.message) : frame.type;
}

/** Time that moves when told to. */
export class FakeClock implements Clock {
  private now = 1_000_000;
  private wallOffset = Date.UTC(2026, 10, 20);

  wall(): number {
    return this.now + this.wallOffset;
  }

  monotonic(): number {
    return this.now;
  }

  advance(ms: number): void {
    this.now += ms;
  }

  /** Moves the wall clock alone, as somebody who sets it does. */
  jumpWall(ms: number): void {
    this.wallOffset += ms;
  }
}
