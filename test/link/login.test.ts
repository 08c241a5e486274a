import { expect, it } from 'vitest';
import { Login } from '../../src/link/login.ts';
import { ProtocolError } from '../../src/shared/errors.ts';
import { labels, randomBytes, signerFrom, verify } from '../../src/shared/crypto/sign.ts';
import { helloBytes, loginBytes } from '../../src/shared/wire/login.ts';
import { WIRE_VERSION } from '../../src/shared/wire/version.ts';

const [ada, relay] = [signerFrom(randomBytes(32)), signerFrom(randomBytes(32))];

function begun(version = WIRE_VERSION) {
  const nonce = randomBytes(32);
  const challenge = { t: 'challenge', v: version, relay: relay.publicKey, nonce } as const;
  const login = new Login(challenge, { signer: ada, purpose: 'member' });
  const nonces = { relay: relay.publicKey, relayNonce: nonce, clientNonce: login.question.nonce };
  const hello = (signer: typeof relay) =>
    ({ t: 'hello', rid: 1, sig: signer.sign(labels.hello, helloBytes(nonces, ada.publicKey)) }) as const;
  return { login, nonces, hello };
}

it('proves the caller’s key to this relay, for this purpose', () => {
  const { login, nonces } = begun();
  const { identity, sig, purpose } = login.question;
  expect(verify(labels.login, identity, loginBytes(nonces, purpose), sig)).toBe(true);
  expect(verify(labels.login, identity, loginBytes(nonces, 'host'), sig)).toBe(false);
});

it('believes the relay that proves its key in answer to it, and no other', () => {
  const { login, hello } = begun();
  expect(() => login.check(hello(relay))).not.toThrow();
  expect(() => login.check(hello(signerFrom(randomBytes(32))))).toThrow(ProtocolError);
  expect(() => login.check(begun().hello(relay))).toThrow(ProtocolError);
});

it('is not begun with another version', () => {
  expect(() => begun(WIRE_VERSION + 1)).toThrow(ProtocolError);
});
