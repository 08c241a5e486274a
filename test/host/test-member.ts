import { Link } from '../../src/link/link.ts';
import { wsDialler } from '../../src/link/ws-transport.ts';
import { checkDeviceCertificate, issueDeviceCertificate } from '../../src/shared/crypto/certificate.ts';
import { chainNext } from '../../src/shared/crypto/chain.ts';
import { handshakePrologue, joinPsk } from '../../src/shared/crypto/keys.ts';
import { generateKeyPair, Handshake, type Channel } from '../../src/shared/crypto/noise.ts';
import { pad, unpad } from '../../src/shared/crypto/pad.ts';
import { castHeader, openCast } from '../../src/shared/crypto/seal.ts';
import {
  labels,
  makeRoomId,
  randomBytes,
  signerFrom,
  verify,
  type Signer,
} from '../../src/shared/crypto/sign.ts';
import { equalBytes } from '../../src/shared/bytes.ts';
import type { RefusalCode } from '../../src/shared/errors.ts';
import { idBytes, identityKey, type IdentityKey, type RoomId } from '../../src/shared/ids.ts';
import {
  decodeEvent,
  encodeEvent,
  encodeSignedEvent,
  type EventOf,
  type PostKind,
  type RoomEvent,
} from '../../src/shared/room/events.ts';
import { decodeHostHello, encodeMemberHello, type Resume } from '../../src/shared/room/handshake.ts';
import { headBytes, type WireHead } from '../../src/shared/room/head.ts';
import {
  decodeCast,
  decodeHostMessage,
  encodeRoomMessage,
  type CastMessage,
  type HostMessage,
  type HostMessageOf,
  type MemberMessage,
} from '../../src/shared/room/messages.ts';

export interface MemberOptions {
  readonly relayUrl: string;
  readonly room: RoomId;
  readonly signer?: Signer;
  readonly nick?: string;
  readonly code?: Uint8Array | undefined;
  readonly resume?: Resume;
  /** Signs the certificate instead of the identity that logged in. */
  readonly certifiedBy?: Signer;
}

export interface SeenCast {
  readonly seq: number;
  readonly kepoch: number;
  readonly payload: Uint8Array;
  /** Undefined when no key this member has opens it. */
  readonly message: CastMessage | undefined;
}

type Heard =
  | { readonly type: 'message'; readonly message: HostMessage }
  | { readonly type: 'cast'; readonly cast: SeenCast }
  | { readonly type: 'hangup'; readonly code: RefusalCode | undefined }
  | { readonly type: 'refused'; readonly code: string };

/** The member's side of a room with nothing of the client in it: checks what it can and records the rest in order. */
export class TestMember {
  readonly signer: Signer;
  readonly heard: Heard[] = [];
  readonly keys = new Map<number, Uint8Array>();
  readonly #options: MemberOptions;
  readonly #link: Link;
  readonly #waiting = new Set<() => void>();
  #circuit = 0;
  #channel: Channel | undefined;
  #welcome: HostMessageOf<'welcome'> | undefined;
  counter = 0;

  constructor(options: MemberOptions) {
    this.#options = options;
    this.signer = options.signer ?? signerFrom(randomBytes(32));
    this.#link = new Link({
      url: options.relayUrl,
      purpose: 'member',
      signer: this.signer,
      dialler: wsDialler,
      random: () => 0,
    });
    this.#link.onEvent((event) => {
      if (event.type === 'data') this.#data(event.payload);
      else if (event.type === 'cast') this.#cast(event.payload);
      else if (event.type === 'control' && event.message.t === 'hangup')
        this.#hear({ type: 'hangup', code: event.message.code });
    });
  }

  get key(): IdentityKey {
    return identityKey(this.signer.publicKey);
  }

  get welcome(): HostMessageOf<'welcome'> {
    if (!this.#welcome) throw new Error('not welcome');
    return this.#welcome;
  }

  /** Dials and shakes hands, as far as it gets; the outcome is in what is heard. */
  async dial(): Promise<this> {
    await new Promise<void>((resolve) => {
      this.#link.onEvent(({ type }) => type === 'online' && resolve());
      this.#link.open();
    });
    const { code, signer, nick = 'ada', resume, certifiedBy } = { ...this.#options, signer: this.signer };
    const room = idBytes(this.#options.room);
    const conv = randomBytes(16);
    const device = generateKeyPair();
    if (!this.#link.relayId) throw new Error('no relay');
    const handshake = new Handshake({
      pattern: 'XXpsk3',
      initiator: true,
      prologue: handshakePrologue({ room, relay: idBytes(this.#link.relayId), conv }),
      static: device,
      psk: joinPsk(code, room),
    });
    const answer = await this.#link.request({ t: 'dial', room, conv });
    if (answer.t === 'refused') {
      this.#hear({ type: 'refused', code: answer.code });
      return this;
    }
    this.#circuit = answer.circuit;
    const second = new Promise<Uint8Array>((resolve) => (this.#onData = resolve));
    this.#link.sendData(this.#circuit, handshake.write(new Uint8Array()));
    const hello = await Promise.race([second, this.#until(({ type }) => type === 'hangup')]);
    if (!(hello instanceof Uint8Array)) return this;
    const { cert: hostCert, nonce } = decodeHostHello(handshake.read(hello));
    if (!equalBytes(makeRoomId(hostCert.identity, nonce), room)) throw new Error('not the host of the room');
    if (!checkDeviceCertificate(hostCert, Date.now() / 1_000)) throw new Error('host certificate');
    const by = certifiedBy ?? signer;
    const cert = issueDeviceCertificate(by, device.public, randomBytes(16), 4_000_000_000);
    const payload = encodeMemberHello({ v: 1, cert, nick, caps: [], ...(resume && { resume }) });
    const third = handshake.write(payload);
    this.#channel = handshake.split();
    this.#link.sendData(this.#circuit, third);
    return this;
  }

  /** Dials until it is welcome and has its pages. */
  async join(): Promise<this> {
    await this.dial();
    await this.message('welcome');
    await this.#until(
      (heard) => heard.type === 'message' && heard.message.t === 'page' && heard.message.last,
    );
    return this;
  }

  say(message: MemberMessage): void {
    if (!this.#channel) throw new Error('no channel');
    this.#link.sendData(this.#circuit, this.#channel.seal(pad(encodeRoomMessage(message))));
  }

  raw(payload: Uint8Array): void {
    this.#link.sendData(this.#circuit, payload);
  }

  /** Signs an event; `change` makes it another one than it should be. */
  event(text: string, change: Partial<EventOf<'text'>> = {}): EventOf<'text'> {
    return {
      room: idBytes(this.#options.room),
      log: this.welcome.log,
      id: randomBytes(16),
      counter: ++this.counter,
      time: Date.now(),
      kind: 'text',
      body: { text },
      ...change,
    };
  }

  post(event: RoomEvent, signer: Signer = this.signer): void {
    const bytes = encodeEvent(event);
    this.say({ t: 'post', event: [signer.publicKey, bytes, signer.sign(labels.ev, bytes)] });
  }

  /** Posts and waits for the own cast; returns its seq. */
  async line(text: string): Promise<number> {
    const event = this.event(text);
    this.post(event);
    return (await this.castOf(event.id)).seq;
  }

  postKind<Kind extends PostKind>(kind: Kind, body: EventOf<Kind>['body']): RoomEvent {
    const event = { ...this.event(''), kind, body } as RoomEvent;
    this.post(event);
    return event;
  }

  /** The first message of this kind, past or future. */
  async message<Name extends HostMessage['t']>(
    name: Name,
    fits: (message: HostMessageOf<Name>) => boolean = () => true,
  ): Promise<HostMessageOf<Name>> {
    let found: HostMessageOf<Name> | undefined;
    await this.#until((heard) => {
      if (heard.type !== 'message' || !isMessage(heard.message, name) || !fits(heard.message)) return false;
      found = heard.message;
      return true;
    });
    if (!found) throw new Error('unreachable');
    return found;
  }

  async cast(fits: (cast: SeenCast) => boolean): Promise<SeenCast> {
    const heard = await this.#until((heard) => heard.type === 'cast' && fits(heard.cast));
    if (heard.type !== 'cast') throw new Error('unreachable');
    return heard.cast;
  }

  castOf(id: Uint8Array): Promise<SeenCast> {
    return this.cast((cast) => {
      const event = eventOf(cast);
      return event !== undefined && equalBytes(event.id, id);
    });
  }

  async hungUp(): Promise<RefusalCode | undefined> {
    const heard = await this.#until(({ type }) => type === 'hangup');
    return heard.type === 'hangup' ? heard.code : undefined;
  }

  /** Everything the host sent before this is heard when it resolves. */
  async roundTrip(): Promise<void> {
    const rid = 1 + Math.floor(Math.random() * 1e9);
    this.say({ t: 'ping', rid });
    await this.message('pong', (pong) => pong.rid === rid);
  }

  /** Lets so much time pass, in round trips. */
  async patience(ms: number): Promise<void> {
    const from = performance.now();
    while (performance.now() - from < ms) await this.roundTrip();
  }

  pages(rid = 0): readonly HostMessageOf<'page'>[] {
    return this.heard.flatMap((heard) =>
      heard.type === 'message' && heard.message.t === 'page' && heard.message.rid === rid
        ? [heard.message]
        : [],
    );
  }

  casts(): readonly SeenCast[] {
    return this.heard.flatMap((heard) => (heard.type === 'cast' ? [heard.cast] : []));
  }

  /** Texts of the log in order, from pages and casts, the chain of pages and every signature checked. */
  transcript(): string[] {
    const lines = new Map<number, string>();
    for (const page of this.pages()) {
      let hash = page.prev;
      page.events.forEach(([author, event, sig], index) => {
        const seq = page.from + index;
        hash = chainNext(hash, seq, encodeSignedEvent({ author, event, sig }));
        this.#checkSigned([author, event, sig]);
        lines.set(seq, lineOf(decodeEvent(event)));
      });
      if (
        page.head &&
        (page.head[0] !== page.from + page.events.length - 1 || !equalBytes(page.head[1], hash))
      )
        throw new Error('page does not lead to its head');
      if (page.head) this.checkHead(page.head);
    }
    for (const { seq, message } of this.casts()) {
      if (message?.t !== 'event') continue;
      this.#checkSigned(message.event);
      this.checkHead(message.head);
      if (message.head[0] !== seq) throw new Error('cast with a foreign head');
      lines.set(seq, lineOf(decodeEvent(message.event[1])));
    }
    return [...lines].toSorted(([a], [b]) => a - b).map(([, line]) => line);
  }

  checkHead([seq, hash, kepoch, sig]: WireHead): void {
    const room = idBytes(this.#options.room);
    const host = this.welcome.roster.find(({ role }) => role === 'owner')?.key;
    const bytes = headBytes({ room, log: this.welcome.log, seq, hash, kepoch });
    if (!host || !verify(labels.head, host, bytes, sig)) throw new Error('head not signed by the host');
  }

  async close(): Promise<void> {
    await this.#link.close();
  }

  #onData: ((payload: Uint8Array) => void) | undefined;

  #checkSigned([author, event, sig]: readonly [Uint8Array, Uint8Array, Uint8Array]): void {
    if (!verify(labels.ev, author, event, sig)) throw new Error('event not signed by its author');
  }

  #data(payload: Uint8Array): void {
    if (!this.#channel) {
      this.#onData?.(payload.slice());
      return;
    }
    const message = decodeHostMessage(unpad(this.#channel.open(payload)));
    if (message.t === 'welcome') {
      this.#welcome = message;
      this.counter = message.counter;
      this.keys.set(message.head[2], message.key);
    } else if (message.t === 'rekey') {
      this.keys.set(message.kepoch, message.key);
    }
    this.#hear({ type: 'message', message });
  }

  #cast(bytes: Uint8Array): void {
    const payload = bytes.slice();
    const { seq, kepoch } = castHeader(payload);
    const key = this.keys.get(kepoch);
    const opened =
      key && openCast(key, { room: idBytes(this.#options.room), log: this.welcome.log }, payload);
    this.#hear({ type: 'cast', cast: { seq, kepoch, payload, message: opened && decodeCast(opened) } });
  }

  #hear(heard: Heard): void {
    this.heard.push(heard);
    for (const look of this.#waiting) look();
  }

  #until(fits: (heard: Heard) => boolean): Promise<Heard> {
    return new Promise((resolve) => {
      let next = 0;
      const look = (): void => {
        while (next < this.heard.length) {
          const heard = this.heard[next++];
          if (!heard || !fits(heard)) continue;
          this.#waiting.delete(look);
          resolve(heard);
          return;
        }
      };
      this.#waiting.add(look);
      look();
    });
  }
}

export function eventOf({ message }: SeenCast): RoomEvent | undefined {
  return message?.t === 'event' ? decodeEvent(message.event[1]) : undefined;
}

function lineOf(event: RoomEvent): string {
  switch (event.kind) {
    case 'text':
    case 'me':
      return event.body.text;
    case 'member-joined':
      return `+${event.body.nick}`;
    case 'member-left':
      return '-';
    default:
      return event.kind;
  }
}

function isMessage<Name extends HostMessage['t']>(
  message: HostMessage,
  name: Name,
): message is HostMessageOf<Name> {
  return message.t === name;
}
