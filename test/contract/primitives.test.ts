import { describe, expect, it } from 'vitest';
import { concatBytes, fromHex, toHex, utf8 } from '../../src/shared/bytes.ts';
import { primitives as noble } from '../../src/shared/crypto/primitives-noble.ts';
import { primitives as node } from '../../src/shared/crypto/primitives-node.ts';
import { ProtocolError } from '../../src/shared/errors.ts';
import aead from '../protocol/vectors/aead.json' with { type: 'json' };
import ed25519 from '../protocol/vectors/ed25519.json' with { type: 'json' };
import x25519 from '../protocol/vectors/x25519.json' with { type: 'json' };

const empty = new Uint8Array();
const key = '7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa';

/** Every spelling of a point of small order: five y, either sign, and y + p where that is below 2^255. */
const smallOrderSpellings = [
  `00${'00'.repeat(31)}`,
  `01${'00'.repeat(31)}`,
  `ec${'ff'.repeat(30)}7f`,
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`,
].flatMap((y) => {
  const flipped = fromHex(y);
  flipped[31] = (flipped[31] ?? 0) ^ 0x80;
  return [y, toHex(flipped)];
});

// Only those of Node.js remember keys.
describe.each([
  ['node:crypto', node, 2_000],
  ['noble', noble, 100],
])('primitives of %s', (_name, primitives, many) => {
  const verifies = (publicKey: string, message: string, signature: string) =>
    primitives.ed25519Verify(fromHex(publicKey), fromHex(message), fromHex(signature));

  describe('Ed25519', () => {
    it.each(ed25519.valid)('accepts the published signature of %s over "%s"', (publicKey, msg, sig) => {
      expect(verifies(publicKey, msg, sig)).toBe(true);
    });

    it.each(ed25519.invalid)('refuses a signature: $why', ({ msg, sig }) => {
      expect(verifies(key, msg, sig)).toBe(false);
    });

    it('refuses every combination of special R and S', () => {
      for (const r of ed25519.specialR)
        for (const s of ed25519.specialS) expect(verifies(key, '3f', r + s)).toBe(false);
    });

    it.each(ed25519.speccheck)(
      'judges as strict RFC 8032 does: $why',
      ({ key: publicKey, msg, sig, valid }) => {
        expect(verifies(publicKey, msg, sig)).toBe(valid);
      },
    );

    it('refuses each spelling of a small-order key, whatever was signed', () => {
      // With R of small order and S = 0 a lax verifier accepts one in eight messages.
      for (const publicKey of smallOrderSpellings)
        for (const r of smallOrderSpellings)
          for (let i = 0; i < 8; i++)
            expect(
              primitives.ed25519Verify(fromHex(publicKey), Uint8Array.of(i), fromHex(r + '00'.repeat(32))),
            ).toBe(false);
    });

    it('refuses each bit flip of R, S, key and message', () => {
      const seed = fromHex('01'.repeat(32));
      const message = utf8('tea at five');
      const publicKey = primitives.ed25519PublicKey(seed);
      const signature = primitives.ed25519Sign(seed, message);
      expect(primitives.ed25519Verify(publicKey, message, signature)).toBe(true);
      const all = concatBytes(signature, publicKey, message);
      for (let bit = 0; bit < 8 * all.length; bit += 5) {
        const mutated = all.slice();
        mutated[bit >> 3] = (mutated[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const verified = primitives.ed25519Verify(
          mutated.subarray(64, 96),
          mutated.subarray(96),
          mutated.subarray(0, 64),
        );
        expect(verified, `bit ${bit}`).toBe(false);
      }
    });

    it('leaves the bytes alone that it judges, also where slicing does not copy', () => {
      const seed = new Uint8Array(32).fill(1);
      const message = Buffer.from('tea at five');
      const publicKey = Buffer.from(primitives.ed25519PublicKey(seed));
      const signature = Buffer.from(primitives.ed25519Sign(seed, message));
      const before = Buffer.concat([publicKey, message, signature]);
      expect(primitives.ed25519Verify(publicKey, message, signature)).toBe(true);
      expect(Buffer.concat([publicKey, message, signature])).toEqual(before);
      expect(primitives.ed25519Verify(publicKey, message, signature)).toBe(true);
    });

    it('is false for keys and signatures of any length', () => {
      for (const length of [0, 1, 31, 33, 63, 65, 200]) {
        expect(primitives.ed25519Verify(new Uint8Array(length), empty, new Uint8Array(64))).toBe(false);
        expect(primitives.ed25519Verify(fromHex(key), empty, new Uint8Array(length))).toBe(false);
      }
    });

    it('signs as RFC 8032 §7.1 does, with a prepared key too', () => {
      const seed = fromHex('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60');
      const [publicKey, , sig] = ed25519.valid[0] ?? [];
      expect(toHex(primitives.ed25519PublicKey(seed))).toBe(publicKey);
      expect(toHex(primitives.ed25519Sign(seed, empty))).toBe(sig);
      expect(toHex(primitives.ed25519Signer(seed)(empty))).toBe(sig);
    });

    it('keeps a prepared key although the caller wipes the seed', () => {
      const seed = Buffer.from(fromHex('02'.repeat(32)));
      const publicKey = primitives.ed25519PublicKey(seed);
      const signBytes = primitives.ed25519Signer(seed);
      seed.fill(0);
      expect(primitives.ed25519Verify(publicKey, empty, signBytes(empty))).toBe(true);
    });

    it(`takes ${many} keys in turn, more than it remembers`, () => {
      const seeds = [1, 2, 3].map((value) => new Uint8Array(32).fill(value));
      const known = seeds.map((seed) => [
        primitives.ed25519PublicKey(seed),
        primitives.ed25519Sign(seed, empty),
      ]);
      for (let i = 0; i < many; i++) {
        const unknown = new Uint8Array(32).fill(7);
        unknown[0] = i & 255;
        unknown[1] = i >> 8;
        primitives.ed25519Verify(unknown, empty, new Uint8Array(64).fill(9));
      }
      for (const [publicKey = empty, signature = empty] of known)
        expect(primitives.ed25519Verify(publicKey, empty, signature)).toBe(true);
    });
  });

  describe('X25519', () => {
    it.each(
      Object.entries(x25519.shared).flatMap(([kind, rows]) => rows.map((row) => [kind, ...row] as const)),
    )('%s: %s', (_kind, publicKey = '', secret = '', shared = '') => {
      expect(toHex(primitives.x25519(fromHex(secret), fromHex(publicKey)))).toBe(shared);
    });

    it.each(x25519.lowOrder)('refuses the low-order key %s', (publicKey) => {
      expect(() => primitives.x25519(fromHex(x25519.lowOrderPrivate), fromHex(publicKey))).toThrow(
        ProtocolError,
      );
    });

    it('refuses a key of another length', () => {
      for (const length of [0, 31, 33])
        expect(() =>
          primitives.x25519(fromHex(x25519.lowOrderPrivate), new Uint8Array(length).fill(9)),
        ).toThrow(ProtocolError);
    });

    it('makes the public keys of RFC 7748 §6.1', () => {
      const alice = fromHex('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a');
      expect(toHex(primitives.x25519PublicKey(alice))).toBe(
        '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a',
      );
    });
  });

  describe.each([
    ['ChaCha20-Poly1305', primitives.chachaSeal, primitives.chachaOpen, aead.chacha, [0, 8, 11, 13, 16, 24]],
    ['XChaCha20-Poly1305', primitives.xchachaSeal, primitives.xchachaOpen, aead.xchacha, [0, 12, 23, 25, 32]],
  ] as const)('%s', (_cipher, seal, open, rows, wrongNonces) => {
    it('gives and opens the published ciphertexts', () => {
      for (const row of rows) {
        const [secret = empty, nonce = empty, aad = empty, plaintext = empty, sealed = empty] =
          row.map(fromHex);
        expect(seal(secret, nonce, aad, plaintext)).toEqual(sealed);
        expect(open(secret, nonce, aad, sealed)).toEqual(plaintext);
      }
    });

    it('opens nothing whose tag, text, nonce, key or data has one bit flipped', () => {
      const [first = []] = rows;
      const parts = first.map(fromHex);
      for (const part of [0, 1, 2, 4])
        for (const bit of [0, 1, 7, 8, 31, 32, 33, 63, 64, 77, 80, 95]) {
          const [secret = empty, nonce = empty, aad = empty, , sealed = empty] = parts.map((bytes, index) => {
            const copy = bytes.slice();
            if (index === part) copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
            return copy;
          });
          expect(open(secret, nonce, aad, sealed)).toBeUndefined();
        }
      const [secret = empty, nonce = empty, aad = empty, , sealed = empty] = parts;
      for (let bit = 0; bit < 128; bit++) {
        const at = sealed.length - 16 + (bit >> 3);
        const wrong = sealed.slice();
        wrong[at] = (wrong[at] ?? 0) ^ (1 << (bit & 7));
        expect(open(secret, nonce, aad, wrong)).toBeUndefined();
      }
    });

    it('opens nothing that is cut short', () => {
      const [secret = empty, nonce = empty, aad = empty, , sealed = empty] = (rows[0] ?? []).map(fromHex);
      for (const length of [0, 1, 15, 16, sealed.length - 1])
        expect(open(secret, nonce, aad, sealed.subarray(0, length))).toBeUndefined();
    });

    it('takes nonces of one length only', () => {
      for (const length of wrongNonces) {
        const nonce = new Uint8Array(length);
        expect(() => seal(new Uint8Array(32), nonce, empty, empty)).toThrow(RangeError);
        expect(() => open(new Uint8Array(32), nonce, empty, new Uint8Array(16))).toThrow(RangeError);
      }
    });
  });

  it('seals with a prepared key as with a raw one, although the caller wipes it', () => {
    const secret = Buffer.alloc(32, 5);
    const nonce = new Uint8Array(12);
    const sealed = primitives.chachaSeal(secret, nonce, empty, utf8('hello'));
    const prepared = primitives.chachaKey(secret);
    secret.fill(0);
    expect(prepared.seal(nonce, empty, utf8('hello'))).toEqual(sealed);
    expect(prepared.open(nonce, empty, sealed)).toEqual(utf8('hello'));
    expect(prepared.open(nonce, utf8('x'), sealed)).toBeUndefined();
  });

  it('hashes parts as their concatenation', () => {
    expect(toHex(primitives.sha256(utf8('a'), utf8('bc')))).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
    expect(toHex(primitives.sha256())).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
    expect(primitives.sha512(utf8('a'), utf8('bc'))).toEqual(primitives.sha512(utf8('abc')));
    expect(toHex(primitives.sha512(utf8('abc'))).slice(0, 32)).toBe('ddaf35a193617abacc417349ae204131');
  });

  it('derives as RFC 5869 §A.1 and §A.3', () => {
    const ikm = new Uint8Array(22).fill(0x0b);
    expect(
      toHex(
        primitives.hkdfSha256(
          ikm,
          fromHex('000102030405060708090a0b0c'),
          fromHex('f0f1f2f3f4f5f6f7f8f9'),
          42,
        ),
      ),
    ).toBe('3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865');
    expect(toHex(primitives.hkdfSha256(ikm, empty, empty, 42))).toBe(
      '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
    );
  });

  it('gives plain bytes, nothing of the platform', () => {
    const seed = new Uint8Array(32).fill(1);
    const values = [
      primitives.ed25519PublicKey(seed),
      primitives.ed25519Sign(seed, empty),
      primitives.x25519PublicKey(seed),
      primitives.sha256(seed),
      primitives.hkdfSha256(seed, seed, seed, 8),
      primitives.chachaSeal(seed, new Uint8Array(12), empty, seed),
      primitives.xchachaSeal(seed, new Uint8Array(24), empty, seed),
      primitives.randomBytes(4),
    ];
    for (const value of values) expect(Object.getPrototypeOf(value)).toBe(Uint8Array.prototype);
  });

  it('draws random bytes of any length, differently each time', () => {
    expect(primitives.randomBytes(0)).toHaveLength(0);
    expect(primitives.randomBytes(32)).not.toEqual(primitives.randomBytes(32));
    expect(primitives.randomBytes(32).some((byte) => byte !== 0)).toBe(true);
  });

  it('refuses secrets of a wrong length', () => {
    for (const length of [0, 31, 33]) {
      const secret = new Uint8Array(length);
      expect(() => primitives.ed25519PublicKey(secret)).toThrow(RangeError);
      expect(() => primitives.x25519PublicKey(secret)).toThrow(RangeError);
      expect(() => primitives.x25519(secret, new Uint8Array(32).fill(9))).toThrow(RangeError);
      expect(() => primitives.chachaSeal(secret, new Uint8Array(12), empty, empty)).toThrow(RangeError);
    }
  });
});

describe('both implementations together', () => {
  it('agree on random input', () => {
    for (let i = 0; i < 20; i++) {
      const seed = node.randomBytes(32);
      const message = node.randomBytes(i * 7);
      const other = noble.x25519PublicKey(node.randomBytes(32));
      expect(node.ed25519Sign(seed, message)).toEqual(noble.ed25519Sign(seed, message));
      expect(node.x25519(seed, other)).toEqual(noble.x25519(seed, other));
      const nonce = node.randomBytes(12);
      expect(node.chachaSeal(seed, nonce, message, message)).toEqual(
        noble.chachaSeal(seed, nonce, message, message),
      );
    }
  });
});
