import { assertNever, ProtocolError, type RefusalCode, type Rejection } from '../../shared/errors.ts';
import { equalBytes } from '../../shared/bytes.ts';
import { checkDeviceCertificate, type DeviceCertificate } from '../../shared/crypto/certificate.ts';
import { Handshake, type Channel, type KeyPair } from '../../shared/crypto/noise.ts';
import { pad, unpad } from '../../shared/crypto/pad.ts';
import { identityKey, type IdentityKey } from '../../shared/ids.ts';
import { SECOND } from '../../shared/limits.ts';
import {
  decodeMemberHello,
  encodeHostHello,
  ROOM_VERSION,
  type HostHello,
  type MemberHello,
} from '../../shared/room/handshake.ts';
import {
  decodeMemberMessage,
  encodeRoomMessage,
  type HostMessage,
  type MemberMessage,
} from '../../shared/room/messages.ts';
import type { Via } from '../../shared/room/via.ts';
import type { Clock } from '../../link/clock.ts';
import { defined } from '../../shared/defined.ts';

export const HANDSHAKE_MS = 10 * SECOND;

/** What a conversation needs of its host. */
export interface ConversationOptions {
  readonly circuit: number;
  /** The line it came over, where the room has several. */
  readonly via: Via | undefined;
  /** Whom the relay announced. */
  readonly identity: Uint8Array;
  readonly prologue: Uint8Array;
  /** Keys the member may have; asked for when it shows which. */
  readonly psks: () => readonly Uint8Array[];
  readonly device: { readonly keys: KeyPair; readonly certificate: DeviceCertificate };
  readonly nonce: Uint8Array;
  readonly clock: Clock;
  readonly send: (payload: Uint8Array) => void;
  /** Bytes of its line that have not left yet. */
  readonly buffered: () => number;
  /** From here on the relay passes the room's casts on to it. */
  readonly admit: () => void;
  readonly hangup: (code: RefusalCode | undefined, retryMs: number | undefined) => void;
  /** The member proved who it is and that it has the join code. */
  readonly arrived: (hello: MemberHello) => void;
  readonly said: (message: MemberMessage) => void;
  readonly wrongCode: () => Rejection;
  /** Called once, whoever ended it. */
  readonly ended: () => void;
}

/** One circuit: the handshake with a member, then sealed messages both ways. */
export class Conversation {
  readonly circuit: number;
  readonly via: Via | undefined;
  readonly identity: IdentityKey;
  readonly #options: ConversationOptions;
  readonly #handshake: Handshake;
  readonly #cancelTimer: () => void;
  #phase: 'first' | 'third' | 'open' | 'ended' = 'first';
  #channel: Channel | undefined;

  constructor(options: ConversationOptions) {
    this.#options = options;
    this.circuit = options.circuit;
    this.via = options.via;
    this.identity = identityKey(options.identity);
    this.#handshake = new Handshake({
      pattern: 'XXpsk3',
      initiator: false,
      prologue: options.prologue,
      static: options.device.keys,
      psk: options.psks,
    });
    this.#cancelTimer = options.clock.after(HANDSHAKE_MS, () => this.end({ code: 'login-timeout' }));
  }

  /** The key that the member turned out to have. */
  get psk(): Uint8Array {
    return this.#handshake.psk ?? new Uint8Array(32);
  }

  /** The handshake is done and nothing has ended it. */
  get isOpen(): boolean {
    return this.#phase === 'open';
  }

  get isEnded(): boolean {
    return this.#phase === 'ended';
  }

  get buffered(): number {
    return this.#options.buffered();
  }

  admit(): void {
    this.#options.admit();
  }

  /** A payload of the circuit. A peer that breaks the protocol ends the conversation. */
  receive(payload: Uint8Array): void {
    try {
      this.#take(payload);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      if (error.code === 'wrong-code') this.end(this.#options.wrongCode());
      else this.end({ code: error.code });
    }
  }

  /** Dropped once it has ended. */
  send(message: HostMessage): void {
    if (this.#phase !== 'open' || !this.#channel) return;
    this.#options.send(this.#channel.seal(pad(encodeRoomMessage(message))));
  }

  /** Says why inside the channel, then hangs up. */
  refuse(why: Rejection): void {
    this.send({ t: 'refused', ...told(why) });
    this.end(why);
  }

  /** Likewise, after the welcome. */
  dismiss(why: Rejection): void {
    this.send({ t: 'closing', ...told(why) });
    this.end(why);
  }

  /** Hangs up. */
  end(reason?: Rejection): void {
    if (this.#phase === 'ended') return;
    this.#options.hangup(reason?.code, reason?.retryMs);
    this.lost();
  }

  /** The circuit is gone already. */
  lost(): void {
    if (this.#phase === 'ended') return;
    this.#phase = 'ended';
    this.#cancelTimer();
    this.#options.ended();
  }

  #take(payload: Uint8Array): void {
    switch (this.#phase) {
      case 'first': {
        if (this.#handshake.read(payload).length > 0) throw new ProtocolError('payload in message 1');
        const hello: HostHello = {
          v: ROOM_VERSION,
          cert: this.#options.device.certificate,
          nonce: this.#options.nonce,
        };
        this.#phase = 'third';
        this.#options.send(this.#handshake.write(encodeHostHello(hello)));
        break;
      }
      case 'third': {
        const hello = decodeMemberHello(this.#handshake.read(payload));
        this.#check(hello);
        this.#channel = this.#handshake.split();
        this.#phase = 'open';
        this.#cancelTimer();
        this.#options.arrived(hello);
        break;
      }
      case 'open':
        if (this.#channel) this.#options.said(decodeMemberMessage(unpad(this.#channel.open(payload))));
        break;
      case 'ended':
        break;
      default:
        assertNever(this.#phase);
    }
  }

  #check({ v, cert }: MemberHello): void {
    if (v !== ROOM_VERSION) throw new ProtocolError('other room version', 'unsupported-version');
    const key = this.#handshake.remoteStatic;
    const genuine =
      key !== undefined &&
      equalBytes(cert.key, key) &&
      equalBytes(cert.identity, this.#options.identity) &&
      checkDeviceCertificate(cert, this.#options.clock.wall() / SECOND);
    if (!genuine) throw new ProtocolError('not who the relay announced', 'not-allowed');
  }
}

function told({ code, retryMs, reason }: Rejection): Pick<Rejection, 'code' | 'retryMs' | 'reason'> {
  return {
    code,
    ...defined({ retryMs, reason }),
  };
}
