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
  type KeyPair,
  Handshake,
  handshakePrologue,
  identityKey,
  joinPsk,
  labels,
  makeRoomId,
  openCast,
  pad,
  randomBytes,
  unpad,
  type CastMessage,
  type Channel,
  type DeviceCertificate,
  type EventOf,
  type HostMessage,
  type HostMessageOf,
  type IdentityKey,
  type MemberHello,
  type MemberMessage,
  type PostKind,
  type RefusalCode,
  type RoomEvent,
  type Signer,
} from '../../../src/shared/public.ts';
import type { Clock } from '../../../src/link/clock.ts';
import { Inbox } from './inbox.ts';
import type { WireLine } from './wire-line.ts';

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

interface CircuitPlace {
  readonly room: Uint8Array;
  readonly relay: Uint8Array;
  readonly conv: Uint8Array;
  readonly circuit: number;
  readonly handle: number;
}

/** Whose circuit it is. */
interface Caller {
  readonly line: WireLine;
  readonly signer: Signer;
  readonly device: KeyPair;
  certificate(): DeviceCertificate;
}

/** One circuit of a scripted member. */
export class MemberCircuit {
  readonly heard = new Inbox<Heard>(describe);
  /** Every epoch key it was ever given. */
  readonly keys = new Map<number, Uint8Array>();
  readonly member: Caller;
  readonly place: CircuitPlace;
  counter = 0;
  #channel: Channel | undefined;
  #welcome: HostMessageOf<'welcome'> | undefined;

  constructor(member: Caller, place: CircuitPlace) {
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

  get signer(): Signer {
    return this.member.signer;
  }

  get key(): IdentityKey {
    return identityKey(this.signer.publicKey);
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

  /** Posts a true event of any kind. */
  postKind<Kind extends PostKind>(kind: Kind, body: EventOf<Kind>['body']): RoomEvent {
    const event = this.event('', { kind, body } as Partial<RoomEvent>);
    this.post(event);
    return event;
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

  /** The first such cast, past or future. */
  cast(fits: (cast: HeardCast) => boolean): Promise<HeardCast> {
    return this.heard.find((heard) => (heard.type === 'cast' && fits(heard.cast) ? heard.cast : undefined));
  }

  castOf(id: Uint8Array): Promise<HeardCast> {
    return this.cast((cast) => {
      const event = eventOf(cast);
      return event !== undefined && same(event.id, id);
    });
  }

  casts(): HeardCast[] {
    return this.heard.all.flatMap((heard) => (heard.type === 'cast' ? [heard.cast] : []));
  }

  /** All messages of this kind so far. */
  messages<Name extends HostMessage['t']>(name: Name): readonly HostMessageOf<Name>[] {
    return this.heard.all.flatMap((heard) =>
      heard.type === 'message' && isMessage(heard.message, name) ? [heard.message] : [],
    );
  }

  /** Those that answer the fetch of that number; 0: those that came by themselves. */
  pages(rid = 0): readonly HostMessageOf<'page'>[] {
    return this.messages('page').filter((page) => page.rid === rid);
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

  /** Lets so much time pass by that clock, in round trips. */
  async patience(ms: number, clock: Pick<Clock, 'now'>): Promise<void> {
    const from = clock.now();
    while (clock.now() - from < ms) await this.settled();
  }

  async close(): Promise<void> {
    await this.member.line.close();
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

export function eventOf({ message }: HeardCast): RoomEvent | undefined {
  return message?.t === 'event' ? decodeEvent(message.event[1]) : undefined;
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
