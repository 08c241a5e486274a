import { unattended, type Clock } from '../../link/clock.ts';
import { equalBytes } from '../../shared/bytes.ts';
import { checkDeviceCertificate } from '../../shared/crypto/certificate.ts';
import { handshakePrologue, joinPsk } from '../../shared/crypto/keys.ts';
import { Handshake, type Channel } from '../../shared/crypto/noise.ts';
import { pad, unpad } from '../../shared/crypto/pad.ts';
import { makeRoomId } from '../../shared/crypto/sign.ts';
import { isRefusalCode, ProtocolError, type RefusalCode } from '../../shared/errors.ts';
import { SECOND } from '../../shared/limits.ts';
import {
  decodeHostHello,
  encodeMemberHello,
  ROOM_VERSION,
  type MemberHello,
} from '../../shared/room/handshake.ts';
import {
  decodeHostMessage,
  encodeRoomMessage,
  type HostMessage,
  type MemberMessage,
} from '../../shared/room/messages.ts';
import type { Device } from '../profile/profile.ts';
import type { CallStep } from '../session-events.ts';
import type { Circuit, CircuitEnd, CircuitListener, RelayConnection } from '../relays/relay-connection.ts';
import { defined } from '../../shared/defined.ts';

/** From dialling to the host's first message. */
const HANDSHAKE_MS = 10 * SECOND;

/** Why a conversation ended; `changed-key`: whoever answered is not the host the room's id names. */
export type ConversationEnd = CircuitEnd | 'changed-key';

export interface ConversationOptions {
  readonly room: Uint8Array;
  /** Whose room it is, by an invite or a signed entry. */
  readonly host: Uint8Array;
  readonly code: Uint8Array | undefined;
  readonly device: Device;
  readonly clock: Clock;
  /** What message 3 says besides version and certificate. */
  readonly hello: () => Pick<MemberHello, 'nick' | 'resume'>;
  readonly listener: ConversationListener;
}

export interface ConversationListener {
  /** The call is on its way, or the host has picked up. */
  called(step: CallStep): void;
  message(message: HostMessage): void;
  cast(payload: Uint8Array): void;
  /** At most once, and nothing after it; not for `hangUp`. */
  ended(code: ConversationEnd, retryMs?: number): void;
}

/** Calls a room's host through this relay; what comes of it, a refusal too, is the listener's to hear. */
export function callHost(
  relay: Pick<RelayConnection, 'dial'>,
  options: ConversationOptions,
): MemberConversation {
  const conversation = new MemberConversation(options);
  const called = relay
    .dial(options.room, conversation, (circuit) => conversation.begin(circuit))
    .then((refusal) => {
      if (refusal) conversation.ended(refusal.code, refusal.retryMs);
    });
  unattended(options.clock, called);
  return conversation;
}

/** A member's side of one circuit: Noise handshake, then sealed messages both ways. */
export class MemberConversation implements CircuitListener {
  readonly #options: ConversationOptions;
  #circuit: Circuit | undefined;
  #handshake: Handshake | undefined;
  #channel: Channel | undefined;
  #over = false;
  readonly #cancelTimer: () => void;

  constructor(options: ConversationOptions) {
    this.#options = options;
    this.#cancelTimer = options.clock.after(HANDSHAKE_MS, () => this.#fail('timeout'));
  }

  begin(circuit: Circuit): void {
    if (this.#over) return circuit.hangUp();
    const { room, code, device } = this.#options;
    this.#circuit = circuit;
    this.#handshake = new Handshake({
      pattern: 'XXpsk3',
      initiator: true,
      prologue: handshakePrologue({ room, relay: circuit.relay, conv: circuit.conv }),
      psk: joinPsk(code, room),
      static: device.keys,
    });
    circuit.send(this.#handshake.write(new Uint8Array()));
    this.#options.listener.called('ringing');
  }

  /** False when it cannot leave now. */
  send(message: MemberMessage): boolean {
    if (!this.#channel || this.#over) return false;
    return this.#circuit?.send(this.#channel.seal(pad(encodeRoomMessage(message)))) ?? false;
  }

  hangUp(code?: RefusalCode): void {
    this.#end();
    this.#circuit?.hangUp(code);
  }

  data(payload: Uint8Array): void {
    if (this.#over) return;
    try {
      if (this.#channel) this.#receive(decodeHostMessage(unpad(this.#channel.open(payload))));
      else this.#greet(payload);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#fail(error.code);
    }
  }

  cast(payload: Uint8Array): void {
    if (!this.#over && this.#channel) this.#options.listener.cast(payload);
  }

  ended(code: CircuitEnd, retryMs?: number): void {
    if (this.#over) return;
    this.#end();
    this.#options.listener.ended(code, retryMs);
  }

  #receive(message: HostMessage): void {
    this.#cancelTimer();
    this.#options.listener.message(message);
  }

  /** Message 2: everything about the host is checked before it learns who we are. */
  #greet(payload: Uint8Array): void {
    const handshake = this.#handshake;
    if (!handshake) throw new ProtocolError('host speaks first');
    const hello = decodeHostHello(handshake.read(payload));
    if (hello.v !== ROOM_VERSION) throw new ProtocolError('other room version', 'unsupported-version');
    const { room, host, device, clock } = this.#options;
    const { cert, nonce } = hello;
    if (!equalBytes(makeRoomId(cert.identity, nonce), room) || !equalBytes(cert.identity, host))
      return this.#fail('changed-key');
    const remote = handshake.remoteStatic;
    if (!remote || !equalBytes(cert.key, remote)) throw new ProtocolError('certificate of another device');
    if (!checkDeviceCertificate(cert, Math.floor(clock.wall() / SECOND)))
      throw new ProtocolError('bad device certificate');
    const { nick, resume } = this.#options.hello();
    const member = encodeMemberHello({
      v: ROOM_VERSION,
      cert: device.certificate,
      nick,
      caps: [],
      ...defined({ resume }),
    });
    const message = handshake.write(member);
    this.#channel = handshake.split();
    this.#circuit?.send(message);
    this.#options.listener.called('answered');
  }

  #fail(code: ConversationEnd): void {
    if (this.#over) return;
    this.hangUp(isRefusalCode(code) ? code : 'protocol');
    this.#options.listener.ended(code);
  }

  #end(): void {
    this.#over = true;
    this.#cancelTimer();
  }
}
