import { helloBytes, loginBytes } from '../../shared/wire/login.ts';
import { keyTag, labels, randomBytes, verify, type Signer } from '../../shared/crypto/sign.ts';
import { identityKey } from '../../shared/ids.ts';
import { MAX_MAIL_BYTES } from '../../shared/limits.ts';
import { closeCodes } from '../../shared/wire/close-codes.ts';
import type { ReplyOf, RequestOf } from '../../shared/wire/control.ts';
import { WIRE_VERSION } from '../../shared/wire/version.ts';
import type { Connection } from '../connection.ts';
import type { Answer } from '../dispatch.ts';
import type { RelayLimits } from '../limits.ts';
import type { Gate } from '../gate.ts';
import type { Logger } from '../log.ts';
import type { NetworkAliases } from '../network-aliases.ts';
import type { Login, Registry } from '../registry.ts';

/** What everybody is told who comes in; may be changed while the relay runs. */
export interface Greeting {
  name: string | undefined;
  /** What the operator wants read; at most `MAX_TERMS_BYTES`. */
  terms: string | undefined;
}

export interface LoginParts {
  readonly signer: Signer;
  readonly greeting: Greeting;
  readonly gate: Gate;
  readonly aliases: NetworkAliases;
  readonly registry: Registry;
  readonly limits: RelayLimits;
  readonly log: Logger;
  /** Called after `hello` was queued. */
  readonly loggedIn: (connection: Connection, login: Login) => void;
}

/** challenge → login → hello. */
export class Logins {
  readonly #parts: LoginParts;

  constructor(parts: LoginParts) {
    this.#parts = parts;
  }

  challenge(connection: Connection): void {
    const nonce = randomBytes(32);
    connection.nonce = nonce;
    connection.say({ t: 'challenge', v: WIRE_VERSION, relay: this.#parts.signer.publicKey, nonce });
  }

  login(from: Connection, request: RequestOf<'login'>): Answer {
    const { signer, registry, gate, aliases, log } = this.#parts;
    const nonces = {
      relay: signer.publicKey,
      relayNonce: from.nonce ?? new Uint8Array(0),
      clientNonce: request.nonce,
    };
    const signed = loginBytes(nonces, request.purpose);
    if (!from.nonce || !verify(labels.login, request.identity, signed, request.sig)) {
      log.info('login-refused', { connection: from.id });
      from.say({ t: 'error', rid: request.rid, code: 'login-failed', fatal: true });
      from.close(closeCodes.loginFailed);
      return undefined;
    }
    const identity = identityKey(request.identity);
    const kept = gate.key(identity);
    if (kept) {
      log.info('login-refused', { connection: from.id, key: keyTag(request.identity), reason: kept.code });
      from.say({ t: 'error', rid: request.rid, ...kept, fatal: true });
      from.close(closeCodes.refused);
      return undefined;
    }
    // A copy of its own: the decoded one may keep the whole message alive as long as the connection.
    const login = { identity, key: request.identity.slice(), purpose: request.purpose };
    from.loggedIn(login);
    log.info('login', {
      connection: from.id,
      key: keyTag(request.identity),
      purpose: request.purpose,
      network: aliases.of(from.network),
    });
    const sig = signer.sign(labels.hello, helloBytes(nonces, request.identity));
    from.say(this.#hello(request, sig));
    if (login.purpose === 'member') {
      const before = registry.members.get(identity);
      registry.members.set(identity, from);
      before?.refuse({ code: 'signed-in-elsewhere' }, closeCodes.signedInElsewhere);
    }
    this.#parts.loggedIn(from, login);
    return undefined;
  }

  #hello({ rid, purpose }: RequestOf<'login'>, sig: Uint8Array): ReplyOf<'hello'> {
    const { limits, greeting } = this.#parts;
    const { name, terms } = greeting;
    const host = purpose === 'host';
    return {
      t: 'hello',
      rid,
      sig,
      name,
      terms,
      limits: {
        rooms: limits.roomsPerIdentity,
        members: limits.membersPerRoom,
        framesPerSecond: host ? limits.hostFramesPerSecond : limits.memberFramesPerSecond,
        bytesPerSecond: host ? limits.hostBytesPerSecond : limits.memberBytesPerSecond,
        mailboxMessages: limits.mailboxMessages,
        mailBytes: MAX_MAIL_BYTES,
      },
    };
  }
}
