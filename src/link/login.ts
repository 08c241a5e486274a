import { labels, randomBytes, verify, type Signer } from '../shared/crypto/sign.ts';
import { ProtocolError } from '../shared/errors.ts';
import type { ReplyOf } from '../shared/wire/control.ts';
import { helloBytes, loginBytes, type LoginPurpose } from '../shared/wire/login.ts';
import { WIRE_VERSION } from '../shared/wire/version.ts';
import type { AnyQuestion } from './questions.ts';

/** Who logs in. */
export interface Caller {
  readonly signer: Signer;
  readonly purpose: LoginPurpose;
  /** Program and version, for relays that ask who calls; ours does not. */
  readonly app?: string;
}

/** One login at a relay: each side proves its key to the other. */
export class Login {
  readonly question: Extract<AnyQuestion, { t: 'login' }>;
  readonly #nonces: Parameters<typeof loginBytes>[0];

  /** Throws `ProtocolError` where the relay speaks another version. */
  constructor(challenge: ReplyOf<'challenge'>, { signer, purpose, app }: Caller) {
    if (challenge.v !== WIRE_VERSION) throw new ProtocolError('other wire version', 'unsupported-version');
    const { relay, nonce: relayNonce } = challenge;
    this.#nonces = { relay, relayNonce, clientNonce: randomBytes(32) };
    this.question = {
      t: 'login',
      identity: signer.publicKey,
      nonce: this.#nonces.clientNonce,
      purpose,
      sig: signer.sign(labels.login, loginBytes(this.#nonces, purpose)),
      app,
    };
  }

  /** Throws `ProtocolError` unless it proves the key that the relay claims. */
  check(hello: Pick<ReplyOf<'hello'>, 'sig'>): void {
    const signed = helloBytes(this.#nonces, this.question.identity);
    if (!verify(labels.hello, this.#nonces.relay, signed, hello.sig))
      throw new ProtocolError('relay did not prove its key');
  }
}
