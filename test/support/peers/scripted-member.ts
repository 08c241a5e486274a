import {
  castHeader,
  checkDeviceCertificate,
  decodeCast,
  decodeEvent,
  decodeHostHello,
  decodeHostMessage,
  encodeEvent,
  encodeMemberHello,
  encodeRoomMessage,
  encodeWhisper,
  generateKeyPair,
  Handshake,
  handshakePrologue,
  issueDeviceCertificate,
  joinPsk,
  labels,
  makeRoomId,
  openCast,
  openPrekey,
  pad,
  randomBytes,
  sealWhisper,
  signerFrom,
  unpad,
  type CastMessage,
  type Channel,
  type DeviceCertificate,
  type HostMessage,
  type HostMessageOf,
  type MemberHello,
  type MemberMessage,
  type PostKind,
  type RefusalCode,
  type RoomEvent,
  type Signer,
} from '../../../src/shared/public.ts';
import { Inbox } from './inbox.ts';
import { WireLine } from './wire-line.ts';

/** Seconds since 1970; after every test. */
const NEVER = 4_000_000_000;

/** What a member does otherwise than it should while it gets in; each part is honest when absent. */
export interface EntryScript {
  readonly code?: Uint8Array | undefined;
  readonly nick?: string;
  readonly resume?: MemberHello['resume'];
  /** Changes the honest prologue. */
  readonly prologue?: (honest: Uint8Array) => Uint8Array;
  /** Payload of message 1, which has none. */
  readonly first?: Uint8Array;
  readonly certificate?: (honest: DeviceCertificate) => DeviceCertificate;
  readonly hello?: (honest: MemberHello) => MemberHello;
}

export interface HeardCast {
  readonly kepoch: number;
  readonly seq: number;
  readonly payload: Uint8Array;
  /** Undefined where no key that this member was given opens it. */
  readonly message: CastMessage | undefined;
}

type Heard =
  | { readonly type: 'message'; readonly message: HostMessage }
  | { readonly type: 'cast'; readonly cast: HeardCast }
  | { readonly type: 'hangup'; readonly code: RefusalCode | undefined };

/**
 * A member written on `chat-tui/protocol` alone: `ScriptedMember.logIn`, `dial`, `enter`, then `post` and `heard`.
 * It checks its host as a member must, and breaks the rules wherever a script says so.
 */
export class ScriptedMember {
  readonly line: WireLine;
  readonly signer: Signer;
  readonly device = generateKeyPair();

  /** The relay's key. */
  readonly relay: Uint8Array;

  private constructor(line: WireLine, signer: Signer, relay: Uint8Array) {
    this.line = line;
    this.signer = signer;
    this.relay = relay;
  }

  static async logIn(relayUrl: string, signer = signerFrom(randomBytes(32))): Promise<ScriptedMember> {
    const line = await WireLine.connect(relayUrl);
    await line.logIn({ purpose: 'member', signer });
    const { relay } = await line.expect('challenge');
    return new ScriptedMember(line, signer, relay);
  }

  /** Opens a circuit to the host of `room`; nothing is said on it yet. */
  async dial(room: Uint8Array): Promise<MemberCircuit> {
    const conv = randomBytes(16);
    const { relay } = this;
    const { circuit, handle } = await this.line.request({ t: 'dial', room, conv }, 'dialled');
    return new MemberCircuit(this, { room, relay, conv, circuit, handle });
  }

  /** Dials and shakes hands; `welcome` or the refusal is in `heard`. */
  async enter(room: Uint8Array, script: EntryScript = {}): Promise<MemberCircuit> {
    const circuit = await this.dial(room);
    await circuit.shakeHands(script);
    return circuit;
  }

  /** Enters and waits for the welcome and the pages after it. */
  async join(room: Uint8Array, script: EntryScript = {}): Promise<MemberCircuit> {
    const circuit = await this.enter(room, script);
    await circuit.message('page', ({ last }) => last);
    return circuit;
  }

  /** Seals a whisper in which it says of itself what it likes, and leaves it at the relay. */
  async whisper(to: Uint8Array, said: { nick: string; text: string; time?: number }): Promise<void> {
    const { signer } = this;
    const answer = await this.line.request({ t: 'get-prekey', identity: to }, 'prekey');
    const prekey = openPrekey(answer.prekey, to, Date.now() / 1_000);
    if (!prekey) throw new Error('no prekey');
    const id = randomBytes(16);
    const body = encodeWhisper({ from: signer.publicKey, to, id, time: Date.now(), ...said });
    const mail = sealWhisper({ to, prekey, device: generateKeyPair(), signer, body });
    await this.line.request({ t: 'put-mail', to, id, mail }, 'mail-stored');
  }

  certificate(): DeviceCertificate {
    return issueDeviceCertificate(this.signer, this.device.public, randomBytes(16), NEVER);
  }
}

interface CircuitPlace {
  readonly room: Uint8Array;
  readonly relay: Uint8Array;
  readonly conv: Uint8Array;
  readonly circuit: number;
  readonly handle: number;
}

/** One circuit of a scripted member. */
export class MemberCircuit {
  readonly heard = new Inbox<Heard>(describe);
  /** Every epoch key it was ever given. */
  readonly keys = new Map<number, Uint8Array>();
  readonly member: ScriptedMember;
  readonly place: CircuitPlace;
  counter = 0;
  #channel: Channel | undefined;
  #welcome: HostMessageOf<'welcome'> | undefined;

  constructor(member: ScriptedMember, place: CircuitPlace) {
    this.member = member;
    this.place = place;
    const { onFrame } = member.line;
    member.line.onFrame = (frame) => {
      onFrame(frame);
      if (frame.type === 'send' && frame.circuit === place.circuit) this.#data(frame.payload);
      else if (frame.type === 'cast' && frame.handle === place.handle) this.#cast(frame.payload);
      else if (
        frame.type === 'control' &&
        frame.message.t === 'hangup' &&
        frame.message.circuit === place.circuit
      )
        this.heard.push({ type: 'hangup', code: frame.message.code });
    };
  }

  get welcome(): HostMessageOf<'welcome'> {
    if (!this.#welcome) throw new Error('not welcome');
    return this.#welcome;
  }

  /** Resolves when message 3 is sent, or when the host hung up before. */
  async shakeHands(script: EntryScript = {}): Promise<void> {
    const { room, relay, conv } = this.place;
    const { device } = this.member;
    const prologue = handshakePrologue({ room, relay, conv });
    const handshake = new Handshake({
      pattern: 'XXpsk3',
      initiator: true,
      prologue: script.prologue?.(prologue) ?? prologue,
      static: device,
      psk: joinPsk(script.code, room),
    });
    const from = this.member.line.frames.all.length;
    this.raw(handshake.write(script.first ?? new Uint8Array()));
    const second = await this.member.line.frames.find((frame) => {
      if (frame.type === 'send' && frame.circuit === this.place.circuit) return frame.payload;
      return this.heard.all.some(({ type }) => type === 'hangup') ? 'hung up' : undefined;
    }, from);
    if (second === 'hung up') return;
    // Who the host is gets checked before it learns who we are.
    const { cert, nonce } = decodeHostHello(handshake.read(second));
    const key = handshake.remoteStatic;
    if (!same(makeRoomId(cert.identity, nonce), room)) throw new Error('not the host of the room');
    if (!key || !same(key, cert.key) || !checkDeviceCertificate(cert, Date.now() / 1_000))
      throw new Error('not a device of the host');
    const honest: MemberHello = {
      v: 1,
      cert: certificateOf(script.certificate?.(this.member.certificate()) ?? this.member.certificate()),
      nick: script.nick ?? 'mallory',
      caps: [],
      ...(script.resume && { resume: script.resume }),
    };
    const third = handshake.write(encodeMemberHello(script.hello?.(honest) ?? honest));
    this.#channel = handshake.split();
    this.raw(third);
  }

  /** A sealed message; each may be sent once, in this order, unless a script wants otherwise. */
  seal(message: MemberMessage): Uint8Array {
    return this.sealBytes(pad(encodeRoomMessage(message)));
  }

  sealBytes(plaintext: Uint8Array): Uint8Array {
    if (!this.#channel) throw new Error('no channel');
    return this.#channel.seal(plaintext);
  }

  say(message: MemberMessage): void {
    this.raw(this.seal(message));
  }

  raw(payload: Uint8Array): void {
    this.member.line.send(this.place.circuit, payload);
  }

  /** An event of this member's, true but for `changes`. */
  event(text: string, changes: Partial<RoomEvent> = {}): RoomEvent {
    return {
      room: this.place.room,
      log: this.welcome.log,
      id: randomBytes(16),
      counter: ++this.counter,
      time: Date.now(),
      kind: 'text',
      body: { text },
      ...changes,
    } as RoomEvent;
  }

  signed(event: RoomEvent, signer = this.member.signer): [Uint8Array, Uint8Array, Uint8Array] {
    const bytes = encodeEvent(event);
    return [signer.publicKey, bytes, signer.sign(labels.ev, bytes)];
  }

  post(event: RoomEvent, signed = this.signed(event)): void {
    this.say({ t: 'post', event: signed });
  }

  /** Posts a true line and waits for its cast; gives its seq. */
  async line(text: string, kind: PostKind = 'text'): Promise<number> {
    const event = this.event(text, { kind } as Partial<RoomEvent>);
    this.post(event);
    return (await this.castOf(event.id)).seq;
  }

  message<Name extends HostMessage['t']>(
    name: Name,
    fits: (message: HostMessageOf<Name>) => boolean = () => true,
    from = 0,
  ): Promise<HostMessageOf<Name>> {
    return this.heard.find(
      (heard) =>
        heard.type === 'message' && isMessage(heard.message, name) && fits(heard.message)
          ? heard.message
          : undefined,
      from,
    );
  }

  castOf(id: Uint8Array): Promise<HeardCast> {
    return this.heard.find((heard) => {
      if (heard.type !== 'cast' || heard.cast.message?.t !== 'event') return undefined;
      return same(decodeEvent(heard.cast.message.event[1]).id, id) ? heard.cast : undefined;
    });
  }

  casts(): HeardCast[] {
    return this.heard.all.flatMap((heard) => (heard.type === 'cast' ? [heard.cast] : []));
  }

  hungUp(): Promise<RefusalCode | 'no reason'> {
    return this.heard.find((heard) => (heard.type === 'hangup' ? (heard.code ?? 'no reason') : undefined));
  }

  /** What the host did for everything said before is here when it resolves. */
  async settled(): Promise<void> {
    const rid = 1 + Math.floor(Math.random() * 1e9);
    this.say({ t: 'ping', rid });
    await this.message('pong', (pong) => pong.rid === rid);
  }

  #data(payload: Uint8Array): void {
    if (!this.#channel) return;
    const message = decodeHostMessage(unpad(this.#channel.open(payload)));
    if (message.t === 'welcome') {
      this.#welcome = message;
      this.counter = message.counter;
      this.keys.set(message.head[2], message.key);
    } else if (message.t === 'rekey') {
      this.keys.set(message.kepoch, message.key);
    }
    this.heard.push({ type: 'message', message });
  }

  #cast(payload: Uint8Array): void {
    const { kepoch, seq } = castHeader(payload);
    const key = this.keys.get(kepoch);
    const plaintext = key && openCast(key, { room: this.place.room, log: this.welcome.log }, payload);
    const message = plaintext && decodeCast(plaintext);
    this.heard.push({ type: 'cast', cast: { kepoch, seq, payload, message } });
  }
}

export function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function certificateOf({ identity, key, device, expires, sig }: DeviceCertificate): MemberHello['cert'] {
  return { identity, key, device, expires, sig };
}

function isMessage<Name extends HostMessage['t']>(
  message: HostMessage,
  name: Name,
): message is HostMessageOf<Name> {
  return message.t === name;
}

function describe(heard: Heard): string {
  if (heard.type === 'message') return heard.message.t;
  return heard.type === 'cast' ? `cast ${heard.cast.seq}` : `hangup ${heard.code ?? ''}`;
}
