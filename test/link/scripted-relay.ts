import { labels, randomBytes, signerFrom, verify } from '../../src/shared/crypto/sign.ts';
import { decodeFromClient, encodeControl, encodeSend, type Frame } from '../../src/shared/wire/codec.ts';
import type { Reply, ReplyOf, Request } from '../../src/shared/wire/control.ts';
import { helloBytes, loginBytes } from '../../src/shared/wire/login.ts';
import { memoryDialler, type MemoryLine } from '../../src/link/memory-transport.ts';
import type { Dialler, Transport } from '../../src/link/transport.ts';

export const relayLimits: ReplyOf<'hello'>['limits'] = {
  rooms: 3,
  members: 250,
  framesPerSecond: 20,
  bytesPerSecond: 65_536,
  mailboxMessages: 128,
  mailBytes: 16_384,
};

/** Speaks a relay's login as it should, or not, and records what it is told. */
export class ScriptedRelay {
  readonly signer = signerFrom(randomBytes(32));
  readonly heard: Frame<Request>[] = [];
  readonly lines: MemoryLine[] = [];
  readonly dialler: Dialler;
  dials = 0;
  up = true;
  version = 1;
  /** Replaces the honest answer to a login. */
  onLogin: ((login: Extract<Request, { t: 'login' }>) => Reply | undefined) | undefined;
  /** Called with every control message; logins are answered without it. */
  onRequest: ((request: Request) => void) | undefined;
  /** False: it does not challenge whoever has connected. */
  greet: () => boolean = () => true;
  forgeHello = false;
  validLogins = 0;
  #transport: Transport | undefined;

  constructor() {
    this.dialler = memoryDialler(() => {
      this.dials++;
      if (!this.up) return undefined;
      return (server, line) => {
        this.#transport = server;
        this.lines.push(line);
        const nonce = randomBytes(32);
        const relay = this.signer.publicKey;
        return {
          open: () => {
            if (this.greet()) this.say({ t: 'challenge', v: this.version, relay, nonce });
          },
          message: (bytes) => {
            const frame = decodeFromClient(bytes);
            this.heard.push(frame);
            if (frame.type !== 'control') return;
            if (frame.message.t === 'login') this.#login(frame.message, nonce);
            this.onRequest?.(frame.message);
          },
          closed: () => undefined,
        };
      };
    });
  }

  say(message: Reply): void {
    this.#transport?.send(encodeControl(message));
  }

  data(circuit: number, payload: Uint8Array): void {
    this.#transport?.send(encodeSend(circuit, payload));
  }

  raw(bytes: Uint8Array): void {
    this.#transport?.send(bytes);
  }

  close(code: number): void {
    this.#transport?.close(code);
  }

  /** The last request of this name. */
  last<Name extends Request['t']>(name: Name): Extract<Request, { t: Name }> {
    const found = this.heard
      .flatMap((frame) => (frame.type === 'control' ? [frame.message] : []))
      .findLast((message): message is Extract<Request, { t: Name }> => message.t === name);
    if (!found) throw new Error(`no ${name} was heard`);
    return found;
  }

  #login(login: Extract<Request, { t: 'login' }>, relayNonce: Uint8Array): void {
    const relay = this.signer.publicKey;
    const nonces = { relay, relayNonce, clientNonce: login.nonce };
    if (verify(labels.login, login.identity, loginBytes(nonces, login.purpose), login.sig))
      this.validLogins++;
    if (this.onLogin) {
      const reply = this.onLogin(login);
      if (reply) this.say(reply);
      return;
    }
    const signed = helloBytes(nonces, login.identity);
    const sig = (this.forgeHello ? signerFrom(randomBytes(32)) : this.signer).sign(labels.hello, signed);
    this.say({ t: 'hello', rid: login.rid, sig, name: 'test', limits: relayLimits });
  }
}
