import { Link } from '../../src/link/link.ts';
import { wsDialler } from '../../src/link/ws-transport.ts';
import { issueDeviceCertificate, openPrekey } from '../../src/shared/crypto/certificate.ts';
import { formatInvite } from '../../src/shared/crypto/invite.ts';
import { handshakePrologue, joinPsk } from '../../src/shared/crypto/keys.ts';
import { generateKeyPair, Handshake, type Channel } from '../../src/shared/crypto/noise.ts';
import { pad, unpad } from '../../src/shared/crypto/pad.ts';
import { labels, randomBytes, type Signer } from '../../src/shared/crypto/sign.ts';
import { sealWhisper } from '../../src/shared/crypto/whisper.ts';
import { idBytes, identityKey, roomId } from '../../src/shared/ids.ts';
import { MAX_TIME_MS } from '../../src/shared/limits.ts';
import { encodeHostHello, ROOM_VERSION } from '../../src/shared/room/handshake.ts';
import {
  decodeMemberMessage,
  encodeRoomMessage,
  type CastMessage,
  type HostMessage,
  type HostMessageOf,
  type MemberMessage,
  type RosterMember,
} from '../../src/shared/room/messages.ts';
import { encodeWhisper } from '../../src/shared/room/whisper.ts';
import { encodeListing } from '../../src/shared/wire/listing.ts';
import { PaperHost, person, type Placed } from './peers/paper-host.ts';

interface Guest {
  readonly circuit: number;
  readonly identity: Uint8Array;
  readonly handshake: Handshake;
  channel: Channel | undefined;
}

/** A host at a real relay that says whatever it is told to say, uncleaned: every text goes out as it is. */
export class HostileHost {
  readonly paper = new PaperHost();
  /** Who says things in the room; the host has all their keys. */
  readonly authors: readonly [Signer, string][];
  readonly guests: Guest[] = [];
  /** Changes to the next `welcome`. */
  welcome: Partial<HostMessageOf<'welcome'>> = {};
  /** What it answers to whoever asks for the banned. */
  bans: readonly { readonly nick: string; readonly reason: string }[] = [];
  /** From when it is set, whoever comes is refused with these words. */
  refusal: string | undefined;
  readonly #device = generateKeyPair();
  readonly #link: Link;
  readonly #watchers = new Set<() => void>();
  #handle = 0;
  #fence = 0;
  #rev = 0;

  private constructor(relayUrl: string, nicks: readonly string[]) {
    this.authors = nicks.map((nick) => [person(), nick]);
    this.#link = this.#connect(relayUrl, 'host', this.paper.signer);
    this.#link.onEvent((event) => {
      if (event.type === 'control' && event.message.t === 'incoming') this.#incoming(event.message);
      if (event.type === 'data') this.#data(event.circuit, event.payload.slice());
    });
  }

  static async open(
    relayUrl: string,
    listing: { readonly title: string; readonly topic: string },
    nicks: readonly string[],
  ): Promise<HostileHost> {
    const host = new HostileHost(relayUrl, nicks);
    await online(host.#link);
    const { room, nonce } = host.paper;
    const opened = await host.#link.request({
      t: 'open-room',
      room,
      nonce,
      maxMembers: 0,
      entry: host.#entry(listing),
    });
    if (opened.t !== 'room-opened') throw new Error('the relay did not open the room');
    host.#handle = opened.handle;
    host.#fence = opened.fence;
    return host;
  }

  get invite(): string {
    const { hostname, port } = new URL(this.#link.url);
    return formatInvite({
      tls: false,
      host: hostname,
      port: Number(port),
      room: roomId(this.paper.room),
      key: identityKey(this.paper.signer.publicKey),
    });
  }

  /** Resolves once so many have been let in, those who came again counted again. */
  admitted(count: number): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.guests.filter(({ channel }) => channel).length >= count) resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }

  /** False: the relay lists no such thing. */
  async list(title: string, topic: string): Promise<boolean> {
    const entry = this.#entry({ title, topic });
    const answer = await this.#link.request({
      t: 'update',
      handle: this.#handle,
      fence: this.#fence,
      entry,
    });
    return answer.t !== 'refused';
  }

  /** To every guest, under the room's key. */
  cast(placed: Placed): void {
    this.#link.cast(this.#handle, this.paper.cast(placed));
  }

  hint(message: CastMessage): void {
    this.#link.cast(this.#handle, this.paper.seal(0, message));
  }

  /** To every guest, each in its own channel. */
  tell(message: HostMessage): void {
    for (const guest of this.guests) this.#answer(guest, message);
  }

  /** A whisper of somebody who says of itself what it likes. */
  async whisper(to: Uint8Array, nick: string, text: string, sender = person()): Promise<void> {
    const link = this.#connect(this.#link.url, 'member', sender);
    await online(link);
    const answer = await link.request({ t: 'get-prekey', identity: to });
    const prekey = answer.t === 'prekey' ? openPrekey(answer.prekey, to, Date.now() / 1_000) : undefined;
    if (!prekey) throw new Error('no prekey');
    const id = randomBytes(16);
    const from = sender.publicKey;
    const body = encodeWhisper({ from, to, id, time: MAX_TIME_MS, nick, text });
    const mail = sealWhisper({ to, prekey, device: generateKeyPair(), signer: sender, body });
    await link.request({ t: 'put-mail', to, id, mail });
    await link.close();
  }

  async close(): Promise<void> {
    await this.#link.close();
  }

  #connect(url: string, purpose: 'host' | 'member', signer: Signer): Link {
    return new Link({ url, purpose, signer, dialler: wsDialler, random: () => 0 });
  }

  #entry({ title, topic }: { readonly title: string; readonly topic: string }) {
    const { room, nonce, signer } = this.paper;
    this.#rev += 1;
    const expires = Math.floor(Date.now() / 1_000) + 600;
    const body = encodeListing({
      room,
      host: signer.publicKey,
      nonce,
      title,
      topic,
      code: false,
      rev: this.#rev,
      expires,
    });
    return { body, sig: signer.sign(labels.list, body) };
  }

  #incoming({ circuit, conv, identity }: { circuit: number; conv: Uint8Array; identity: Uint8Array }): void {
    if (!this.#link.relayId) throw new Error('no relay');
    const { room } = this.paper;
    const prologue = handshakePrologue({ room, relay: idBytes(this.#link.relayId), conv });
    const psk = joinPsk(undefined, room);
    const options = { initiator: false, prologue, static: this.#device, psk } as const;
    const handshake = new Handshake({ pattern: 'XXpsk3', ...options });
    this.guests.push({ circuit, identity, handshake, channel: undefined });
  }

  #data(circuit: number, payload: Uint8Array): void {
    const guest = this.guests.find((each) => each.circuit === circuit);
    if (!guest) return;
    if (guest.channel) this.#said(guest, decodeMemberMessage(unpad(guest.channel.open(payload))));
    else if (guest.handshake.read(payload).length === 0) this.#greet(guest);
    else this.#admit(guest);
  }

  #greet({ circuit, handshake }: Guest): void {
    const { signer, nonce } = this.paper;
    const cert = issueDeviceCertificate(signer, this.#device.public, randomBytes(16), 4_000_000_000);
    this.#link.sendData(circuit, handshake.write(encodeHostHello({ v: ROOM_VERSION, cert, nonce })));
  }

  #admit(guest: Guest): void {
    guest.channel = guest.handshake.split();
    const { circuit, identity } = guest;
    if (this.refusal !== undefined) {
      this.#answer(guest, { t: 'refused', code: 'banned', reason: this.refusal });
      this.#link.tell({ t: 'hangup', circuit, code: 'banned' });
      return;
    }
    const owner: RosterMember = {
      key: this.paper.signer.publicKey,
      nick: 'host',
      role: 'owner',
      presence: 'online',
    };
    const self: RosterMember = { key: identity, nick: 'bob', role: 'member', presence: 'online' };
    const others = this.authors.map(([{ publicKey: key }, nick]): RosterMember => ({
      key,
      nick,
      role: 'op',
      presence: 'online',
      status: nick,
    }));
    const roster = [owner, self, ...others];
    const welcome = this.paper.welcome([], { roster, rosterSize: roster.length, ...this.welcome });
    this.#answer(guest, welcome);
    this.#link.tell({ t: 'admit', circuit });
    for (const look of this.#watchers) look();
  }

  #said(guest: Guest, message: MemberMessage): void {
    if (message.t === 'ping') {
      this.#answer(guest, { t: 'pong', rid: message.rid, seq: this.paper.end.seq });
    } else if (message.t === 'bans') {
      const bans = this.bans.map((ban) => ({ ...ban, key: person().publicKey, by: guest.identity }));
      this.#answer(guest, { t: 'bans', rid: message.rid, bans, last: true });
    }
  }

  #answer({ circuit, channel }: Guest, message: HostMessage): void {
    if (channel) this.#link.sendData(circuit, channel.seal(pad(encodeRoomMessage(message))));
  }
}

function online(link: Link): Promise<void> {
  return new Promise((resolve) => {
    link.onEvent(({ type }) => type === 'online' && resolve());
    link.open();
  });
}
