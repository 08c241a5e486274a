import { describe, expect, it } from 'vitest';
import {
  acceptableStretch,
  openBackup,
  passwordBytes,
  passwordKeys,
  sealBackup,
} from '../../../src/shared/crypto/account.ts';
import { randomBytes, signerFrom } from '../../../src/shared/crypto/sign.ts';
import { DEFAULT_STRETCH, KIB } from '../../../src/shared/limits.ts';

const seed = randomBytes(32);
const account = { relay: randomBytes(32), name: 'ada', identity: signerFrom(seed).publicKey };
const stretched = randomBytes(32);
const keys = passwordKeys(stretched, account.relay);
const backup = { commitment: keys.commitment, sealed: sealBackup(keys, account, seed) };

describe('the keys of a password', () => {
  it('are the same for the same password and relay, and others for another of either', () => {
    const same = passwordKeys(stretched, account.relay);
    expect([same.wrap, same.commitment, same.login.publicKey]).toEqual([
      keys.wrap,
      keys.commitment,
      keys.login.publicKey,
    ]);
    for (const other of [
      passwordKeys(stretched, randomBytes(32)),
      passwordKeys(randomBytes(32), account.relay),
    ]) {
      expect(other.wrap).not.toEqual(keys.wrap);
      expect(other.commitment).not.toEqual(keys.commitment);
      expect(other.login.publicKey).not.toEqual(keys.login.publicKey);
    }
    expect(new Set([keys.wrap, keys.commitment].map(String)).size).toBe(2);
  });

  it('want what Argon2id gave, whole', () => {
    expect(() => passwordKeys(new Uint8Array(31), account.relay)).toThrow(RangeError);
  });

  it('do not depend on how a keyboard composes letters', () => {
    expect(passwordBytes('é')).toEqual(passwordBytes('e\u0301'));
  });
});

describe('a backup', () => {
  it('opens with its password', () => {
    expect(openBackup(keys, account, backup)).toEqual(seed);
  });

  it('is refused before it is decrypted when its commitment is for another key', () => {
    const opened = { wrap: keys.wrap, commitment: randomBytes(32) };
    expect(openBackup(opened, account, backup)).toBeUndefined();
    // Undecryptable on purpose: that it is not even tried shows in nothing but the same answer.
    expect(openBackup(keys, account, { ...backup, commitment: randomBytes(32) })).toBeUndefined();
  });

  it('does not open with another wrap key, though the commitment fits', () => {
    expect(openBackup({ ...keys, wrap: randomBytes(32) }, account, backup)).toBeUndefined();
  });

  it('does not open at another relay, under another name, or for another identity', () => {
    for (const other of [
      { ...account, relay: randomBytes(32) },
      { ...account, name: 'bob' },
      { ...account, identity: signerFrom(randomBytes(32)).publicKey },
    ])
      expect(openBackup(keys, other, backup)).toBeUndefined();
  });

  it('holds the seed of the identity it is for, or is none', () => {
    const sealed = sealBackup(keys, account, randomBytes(32));
    expect(openBackup(keys, account, { ...backup, sealed })).toBeUndefined();
  });

  it('does not open when a bit of it was turned, or when it was cut', () => {
    const { sealed } = backup;
    for (let at = 0; at < sealed.length; at++) {
      const changed = sealed.map((byte, index) => (index === at ? byte ^ 1 : byte));
      expect(openBackup(keys, account, { ...backup, sealed: changed })).toBeUndefined();
      expect(openBackup(keys, account, { ...backup, sealed: sealed.subarray(0, at) })).toBeUndefined();
    }
  });
});

describe('the parameters a relay may ask for', () => {
  const at = (change: Partial<Record<'kib' | 'passes' | 'lanes', number>>) =>
    acceptableStretch({ ...DEFAULT_STRETCH, ...change });

  it('are ours', () => expect(at({})).toBe(true));

  it.each([
    ['kib', 19 * KIB],
    ['kib', 256 * KIB],
    ['passes', 1],
    ['passes', 6],
  ] as const)('may be %s %i', (name, value) => expect(at({ [name]: value })).toBe(true));

  it.each([
    ['kib', 19 * KIB - 1],
    ['kib', 256 * KIB + 1],
    ['passes', 0],
    ['passes', 7],
    ['lanes', 0],
    ['lanes', 2],
  ] as const)('may not be %s %i', (name, value) => expect(at({ [name]: value })).toBe(false));
});
