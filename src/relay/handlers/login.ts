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
import type { Logger } from '../log.ts';
import type { Login, Registry } from '../registry.ts';

export interface LoginParts {
  readonly signer: Signer;
  readonly name: string | undefined;
  readonly registry: Registry;
  readonly limits: RelayLimits;
  readonly log: Logger;
  /** Called after `hello` was queued. */
  readonly loggedIn: (connection: Connection, login: Login) => void;
}

/** challenge → login → hello. */
export class Logins {
  private readonly parts: LoginParts;

  constructor(parts: LoginParts) {
    this.parts = parts;
  }

  challenge(connection: Connection): void {
    const nonce = randomBytes(32);
    connection.nonce = nonce;
    connection.say({ t: 'challenge', v: WIRE_VERSION, relay: this.parts.signer.publicKey, nonce });
  }

  login(from: Connection, request: RequestOf<'login'>): Answer {
    const { signer, registry, log } = this.parts;
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
    // A copy of its own: the decoded one may keep the whole message alive as long as the connection.
    const login = { identity, key: request.identity.slice(), purpose: request.purpose };
    from.loggedIn(login);
    log.info('login', { connection: from.id, key: keyTag(request.identity), purpose: request.purpose });
    const sig = signer.sign(labels.hello, helloBytes(nonces, request.identity));
    from.say(this.hello(request, sig));
    if (login.purpose === 'member') {
      const before = registry.members.get(identity);
      registry.members.set(identity, from);
      before?.refuse({ code: 'signed-in-elsewhere' }, closeCodes.signedInElsewhere);
    }
    this.parts.loggedIn(from, login);
    return undefined;
  }

  private hello({ rid, purpose }: RequestOf<'login'>, sig: Uint8Array): ReplyOf<'hello'> {
    const { limits, name } = this.parts;
    const host = purpose === 'host';
    return {
      t: 'hello',
      rid,
      sig,
      ...(name === undefined ? {} : { name }),
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
