import { primitives } from '#primitives';
import { concatBytes, utf8 } from '../bytes.ts';
import type { CipherKey } from './primitives.ts';

/*
 * The inner objects of the Noise Protocol Framework (revision 34, §5), with ChaChaPoly and SHA256. Names follow the
 * specification.
 */

const KEY_BYTES = 32;
const empty = new Uint8Array();

/** §5.1: a key and the count of its messages. */
export class CipherState {
  readonly #key: CipherKey;
  #nonce = 0;

  constructor(key: Uint8Array) {
    this.#key = primitives.chachaKey(key);
  }

  encrypt(aad: Uint8Array, plaintext: Uint8Array): Uint8Array {
    return this.#key.seal(nonceBytes(this.#nonce++), aad, plaintext);
  }

  decrypt(aad: Uint8Array, ciphertext: Uint8Array): Uint8Array | undefined {
    const plaintext = this.#key.open(nonceBytes(this.#nonce), aad, ciphertext);
    if (plaintext) this.#nonce++;
    return plaintext;
  }
}

/** §5.2. */
export class SymmetricState {
  #chainingKey: Uint8Array;
  #hash: Uint8Array;
  #cipher: CipherState | undefined;

  constructor(protocolName: string) {
    const name = utf8(protocolName);
    this.#hash =
      name.length <= KEY_BYTES
        ? concatBytes(name, new Uint8Array(KEY_BYTES - name.length))
        : primitives.sha256(name);
    this.#chainingKey = this.#hash;
  }

  /** A state that goes on from here on its own; for one that has not sealed anything with its key yet. */
  fork(): SymmetricState {
    const fork = new SymmetricState('');
    fork.#chainingKey = this.#chainingKey;
    fork.#hash = this.#hash;
    fork.#cipher = this.#cipher;
    return fork;
  }

  get hash(): Uint8Array {
    return this.#hash;
  }

  get hasKey(): boolean {
    return this.#cipher !== undefined;
  }

  mixHash(data: Uint8Array): void {
    this.#hash = primitives.sha256(this.#hash, data);
  }

  mixKey(input: Uint8Array): void {
    const [chainingKey, key] = this.#derive(input, 2);
    this.#chainingKey = chainingKey;
    this.#cipher = new CipherState(key);
  }

  mixKeyAndHash(input: Uint8Array): void {
    const [chainingKey, hash, key] = this.#derive(input, 3);
    this.#chainingKey = chainingKey;
    this.mixHash(hash);
    this.#cipher = new CipherState(key);
  }

  encryptAndHash(plaintext: Uint8Array): Uint8Array {
    const sealed = this.#cipher?.encrypt(this.#hash, plaintext) ?? plaintext;
    this.mixHash(sealed);
    return sealed;
  }

  decryptAndHash(sealed: Uint8Array): Uint8Array | undefined {
    const plaintext = this.#cipher ? this.#cipher.decrypt(this.#hash, sealed) : sealed;
    if (plaintext) this.mixHash(sealed);
    return plaintext;
  }

  split(): [CipherState, CipherState] {
    const [first, second] = this.#derive(empty, 2);
    return [new CipherState(first), new CipherState(second)];
  }

  // The framework's HKDF is RFC 5869 with the chaining key as salt and no info (§4.3).
  #derive(input: Uint8Array, outputs: 2 | 3): [Uint8Array, Uint8Array, Uint8Array] {
    const all = primitives.hkdfSha256(input, this.#chainingKey, empty, outputs * KEY_BYTES);
    return [all.slice(0, 32), all.slice(32, 64), all.slice(64)];
  }
}

/** 32 zero bits ‖ little-endian u64 (§12.3). */
function nonceBytes(counter: number): Uint8Array {
  if (!Number.isSafeInteger(counter)) throw new RangeError('nonces used up');
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setBigUint64(4, BigInt(counter), true);
  return nonce;
}
