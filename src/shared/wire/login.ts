import { concatBytes, utf8 } from '../bytes.ts';

export type LoginPurpose = 'member' | 'host';

interface LoginNonces {
  /** The relay's identity key, 32 bytes. */
  readonly relay: Uint8Array;
  readonly relayNonce: Uint8Array;
  readonly clientNonce: Uint8Array;
}

/** What a client signs under `tc1/login`; naming the relay makes it worthless at another one. */
export function loginBytes(nonces: LoginNonces, purpose: LoginPurpose): Uint8Array {
  return concatBytes(nonces.relay, nonces.relayNonce, nonces.clientNonce, utf8(purpose));
}

/** What the relay signs under `tc1/hello`; naming the client binds the answer to this login. */
export function helloBytes(nonces: LoginNonces, client: Uint8Array): Uint8Array {
  return concatBytes(nonces.relay, nonces.relayNonce, nonces.clientNonce, client);
}
