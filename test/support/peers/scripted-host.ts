import {
  decodeMemberHello,
  decodeMemberMessage,
  encodeHostHello,
  encodeListing,
  encodeRoomMessage,
  formatInvite,
  generateKeyPair,
  Handshake,
  handshakePrologue,
  identityKey,
  issueDeviceCertificate,
  joinPsk,
  labels,
  pad,
  ProtocolError,
  randomBytes,
  roomId,
  unpad,
  type Channel,
  type HostHello,
  type HostMessage,
  type HostMessageOf,
  type ListingBody,
  type MemberHello,
  type MemberMessage,
  type RefusalCode,
  type ReplyOf,
  type Signer,
} from '../../../src/shared/public.ts';
import { Inbox } from './inbox.ts';
import { PaperHost, person, type Placed, type Signed } from './paper-host.ts';
import { WireLine } from './wire-line.ts';

/** Seconds since 1970; after every test. */
const NEVER = 4_000_000_000;

/** What a host does otherwise than it should; each part is honest when absent. */
export interface HostScript {
  readonly prologue?: (honest: Uint8Array) => Uint8Array;
  /** Message 2. */
  readonly hello?: (honest: HostHello) => HostHello;
  /** What is said first, instead of the welcome. */
  readonly greet?: (guest: Guest) => void;
  readonly welcome?: (honest: HostMessageOf<'welcome'>) => HostMessageOf<'welcome'>;
  /** True where the script has dealt with what a guest said. */
  readonly said?: (guest: Guest, message: MemberMessage) => boolean;
}

/** Somebody on a circuit, as the host sees it. */
export interface Guest {
  readonly circuit: number;
  readonly key: Uint8Array;
  readonly hello: MemberHello;
  readonly said: Inbox<MemberMessage>;
  /** Seals and sends. */
  say(message: HostMessage): void;
  /** Each is to be sent once, in the order of sealing, unless a script wants otherwise. */
  seal(message: HostMessage): Uint8Array;
  sealBytes(plaintext: Uint8Array): Uint8Array;
  raw(payload: Uint8Array): void;
  hangUp(code: RefusalCode): void;
}

/**
 * A host at any relay, written on `chat-tui/protocol` alone. It lets everybody in, gives each post the next number of its
 * log on paper and casts it; what it says goes out uncleaned. With a script it lies in its handshake, its welcome and its
 * answers, with its `paper` in events, heads and casts, and with its `line` in whatever a relay can be told.
 */
export class ScriptedHost {
  readonly line: WireLine;
  readonly paper: PaperHost;
  readonly device = generateKeyPair();
  readonly guests = new Inbox<Guest>(({ hello }) => hello.nick);
  readonly invite: string;
  script: HostScript = {};
  /** Posts are numbered and cast, fetches answered, by themselves. */
  obliging = true;
  handle = 0;
  fence = 0;
  #revision = 0;
  readonly #circuits = new Map<number, (payload: Uint8Array) => void>();

  private constructor(line: WireLine, paper: PaperHost, { hostname, port }: URL) {
    this.line = line;
    this.paper = paper;
    const [room, key] = [roomId(paper.room), identityKey(paper.signer.publicKey)];
    this.invite = formatInvite({ tls: false, host: hostname, port: Number(port), room, key });
    line.onFrame = (frame) => {
      if (frame.type === 'send') this.#take(frame.circuit, frame.payload);
      else if (frame.type === 'control' && frame.message.t === 'incoming') void this.#incoming(frame.message);
      else if (frame.type === 'control' && frame.message.t === 'hangup')
        this.#circuits.delete(frame.message.circuit);
    };
  }

  /** Logs in and opens a room, listed where it has a title. */
  static async open(
    relayUrl: string,
    { title, topic = '', signer = person() }: { title?: string; topic?: string; signer?: Signer } = {},
  ) {
    const paper = new PaperHost(randomBytes(8), signer);
    const line = await WireLine.connect(relayUrl);
    await line.logIn({ purpose: 'host', signer });
    const host = new ScriptedHost(line, paper, new URL(relayUrl));
    const { room, nonce } = paper;
    const listed = title === undefined ? {} : { entry: host.entry({ title, topic }) };
    const opened = await line.request(
      { t: 'open-room', room, nonce, maxMembers: 100, ...listed },
      'room-opened',
    );
    host.handle = opened.handle;
    host.fence = opened.fence;
    return host;
  }

  /** A directory entry, true but for `changes`. */
  entry(changes: Partial<ListingBody> = {}): { body: Uint8Array; sig: Uint8Array } {
    const { room, nonce, signer } = this.paper;
    const body = encodeListing({
      room,
      host: signer.publicKey,
      nonce,
      title: 'tea',
      topic: '',
      code: false,
      rev: ++this.#revision,
      expires: Math.floor(Date.now() / 1_000) + 600,
      ...changes,
    });
    return { body, sig: signer.sign(labels.list, body) };
  }

  /** False: the relay lists no such thing. */
  async list(changes: Partial<ListingBody>): Promise<boolean> {
    const { handle, fence } = this;
    const answer = await this.line.ask({ t: 'update', handle, fence, entry: this.entry(changes) });
    return answer.t !== 'error';
  }

  cast(payload: Uint8Array): void {
    this.line.cast(this.handle, payload);
  }

  /** Numbers and casts what was signed elsewhere. */
  place(signed: Signed): Placed {
    const placed = this.paper.place(signed);
    this.cast(this.paper.cast(placed));
    return placed;
  }

  /** Numbers, seals and casts a true line. */
  say(author: Signer, text: string): Placed {
    return this.place(this.paper.text(author, text));
  }

  /** Whoever was let in as the `from`th, past or future. */
  guest(from = 0): Promise<Guest> {
    return this.guests.find((guest) => guest, from);
  }

  /** The roster is the guest, the owner and `others`. */
  welcome(guest: Guest, others: readonly (readonly [Signer, string])[] = []): void {
    const honest = this.paper.welcome(others);
    const roster = [
      { key: guest.key, nick: guest.hello.nick, role: 'member' as const, presence: 'online' as const },
      { key: this.paper.signer.publicKey, nick: 'host', role: 'owner' as const, presence: 'online' as const },
      ...honest.roster,
    ];
    const welcome = { ...honest, roster, rosterSize: roster.length };
    guest.say(this.script.welcome?.(welcome) ?? welcome);
  }

  #take(circuit: number, payload: Uint8Array): void {
    try {
      this.#circuits.get(circuit)?.(payload);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#circuits.delete(circuit);
      this.line.tell({ t: 'hangup', circuit, code: error.code });
    }
  }

  async #incoming({ circuit, conv, identity }: ReplyOf<'incoming'>): Promise<void> {
    let first: Uint8Array | undefined;
    this.#circuits.set(circuit, (payload) => (first = payload));
    const { relay } = await this.line.expect('challenge');
    const { room, nonce, signer } = this.paper;
    const prologue = handshakePrologue({ room, relay, conv });
    const handshake = new Handshake({
      pattern: 'XXpsk3',
      initiator: false,
      prologue: this.script.prologue?.(prologue) ?? prologue,
      static: this.device,
      psk: joinPsk(undefined, room),
    });
    const answer = (message: Uint8Array): void => {
      this.#circuits.set(circuit, (third) => {
        const hello = decodeMemberHello(handshake.read(third));
        this.#letIn(circuit, identity, hello, handshake.split());
      });
      handshake.read(message);
      const cert = issueDeviceCertificate(signer, this.device.public, randomBytes(16), NEVER);
      const hello: HostHello = { v: 1, cert, nonce };
      this.line.send(circuit, handshake.write(encodeHostHello(this.script.hello?.(hello) ?? hello)));
    };
    this.#circuits.set(circuit, answer);
    if (first) this.#take(circuit, first);
  }

  #letIn(circuit: number, key: Uint8Array, hello: MemberHello, channel: Channel): void {
    const said = new Inbox<MemberMessage>(({ t }) => t);
    const raw = (payload: Uint8Array): void => this.line.send(circuit, payload);
    const sealBytes = (plaintext: Uint8Array): Uint8Array => channel.seal(plaintext);
    const seal = (message: HostMessage): Uint8Array => sealBytes(pad(encodeRoomMessage(message)));
    const say = (message: HostMessage): void => raw(seal(message));
    const hangUp = (code: RefusalCode): void => {
      this.#circuits.delete(circuit);
      this.line.tell({ t: 'hangup', circuit, code });
    };
    const guest: Guest = { circuit, key, hello, said, sealBytes, seal, raw, say, hangUp };
    this.#circuits.set(circuit, (payload) => {
      const message = decodeMemberMessage(unpad(channel.open(payload)));
      if (this.script.said?.(guest, message) !== true && this.obliging) this.#oblige(guest, message);
      said.push(message);
    });
    if (this.script.greet) this.script.greet(guest);
    else this.welcome(guest);
    if (this.#circuits.has(circuit)) this.line.tell({ t: 'admit', circuit });
    this.guests.push(guest);
  }

  #oblige(guest: Guest, message: MemberMessage): void {
    if (message.t === 'ping') guest.say({ t: 'pong', rid: message.rid, seq: this.paper.end.seq });
    if (message.t === 'post') this.place(message.event);
    if (message.t === 'fetch') guest.say(this.paper.page(message.rid, message.from, message.to));
  }
}
