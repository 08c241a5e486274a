/**
 * The cryptography that libraries do, behind one face for Node and browsers. Keys, seeds and digests are 32 bytes,
 * SHA-512 digests and signatures 64.
 */
export interface Primitives {
  readonly ed25519PublicKey: (seed: Uint8Array) => Uint8Array;
  readonly ed25519Sign: (seed: Uint8Array, message: Uint8Array) => Uint8Array;
  /** Prepares the key once, for whoever signs often. */
  readonly ed25519Signer: (seed: Uint8Array) => (message: Uint8Array) => Uint8Array;
  /**
   * RFC 8032 without the cofactor; also refuses S >= L, points that are not canonical and those of small order.
   * False for input of any shape, never throws.
   */
  readonly ed25519Verify: (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;
  readonly x25519PublicKey: (secret: Uint8Array) => Uint8Array;
  /** Throws `ProtocolError` when the peer's key is of low order. */
  readonly x25519: (secret: Uint8Array, publicKey: Uint8Array) => Uint8Array;
  readonly sha256: (...parts: readonly Uint8Array[]) => Uint8Array;
  readonly sha512: (...parts: readonly Uint8Array[]) => Uint8Array;
  readonly hkdfSha256: (ikm: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number) => Uint8Array;
  /** Prepares the key once, for whoever seals often. */
  readonly chachaKey: (key: Uint8Array) => CipherKey;
  /** ChaCha20-Poly1305: `nonce` is 12 bytes and never used twice with one key, the tag is the last 16 bytes. */
  readonly chachaSeal: Seal;
  readonly chachaOpen: Open;
  /** XChaCha20-Poly1305: `nonce` is 24 bytes, long enough to be random. */
  readonly xchachaSeal: Seal;
  readonly xchachaOpen: Open;
  readonly randomBytes: (length: number) => Uint8Array;
}

type Seal = (key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array) => Uint8Array;
/** Undefined when it was not sealed with this key, nonce and data. */
type Open = (
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  ciphertext: Uint8Array,
) => Uint8Array | undefined;

/** ChaCha20-Poly1305 with one key. */
export interface CipherKey {
  seal(nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /** Undefined when it was not sealed with this key, nonce and data. */
  open(nonce: Uint8Array, aad: Uint8Array, ciphertext: Uint8Array): Uint8Array | undefined;
}

export const AEAD_TAG_BYTES = 16;
