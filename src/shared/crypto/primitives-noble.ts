import { chacha20poly1305, xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { bytesToNumberLE } from '@noble/curves/utils.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { randomBytes } from '@noble/hashes/utils.js';
import { concatBytes, equalBytes } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import type { Primitives } from './primitives.ts';
import { ofLength, refuseZero, wellFormedSignature } from './primitives-strict.ts';

/** In JavaScript alone, for browsers. */
export const primitives: Primitives = {
  ed25519PublicKey: (seed) => ed25519.getPublicKey(ofLength(32, seed)),
  ed25519Sign: (seed, message) => ed25519.sign(message, ofLength(32, seed)),
  ed25519Signer: (seed) => {
    const own = Uint8Array.from(ofLength(32, seed));
    return (message) => ed25519.sign(message, own);
  },
  ed25519Verify: (publicKey, message, signature) =>
    wellFormedSignature(publicKey, signature) && verifies(publicKey, message, signature),
  x25519PublicKey: (secret) => x25519.getPublicKey(ofLength(32, secret)),
  x25519(secret, publicKey) {
    const own = ofLength(32, secret);
    if (publicKey.length !== 32) throw new ProtocolError('X25519 key of a wrong length');
    let shared: Uint8Array;
    try {
      shared = x25519.getSharedSecret(own, publicKey);
    } catch {
      throw new ProtocolError('X25519 key of low order');
    }
    return refuseZero(shared);
  },
  sha256: (...parts) => sha256(concatBytes(...parts)),
  sha512: (...parts) => sha512(concatBytes(...parts)),
  hkdfSha256: (ikm, salt, info, length) => hkdf(sha256, ikm, salt, info, length),
  chachaKey: (key) => {
    const own = Uint8Array.from(ofLength(32, key));
    return {
      seal: (nonce, aad, plaintext) => primitives.chachaSeal(own, nonce, aad, plaintext),
      open: (nonce, aad, ciphertext) => primitives.chachaOpen(own, nonce, aad, ciphertext),
    };
  },
  chachaSeal: (key, nonce, aad, plaintext) => chacha(key, nonce, aad).encrypt(plaintext),
  chachaOpen: (key, nonce, aad, ciphertext) => opened(chacha(key, nonce, aad), ciphertext),
  xchachaSeal: (key, nonce, aad, plaintext) => xchacha(key, nonce, aad).encrypt(plaintext),
  xchachaOpen: (key, nonce, aad, ciphertext) => opened(xchacha(key, nonce, aad), ciphertext),
  randomBytes: (length) => randomBytes(length),
};

function chacha(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array) {
  return chacha20poly1305(ofLength(32, key), ofLength(12, nonce), aad);
}

function xchacha(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array) {
  return xchacha20poly1305(ofLength(32, key), ofLength(24, nonce), aad);
}

interface Decrypting {
  decrypt(ciphertext: Uint8Array): Uint8Array;
}

function opened(cipher: Decrypting, ciphertext: Uint8Array): Uint8Array | undefined {
  try {
    return cipher.decrypt(ciphertext);
  } catch {
    return undefined;
  }
}

/**
 * noble's own verify multiplies by the cofactor, OpenSSL does not, so a crafted signature would be valid for some peers
 * only; this is the equation without it: R = [S]B - [k]A (RFC 8032 §5.1.7).
 */
function verifies(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const { Point } = ed25519;
  const r = signature.subarray(0, 32);
  const k = Point.Fn.create(bytesToNumberLE(sha512(concatBytes(r, publicKey, message))));
  try {
    const s = Point.BASE.multiplyUnsafe(bytesToNumberLE(signature.subarray(32)));
    return equalBytes(s.subtract(Point.fromBytes(publicKey).multiplyUnsafe(k)).toBytes(), r);
  } catch {
    return false;
  }
}
