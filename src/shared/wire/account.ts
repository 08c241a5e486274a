import { concatBytes, u64be, utf8 } from '../bytes.ts';
import { MAX_NAME, MIN_NAME } from '../limits.ts';

const shape = new RegExp(`^[a-z0-9_-]{${MIN_NAME},${MAX_NAME}}$`);

export function isName(text: string): boolean {
  return shape.test(text);
}

/** What an identity signs under `tc1/name` to be called that at one relay; `at` in ms since 1970. */
export function nameBytes(binding: {
  readonly relay: Uint8Array;
  readonly name: string;
  readonly at: number;
}): Uint8Array {
  return concatBytes(binding.relay, u64be(binding.at), utf8(binding.name));
}

/**
 * What the login key signs under `tc1/proof`: relay, both nonces and name, so that it is of use neither at another relay,
 * nor later, nor for another account.
 */
export function passwordProofBytes(proof: {
  readonly relay: Uint8Array;
  readonly relayNonce: Uint8Array;
  readonly clientNonce: Uint8Array;
  readonly name: string;
}): Uint8Array {
  return concatBytes(proof.relay, proof.relayNonce, proof.clientNonce, utf8(proof.name));
}
