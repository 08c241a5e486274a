/**
 * The cryptography that libraries do, behind one face for Node and browsers. Keys, seeds and digests are 32 bytes,
 * SHA-512 digests and signatures 64.
 */
export interface Primitives {
  ed25519PublicKey(seed: Uint8Array): Uint8Array;
  ed25519Sign(seed: Uint8Array, message: Uint8Array): Uint8Array;
  /** Prepares the key once, for whoever signs often. */
  ed25519Signer(seed: Uint8Array): (message: Uint8Array) => Uint8Array;
  /**
   * RFC 8032 without the cofactor; also refuses S >= L, points that are not canonical and those of small order.
   * False for input of any shape, never throws.
   */
  ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  x25519PublicKey(secret: Uint8Array): Uint8Array;
  /** Throws `ProtocolError` when the peer's key is of low order. */
  x25519(secret: Uint8Array, publicKey: Uint8Array): Uint8Array;
  sha256(...parts: readonly Uint8Array[]): Uint8Array;
  sha512(...parts: readonly Uint8Array[]): Uint8Array;
  hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array;
  hkdfSha256(ikm: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array;
  /** Prepares the key once, for whoever seals often. */
  chachaKey(key: Uint8Array): CipherKey;
  chachaSeal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array;
  chachaOpen(
    key: Uint8Array,
    nonce: Uint8Array,
    aad: Uint8Array,
    ciphertext: Uint8Array,
  ): Uint8Array | undefined;
  /** `nonce` is 24 bytes. */
  xchachaSeal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array;
  xchachaOpen(
    key: Uint8Array,
    nonce: Uint8Array,
    aad: Uint8Array,
    ciphertext: Uint8Array,
  ): Uint8Array | undefined;
  randomBytes(length: number): Uint8Array;
}

/** ChaCha20-Poly1305 with one key; `nonce` is 12 bytes and never used twice, the tag is the last 16 bytes. */
export interface CipherKey {
  seal(nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /** Undefined when it was not sealed with this key, nonce and data. */
  open(nonce: Uint8Array, aad: Uint8Array, ciphertext: Uint8Array): Uint8Array | undefined;
}

export const AEAD_TAG_BYTES = 16;
