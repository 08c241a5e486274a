import type { Clock } from '../../link/clock.ts';
import { Link, type LinkEvent } from '../../link/link.ts';
import type { Dialler } from '../../link/transport.ts';
import { equalBytes } from '../../shared/bytes.ts';
import { checkDeviceCertificate } from '../../shared/crypto/certificate.ts';
import { handshakePrologue } from '../../shared/crypto/keys.ts';
import { generateKeyPair, Handshake } from '../../shared/crypto/noise.ts';
import { blindRoom, makeRoomId, randomBytes, type Signer } from '../../shared/crypto/sign.ts';
import { ProtocolError, type RefusalCode } from '../../shared/errors.ts';
import { idBytes } from '../../shared/ids.ts';
import { SECOND } from '../../shared/limits.ts';
import { decodeHostHello } from '../../shared/room/handshake.ts';

/** How long a relay or a host may take to answer. */
const CALL_MS = 3 * SECOND;
/** What says that nobody serves the room there; `left` is our own word, see `CopyWatch`. */
const nobody: ReadonlySet<string> = new Set<RefusalCode>([
  'no-such-room',
  'host-away',
  'host-closed',
  'left',
]);

export interface RoomCalled {
  readonly room: Uint8Array;
  readonly host: Uint8Array;
}

interface Call extends RoomCalled {
  readonly handshake: Handshake;
  readonly answered: (served: boolean | undefined) => void;
}

/** Asks one relay, over a connection that is kept, whether somebody serves a room there. */
export class CopyCaller {
  readonly #link: Link;
  readonly #clock: Clock;
  readonly #calls = new Map<number, Call>();
  readonly #waiting = new Set<() => void>();
  readonly #lost: () => void;
  #wasOnline = false;
  #refused = false;

  /** `lost` is called when a connection that was there is not any more. */
  constructor(url: string, parts: { signer: Signer; dialler: Dialler; clock: Clock; lost: () => void }) {
    const { signer, dialler, clock, lost } = parts;
    this.#clock = clock;
    this.#lost = lost;
    this.#link = new Link({ url, purpose: 'member', signer, dialler, clock });
    this.#link.onEvent((event) => this.#hear(event));
    this.#link.open();
  }

  /** Undefined when it cannot be told now. */
  async isServed(called: RoomCalled): Promise<boolean | undefined> {
    if (await this.#online()) return await this.#call(called);
    return this.#refused ? false : undefined;
  }

  async close(): Promise<void> {
    for (const { answered } of this.#calls.values()) answered(undefined);
    for (const settle of this.#waiting) settle();
    await this.#link.close();
  }

  #call(called: RoomCalled): Promise<boolean | undefined> {
    const conv = randomBytes(16);
    return new Promise((resolve) => {
      let circuit: number | undefined;
      let isOver = false;
      const answered = (served: boolean | undefined): void => {
        isOver = true;
        cancel();
        if (circuit !== undefined && this.#calls.delete(circuit)) this.#link.tell({ t: 'hangup', circuit });
        resolve(served);
      };
      const cancel = this.#clock.after(CALL_MS, () => answered(undefined));
      void this.#link.request({ t: 'dial', room: blindRoom(called.room), conv }, (outcome) => {
        const relay = this.#link.relayId;
        if (outcome.t === 'refused' || !relay)
          return answered(outcome.t === 'refused' && isNobody(outcome.code) ? false : undefined);
        ({ circuit } = outcome);
        if (isOver) return void this.#link.tell({ t: 'hangup', circuit });
        const handshake = new Handshake({
          pattern: 'XXpsk3',
          initiator: true,
          prologue: handshakePrologue({ room: called.room, relay: idBytes(relay), conv }),
          // Used only for the third message, which is never sent.
          psk: new Uint8Array(32),
          static: generateKeyPair(),
        });
        this.#calls.set(circuit, { ...called, handshake, answered });
        this.#link.sendData(circuit, handshake.write(new Uint8Array()));
      });
    });
  }

  #online(): Promise<boolean> {
    if (this.#link.state === 'online') return Promise.resolve(true);
    return new Promise((resolve) => {
      const settle = (): void => {
        cancel();
        this.#waiting.delete(settle);
        resolve(this.#link.state === 'online');
      };
      const cancel = this.#clock.after(CALL_MS, settle);
      this.#waiting.add(settle);
    });
  }

  #hear(event: LinkEvent): void {
    switch (event.type) {
      case 'online':
        this.#wasOnline = true;
        this.#refused = false;
        for (const settle of this.#waiting) settle();
        break;
      case 'offline':
      case 'closed': {
        // Nothing listens there any more, which is not the same as no answer.
        this.#refused = event.type === 'offline' && event.reason === 'unreachable';
        for (const { answered } of this.#calls.values()) answered(undefined);
        for (const settle of this.#waiting) settle();
        const was = this.#wasOnline;
        this.#wasOnline = false;
        if (was) this.#lost();
        break;
      }
      case 'data':
        this.#answer(event.circuit, event.payload);
        break;
      case 'control':
        if (event.message.t === 'hangup') {
          const { circuit, code } = event.message;
          this.#calls.get(circuit)?.answered(code !== undefined && isNobody(code) ? false : undefined);
        }
        break;
      case 'cast':
        break;
    }
  }

  /** Message 2: whoever answers proves which identity it has. */
  #answer(circuit: number, payload: Uint8Array): void {
    const call = this.#calls.get(circuit);
    if (!call) return;
    try {
      const { cert, nonce } = decodeHostHello(call.handshake.read(payload));
      const key = call.handshake.remoteStatic;
      const genuine =
        key !== undefined &&
        equalBytes(cert.key, key) &&
        equalBytes(cert.identity, call.host) &&
        equalBytes(makeRoomId(cert.identity, nonce), call.room) &&
        checkDeviceCertificate(cert, Math.floor(this.#clock.wall() / SECOND));
      call.answered(genuine);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      call.answered(false);
    }
  }
}

function isNobody(code: string): boolean {
  return nobody.has(code);
}
