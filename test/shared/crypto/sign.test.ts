import { describe, expect, it } from 'vitest';
import { concatBytes, utf8 } from '../../../src/shared/bytes.ts';
import { primitives } from '../../../src/shared/crypto/primitives-node.ts';
import {
  keyTag,
  labels,
  makeRoomId,
  randomBytes,
  sign,
  signerFrom,
  verify,
} from '../../../src/shared/crypto/sign.ts';

const seed = new Uint8Array(32).fill(7);
const signer = signerFrom(seed);
const message = utf8('the same bytes');
const all = Object.values(labels);

describe('a signature', () => {
  it.each(all.flatMap((made) => all.map((wanted) => ({ made, wanted }))))(
    'made for $made is valid for $wanted only if they are one',
    ({ made, wanted }) => {
      const signature = signer.sign(made, message);
      expect(verify(wanted, signer.publicKey, message, signature)).toBe(made === wanted);
    },
  );

  it('is the same from a seed and from a signer', () => {
    expect(sign(labels.head, seed, message)).toEqual(signer.sign(labels.head, message));
  });

  it('is over label, zero byte and message, so that no bytes can move between label and message', () => {
    const signature = signer.sign(labels.ev, message);
    const over = (...parts: Uint8Array[]) =>
      primitives.ed25519Verify(signer.publicKey, concatBytes(...parts), signature);
    expect(over(utf8('tc1/ev'), Uint8Array.of(0), message)).toBe(true);
    expect(over(utf8('tc1/ev'), message)).toBe(false);
    expect(over(message)).toBe(false);
  });

  it('is no other key’s, and no other message’s', () => {
    const signature = signer.sign(labels.ev, message);
    const other = signerFrom(new Uint8Array(32).fill(8));
    expect(verify(labels.ev, other.publicKey, message, signature)).toBe(false);
    expect(verify(labels.ev, signer.publicKey, utf8('other bytes'), signature)).toBe(false);
    expect(verify(labels.ev, new Uint8Array(3), message, signature)).toBe(false);
    expect(verify(labels.ev, signer.publicKey, message, new Uint8Array(3))).toBe(false);
  });

  it('is as valid the first time its key is seen as at any later time', () => {
    const fresh = signerFrom(randomBytes(32));
    const signature = fresh.sign(labels.ev, message);
    for (let time = 1; time <= 3; time++) {
      expect(verify(labels.ev, fresh.publicKey, message, signature)).toBe(true);
      expect(verify(labels.ev, fresh.publicKey, utf8('other bytes'), signature)).toBe(false);
    }
    const unseen = signerFrom(randomBytes(32));
    expect(verify(labels.ev, unseen.publicKey, message, signature)).toBe(false);
    expect(verify(labels.ev, unseen.publicKey, message, unseen.sign(labels.ev, message))).toBe(true);
  });
});

describe('labels', () => {
  it('are all different and of one form', () => {
    expect(new Set(all).size).toBe(all.length);
    for (const label of all) expect(label).toMatch(/^tc1\/[a-z-]+$/);
  });
});

describe('a room id', () => {
  it('is bound to the host’s key and the nonce', () => {
    const nonce = new Uint8Array(16).fill(1);
    const id = makeRoomId(signer.publicKey, nonce);
    expect(id).toHaveLength(16);
    expect(makeRoomId(signer.publicKey, nonce)).toEqual(id);
    expect(makeRoomId(signerFrom(new Uint8Array(32)).publicKey, nonce)).not.toEqual(id);
    expect(makeRoomId(signer.publicKey, new Uint8Array(16))).not.toEqual(id);
  });
});

describe('a key tag', () => {
  it('is four base32 characters that differ from key to key', () => {
    const tags = Array.from({ length: 50 }, () => keyTag(randomBytes(32)));
    for (const tag of tags) expect(tag).toMatch(/^[a-z2-7]{4}$/);
    expect(new Set(tags).size).toBeGreaterThan(45);
  });
});
