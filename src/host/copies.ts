import type { Clock } from '../link/clock.ts';
import { Link, type LinkEvent } from '../link/link.ts';
import type { Dialler } from '../link/transport.ts';
import { equalBytes } from '../shared/bytes.ts';
import { checkDeviceCertificate } from '../shared/crypto/certificate.ts';
import { handshakePrologue } from '../shared/crypto/keys.ts';
import { generateKeyPair, Handshake } from '../shared/crypto/noise.ts';
import { makeRoomId, randomBytes, signerFrom } from '../shared/crypto/sign.ts';
import { ProtocolError } from '../shared/errors.ts';
import { idBytes, identityKey, type IdentityKey } from '../shared/ids.ts';
import { SECOND } from '../shared/limits.ts';
import { decodeHostHello } from '../shared/room/handshake.ts';

/** Relays called at most; on a network with more the rest is not asked. */
const MAX_CALLED = 16;
/** How long one of them may take to answer. */
const CALL_MS = 3 * SECOND;
/** How often all are called again, in vain or while a copy serves the room; spread over twice that. */
const AGAIN_MS = 30 * SECOND;
const TAKEN_AGAIN_MS = 3 * SECOND;

/** Relays of this machine and network, our own among them. */
export interface NearbyRelays {
  watch(found: (urls: readonly string[]) => void): () => void;
  /** Resolves when those that are there have had time to be heard. */
  heard(): Promise<void>;
}

export interface CopyWatchOptions {
  readonly relays: NearbyRelays;
  readonly dialler: Dialler;
  readonly clock: Clock;
  readonly random: () => number;
}

/**
 * Finds out whether another process serves a room of ours at a relay nearby: somebody copied the profile to another
 * machine. It calls the room there under a key made for that and hangs up once whoever answers has proved to be us.
 */
export class CopyWatch {
  readonly #options: CopyWatchOptions;
  readonly #signer = signerFrom(randomBytes(32));

  constructor(options: CopyWatchOptions) {
    this.#options = options;
  }

  /** Who calls: a host that is called by this key has found itself. */
  get caller(): IdentityKey {
    return identityKey(this.#signer.publicKey);
  }

  /** Tells whether the room is served elsewhere, when all have been asked once and whenever that changes. */
  watch(room: Uint8Array, host: Uint8Array, tell: (served: boolean) => void): () => void {
    const { relays, clock, random } = this.#options;
    let urls: readonly string[] = [];
    let known = new Set<string>();
    let told: boolean | undefined;
    let asking = false;
    let ended = false;
    let cancel = (): void => undefined;
    const ask = async (): Promise<void> => {
      if (asking || ended) return;
      asking = true;
      cancel();
      known = new Set(urls);
      const answers = await Promise.all(
        urls.slice(0, MAX_CALLED).map((url) => this.#isServed(url, room, host)),
      );
      asking = false;
      if (ended) return;
      const served = answers.includes(true);
      if (told !== served) {
        told = served;
        tell(served);
      }
      cancel = clock.after((served ? TAKEN_AGAIN_MS : AGAIN_MS) * (1 + random()), () => void ask());
    };
    const stop = relays.watch((found) => {
      urls = found;
      if (told !== undefined && found.some((url) => !known.has(url))) void ask();
    });
    void relays.heard().then(ask);
    return () => {
      ended = true;
      cancel();
      stop();
    };
  }

  async #isServed(url: string, room: Uint8Array, host: Uint8Array): Promise<boolean> {
    const { clock, dialler } = this.#options;
    const link = new Link({ url, purpose: 'member', signer: this.#signer, dialler, clock });
    const served = await new Promise<boolean>((resolve) => {
      const cancel = clock.after(CALL_MS, () => resolve(false));
      const done = (answer: boolean): void => {
        cancel();
        resolve(answer);
      };
      link.onEvent(
        callTo(link, room, (certificate, nonce) =>
          done(
            certificate !== undefined &&
              nonce !== undefined &&
              equalBytes(certificate.identity, host) &&
              equalBytes(makeRoomId(host, nonce), room) &&
              checkDeviceCertificate(certificate, Math.floor(clock.wall() / SECOND)),
          ),
        ),
      );
      link.open();
    });
    await link.close();
    return served;
  }
}

type Answer = ReturnType<typeof decodeHostHello>;

/** Dials once and reads what the host says first; `answered` without anything when nobody does. */
function callTo(
  link: Link,
  room: Uint8Array,
  answered: (certificate?: Answer['cert'], nonce?: Answer['nonce']) => void,
): (event: LinkEvent) => void {
  const conv = randomBytes(16);
  let handshake: Handshake | undefined;
  return (event) => {
    if (event.type === 'online') {
      void link.request({ t: 'dial', room, conv }, (outcome) => {
        if (outcome.t === 'refused' || !link.relayId) return answered();
        handshake = new Handshake({
          pattern: 'XXpsk3',
          initiator: true,
          prologue: handshakePrologue({ room, relay: idBytes(link.relayId), conv }),
          // Used only for the third message, which is never sent.
          psk: new Uint8Array(32),
          static: generateKeyPair(),
        });
        link.sendData(outcome.circuit, handshake.write(new Uint8Array()));
      });
    } else if (event.type === 'data') {
      try {
        const hello = handshake && decodeHostHello(handshake.read(event.payload));
        const key = handshake?.remoteStatic;
        if (hello && key && equalBytes(hello.cert.key, key)) answered(hello.cert, hello.nonce);
        else answered();
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        answered();
      }
    } else if (event.type === 'offline' || event.type === 'closed') {
      answered();
    } else if (event.type === 'control' && event.message.t === 'hangup') {
      answered();
    }
  };
}
