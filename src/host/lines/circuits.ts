import type { Clock } from '../../link/clock.ts';
import type { Link } from '../../link/link.ts';
import type { DeviceCertificate } from '../../shared/crypto/certificate.ts';
import { handshakePrologue } from '../../shared/crypto/keys.ts';
import type { KeyPair } from '../../shared/crypto/noise.ts';
import type { RefusalCode } from '../../shared/errors.ts';
import { idBytes, identityKey, type IdentityKey } from '../../shared/ids.ts';
import type { MemberHello } from '../../shared/room/handshake.ts';
import type { MemberMessage } from '../../shared/room/messages.ts';
import type { Via } from '../../shared/room/via.ts';
import type { ReplyOf } from '../../shared/wire/control.ts';
import { Conversation } from './conversation.ts';
import { MAX_UNFINISHED, type JoinGate } from './join-gate.ts';
import { defined } from '../../shared/defined.ts';

/** An identity's device, as it proves itself in handshakes. */
export interface HostDevice {
  readonly keys: KeyPair;
  readonly certificate: DeviceCertificate;
}

export interface CircuitsOptions {
  readonly link: Link;
  readonly via?: Via | undefined;
  readonly clock: Clock;
  readonly room: Uint8Array;
  readonly nonce: Uint8Array;
  /** Keys with which somebody may come. */
  readonly psks: () => readonly Uint8Array[];
  readonly device: HostDevice;
  readonly gate: JoinGate;
  /** Under this key we call ourselves; see `CopyWatch`. */
  readonly ownCaller?: IdentityKey | undefined;
  /** Somebody on the roster comes back: strangers cannot push it out. */
  readonly isKnown: (identity: IdentityKey) => boolean;
  readonly arrived: (conversation: Conversation, hello: MemberHello) => void;
  readonly said: (conversation: Conversation, message: MemberMessage) => void;
  readonly ended: (conversation: Conversation) => void;
}

/** The circuits of one room at its relay, from the first call to the end. */
export class Circuits {
  readonly #options: CircuitsOptions;
  readonly #conversations = new Map<number, Conversation>();

  constructor(options: CircuitsOptions) {
    this.#options = options;
  }

  incoming({ circuit, conv, identity }: ReplyOf<'incoming'>): void {
    // A number that is given twice: whoever has it is not talked to by a second handshake, nor left behind uncounted.
    if (this.#conversations.has(circuit)) return;
    const { link, via, clock, gate, room, psks, device, nonce } = this.#options;
    const caller = identityKey(identity);
    const hangup = (code: RefusalCode | undefined, retryMs: number | undefined): void => {
      link.tell({
        t: 'hangup',
        circuit,
        ...defined({ code, retryMs }),
      });
    };
    if (caller === this.#options.ownCaller) return hangup('left', undefined);
    const barred = gate.barred(caller, clock.now(), via);
    if (barred || !link.relayId) {
      hangup(barred?.code ?? 'internal', barred?.retryMs);
      return;
    }
    this.#makeWay(caller);
    const conversation: Conversation = new Conversation({
      circuit,
      via,
      identity,
      prologue: handshakePrologue({ room, relay: idBytes(link.relayId), conv }),
      psks,
      device,
      nonce,
      clock,
      send: (payload) => void link.sendData(circuit, payload),
      buffered: () => link.buffered,
      admit: () => void link.tell({ t: 'admit', circuit }),
      hangup,
      arrived: (hello) => this.#options.arrived(conversation, hello),
      said: (message) => this.#options.said(conversation, message),
      wrongCode: () => gate.wrongCode(caller, clock.now(), via),
      ended: () => {
        this.#conversations.delete(circuit);
        this.#options.ended(conversation);
      },
    });
    this.#conversations.set(circuit, conversation);
  }

  data(circuit: number, payload: Uint8Array): void {
    this.#conversations.get(circuit)?.receive(payload);
  }

  hungUp(circuit: number): void {
    this.#conversations.get(circuit)?.lost();
  }

  /** The connection that carried all of them is gone. */
  allLost(): void {
    for (const conversation of this.#conversations.values()) conversation.lost();
  }

  all(): readonly Conversation[] {
    return [...this.#conversations.values()];
  }

  /** One handshake an identity, a few for all strangers: those who never finish keep nobody out. */
  #makeWay(caller: IdentityKey): void {
    const { isKnown } = this.#options;
    const unfinished = this.all().filter(({ isOpen }) => !isOpen);
    unfinished.find(({ identity }) => identity === caller)?.end();
    if (isKnown(caller)) return;
    const strangers = unfinished.filter(({ identity, isEnded }) => !isEnded && !isKnown(identity));
    if (strangers.length >= MAX_UNFINISHED) strangers[0]?.end({ code: 'room-busy' });
  }
}
