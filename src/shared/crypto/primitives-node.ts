import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  diffieHellman,
  hash,
  hkdfSync,
  randomBytes,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { concatBytes, fromHex, plainBytes } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { AEAD_TAG_BYTES, type CipherKey, type Primitives } from './primitives.ts';
import { ofLength, refuseZero, wellFormedSignature } from './primitives-strict.ts';

// DER before the 32 bytes of a key (RFC 8410): Node takes no raw ones.
const derPrefixes = {
  ed25519Private: fromHex('302e020100300506032b657004220420'),
  x25519Private: fromHex('302e020100300506032b656e04220420'),
} as const;
/** The same before public keys, in base64: 12 bytes, so that a key's own base64 can follow. */
const pemPrefixes = { ed25519Public: 'MCowBQYDK2VwAyEA', x25519Public: 'MCowBQYDK2VuAyEA' } as const;

/** Verification keys that are kept; only public ones, so that secrets live no longer than their owner. */
const MAX_CACHED_KEYS = 1_024;
/** By their bytes; imported once they are used again, for an object costs more, most of it when it is collected. */
const verifyKeys = new Map<string, KeyObject | undefined>();

/**
 * Through `node:crypto`; XChaCha20, which it lacks, through noble. Keys are given as key objects, public ones are
 * imported from text: over bytes Node 24 throws and catches errors within, which cost more than what was asked for.
 */
export const primitives: Primitives = {
  ed25519PublicKey: (seed) => publicBytes(privateKey('ed25519Private', seed)),
  ed25519Sign: (seed, message) => primitives.ed25519Signer(seed)(message),
  ed25519Signer(seed) {
    const key = privateKey('ed25519Private', seed);
    return (message) => plainBytes(sign(null, message, key));
  },
  ed25519Verify(publicKey, message, signature) {
    if (!wellFormedSignature(publicKey, signature)) return false;
    try {
      return verify(null, message, verifyKey(publicKey), signature);
    } catch {
      return false;
    }
  },
  x25519PublicKey: (secret) => publicBytes(privateKey('x25519Private', secret)),
  x25519(secret, publicKey) {
    const own = privateKey('x25519Private', secret);
    if (publicKey.length !== 32) throw new ProtocolError('X25519 key of a wrong length');
    let shared: Uint8Array;
    try {
      shared = plainBytes(
        diffieHellman({ privateKey: own, publicKey: importPublic('x25519Public', publicKey) }),
      );
    } catch {
      throw new ProtocolError('X25519 key of low order');
    }
    return refuseZero(shared);
  },
  sha256: (...parts) => plainBytes(hash('sha256', joined(parts), 'buffer')),
  sha512: (...parts) => plainBytes(hash('sha512', joined(parts), 'buffer')),
  hkdfSha256: (ikm, salt, info, length) =>
    new Uint8Array(hkdfSync('sha256', createSecretKey(ikm), salt, info, length)),
  chachaKey,
  chachaSeal: (key, nonce, aad, plaintext) => chachaKey(key).seal(nonce, aad, plaintext),
  chachaOpen: (key, nonce, aad, ciphertext) => chachaKey(key).open(nonce, aad, ciphertext),
  xchachaSeal: (key, nonce, aad, plaintext) => xchacha(key, nonce, aad).encrypt(plaintext),
  xchachaOpen(key, nonce, aad, ciphertext) {
    const cipher = xchacha(key, nonce, aad);
    try {
      return cipher.decrypt(ciphertext);
    } catch {
      return undefined;
    }
  },
  randomBytes: (length) => new Uint8Array(randomBytes(length)),
};

function xchacha(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array) {
  return xchacha20poly1305(ofLength(32, key), ofLength(24, nonce), aad);
}

function chachaKey(key: Uint8Array): CipherKey {
  // A key object costs a third of a raw key for each message.
  const secret = createSecretKey(ofLength(32, key));
  // OpenSSL fills a shorter nonce up with zeros, so its length is checked here.
  const options = { authTagLength: AEAD_TAG_BYTES };
  return {
    seal(nonce, aad, plaintext) {
      const cipher = createCipheriv('chacha20-poly1305', secret, ofLength(12, nonce), options);
      cipher.setAAD(aad, { plaintextLength: plaintext.length });
      const head = cipher.update(plaintext);
      return concatBytes(head, cipher.final(), cipher.getAuthTag());
    },
    open(nonce, aad, ciphertext) {
      const decipher = createDecipheriv('chacha20-poly1305', secret, ofLength(12, nonce), options);
      const length = ciphertext.length - AEAD_TAG_BYTES;
      if (length < 0) return undefined;
      decipher.setAAD(aad, { plaintextLength: length });
      decipher.setAuthTag(ciphertext.subarray(length));
      const plaintext = decipher.update(ciphertext.subarray(0, length));
      try {
        decipher.final();
      } catch {
        return undefined;
      }
      return plainBytes(plaintext);
    },
  };
}

function privateKey(kind: 'ed25519Private' | 'x25519Private', secret: Uint8Array): KeyObject {
  const key = Buffer.concat([derPrefixes[kind], ofLength(32, secret)]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}

function importPublic(kind: 'ed25519Public' | 'x25519Public', bytes: Uint8Array): KeyObject {
  return createPublicKey(publicPem(kind, bytes));
}

function publicPem(kind: 'ed25519Public' | 'x25519Public', bytes: Uint8Array): string {
  return `-----BEGIN PUBLIC KEY-----\n${pemPrefixes[kind]}${Buffer.from(bytes).toString('base64')}\n-----END PUBLIC KEY-----`;
}

function publicBytes(key: KeyObject): Uint8Array {
  return plainBytes(createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32));
}

function verifyKey(bytes: Uint8Array): KeyObject | string {
  const name = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const isKnown = verifyKeys.has(name);
  const key = isKnown ? (verifyKeys.get(name) ?? importPublic('ed25519Public', bytes)) : undefined;
  // Deleting first makes the map's order the order of use.
  if (isKnown) verifyKeys.delete(name);
  const oldest = verifyKeys.size >= MAX_CACHED_KEYS ? verifyKeys.keys().next().value : undefined;
  if (oldest !== undefined) verifyKeys.delete(oldest);
  verifyKeys.set(name, key);
  return key ?? publicPem('ed25519Public', bytes);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  return only && parts.length === 1 ? only : concatBytes(...parts);
}
