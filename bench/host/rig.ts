import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningHost } from '../../src/host/hosting.ts';
import { startHost } from '../../src/host/start.ts';
import { memoryDialler } from '../../src/link/memory-transport.ts';
import type { Transport } from '../../src/link/transport.ts';
import { issueDeviceCertificate } from '../../src/shared/crypto/certificate.ts';
import { handshakePrologue, joinPsk } from '../../src/shared/crypto/keys.ts';
import { generateKeyPair, Handshake, type Channel } from '../../src/shared/crypto/noise.ts';
import { pad, unpad } from '../../src/shared/crypto/pad.ts';
import { castHeader } from '../../src/shared/crypto/seal.ts';
import { labels, randomBytes, signerFrom, type Signer } from '../../src/shared/crypto/sign.ts';
import { encodeEvent } from '../../src/shared/room/events.ts';
import { encodeMemberHello } from '../../src/shared/room/handshake.ts';
import { decodeHostMessage, encodeRoomMessage, type HostMessage } from '../../src/shared/room/messages.ts';
import { decodeFromClient, encodeControl, encodeSend } from '../../src/shared/wire/codec.ts';
import type { Reply, Request } from '../../src/shared/wire/control.ts';
import { helloBytes } from '../../src/shared/wire/login.ts';
import { openWithRoster } from './with-roster.ts';

/** Handshakes under way at a time. */
const JOINING = 50;
const CAST = 3;
const CERTIFICATE_UNTIL = 4e9;

interface Played {
  readonly signer: Signer;
  readonly circuit: number;
  readonly handshake: Handshake;
  readonly certificate: ReturnType<typeof issueDeviceCertificate>;
  channel: Channel | undefined;
  log: Uint8Array | undefined;
  counter: number;
}

/**
 * One real host - link, conversations, room, SQLite file, casts - between a relay and members that are played in memory.
 * Members other than the first open nothing after their welcome.
 */
export class HostRig {
  onCast: (seq: number) => void = () => undefined;
  /** What member 1 is told after its welcome. */
  listen: ((message: HostMessage) => void) | undefined;
  private readonly relaySigner = signerFrom(randomBytes(32));
  private readonly folder = mkdtempSync(join(tmpdir(), 'chat-tui-bench-'));
  private readonly signers: readonly Signer[];
  private readonly members: Played[] = [];
  private room = new Uint8Array();
  private server: Transport | undefined;
  private host: RunningHost | undefined;
  private onWelcome: () => void = () => undefined;

  private constructor(size: number) {
    this.signers = Array.from({ length: size }, () => signerFrom(randomBytes(32)));
  }

  /** A room whose roster has `size` members, none of them there. */
  static async open(size: number): Promise<HostRig> {
    const rig = new HostRig(size);
    await rig.start();
    return rig;
  }

  async close(): Promise<void> {
    await this.host?.close();
    rmSync(this.folder, { recursive: true });
  }

  /** Resolves when the members from number `first` (the first is 1) to `last` have all been welcomed. */
  async join(first: number, last: number): Promise<void> {
    let next = first;
    let welcomed = 0;
    await new Promise<void>((resolve) => {
      this.onWelcome = () => {
        if (next <= last) this.dial(next++);
        if (++welcomed === last - first + 1) resolve();
      };
      while (next <= Math.min(last, first + JOINING - 1)) this.dial(next++);
    });
  }

  /** The next post of a member as it comes out of the relay. */
  post(member: number, text: string): Uint8Array {
    const played = this.played(member);
    const { signer, channel, log, circuit } = played;
    if (!channel || !log) throw new Error('not welcome');
    const event = encodeEvent({
      room: this.room,
      log,
      id: randomBytes(16),
      counter: ++played.counter,
      time: Date.now(),
      kind: 'text',
      body: { text },
    });
    const signed = [signer.publicKey, event, signer.sign(labels.ev, event)] as const;
    return encodeSend(circuit, channel.seal(pad(encodeRoomMessage({ t: 'post', event: [...signed] }))));
  }

  fetch(member: number, from: number, to: number): Uint8Array {
    const { channel, circuit } = this.played(member);
    if (!channel) throw new Error('not welcome');
    return encodeSend(circuit, channel.seal(pad(encodeRoomMessage({ t: 'fetch', rid: 1, from, to }))));
  }

  send(frame: Uint8Array): void {
    this.server?.send(frame);
  }

  private played(member: number): Played {
    const played = this.members[member];
    if (!played) throw new Error(`there is no member ${member}`);
    return played;
  }

  private async start(): Promise<void> {
    const signer = signerFrom(randomBytes(32));
    const keys = generateKeyPair();
    const dataFile = join(this.folder, 'room.db');
    const certificate = issueDeviceCertificate(signer, keys.public, randomBytes(16), CERTIFICATE_UNTIL);
    const open = async () => {
      const result = await startHost({
        relayUrl: 'ws://localhost',
        signer,
        device: { keys, certificate },
        dataFile,
        title: 'bench',
        nick: 'host',
        backlog: 0,
        retain: 'all',
        maxMembers: 10_000,
        rate: 1e6,
        burst: 1e6,
        dialler: memoryDialler(() => (transport) => this.relay(transport)),
      });
      if (!result.ok) throw new Error(result.code);
      return result.value;
    };
    const people = this.signers.map(({ publicKey }) => publicKey);
    this.host = await openWithRoster(open, dataFile, people);
  }

  private relay(transport: Transport) {
    this.server = transport;
    const nonce = randomBytes(32);
    return {
      open: () => this.say({ t: 'challenge', v: 1, relay: this.relaySigner.publicKey, nonce }),
      message: (bytes: Uint8Array) => {
        if (bytes[0] === CAST) return this.onCast(castHeader(bytes.subarray(5)).seq);
        const decoded = decodeFromClient(bytes);
        if (decoded.type === 'control') this.answer(decoded.message, nonce);
        else if (decoded.type === 'send') this.data(decoded.circuit, decoded.payload);
      },
      closed: () => undefined,
    };
  }

  private say(message: Reply): void {
    this.server?.send(encodeControl(message));
  }

  private answer(message: Request, relayNonce: Uint8Array): void {
    const relay = this.relaySigner.publicKey;
    if (message.t === 'login') {
      const nonces = { relay, relayNonce, clientNonce: message.nonce };
      const sig = this.relaySigner.sign(labels.hello, helloBytes(nonces, message.identity));
      const lots = 1e9;
      const limits = {
        rooms: 3,
        members: 10_000,
        framesPerSecond: lots,
        bytesPerSecond: lots,
        mailboxMessages: 1,
        mailBytes: 1,
      };
      this.say({ t: 'hello', rid: message.rid, sig, limits });
    } else if (message.t === 'open-room') {
      this.room = new Uint8Array(message.room);
      this.say({ t: 'room-opened', rid: message.rid, handle: 1, fence: 1, leaseMs: 60_000 });
    } else if ('rid' in message) {
      this.say({ t: 'ok', rid: message.rid });
    }
  }

  private dial(circuit: number): void {
    const signer = this.signers[circuit - 1];
    if (!signer) throw new Error(`there is no member ${circuit}`);
    const device = generateKeyPair();
    const conv = randomBytes(16);
    const handshake = new Handshake({
      pattern: 'XXpsk3',
      initiator: true,
      prologue: handshakePrologue({ room: this.room, relay: this.relaySigner.publicKey, conv }),
      static: device,
      psk: joinPsk(undefined, this.room),
    });
    const certificate = issueDeviceCertificate(signer, device.public, randomBytes(16), CERTIFICATE_UNTIL);
    this.members[circuit] = {
      signer,
      circuit,
      handshake,
      certificate,
      channel: undefined,
      log: undefined,
      counter: 0,
    };
    this.say({ t: 'incoming', handle: 1, circuit, conv, identity: signer.publicKey });
    this.send(encodeSend(circuit, handshake.write(new Uint8Array())));
  }

  private data(circuit: number, payload: Uint8Array): void {
    const played = this.members[circuit];
    if (!played) return;
    if (!played.channel) {
      played.handshake.read(payload);
      const hello = encodeMemberHello({ v: 1, cert: played.certificate, nick: `p${circuit}`, caps: [] });
      this.send(encodeSend(circuit, played.handshake.write(hello)));
      played.channel = played.handshake.split();
    } else if (!played.log) {
      const message = decodeHostMessage(unpad(played.channel.open(payload)));
      if (message.t !== 'welcome') throw new Error(message.t);
      played.log = message.log;
      this.onWelcome();
    } else if (circuit === 1) {
      // In order and without a gap, or the next would not open.
      const message = decodeHostMessage(unpad(played.channel.open(payload)));
      this.listen?.(message);
    }
  }
}
