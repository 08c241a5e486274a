import { describe, expect, it } from 'vitest';
import { encodeCbor } from '../../../src/shared/cbor.ts';
import {
  checkDeviceCertificate,
  deviceCertificateBytes,
  issueDeviceCertificate,
  issuePrekey,
  openPrekey,
} from '../../../src/shared/crypto/certificate.ts';
import { labels, signerFrom } from '../../../src/shared/crypto/sign.ts';
import { mutationOf } from '../../support/schema-arbitrary.ts';
import fc from 'fast-check';

const signer = signerFrom(new Uint8Array(32).fill(1));
const mallory = signerFrom(new Uint8Array(32).fill(2));
const key = new Uint8Array(32).fill(3);
const device = new Uint8Array(16).fill(4);
const now = 1_763_600_000;

describe('a device certificate', () => {
  const certificate = issueDeviceCertificate(signer, key, device, now + 60);

  it('holds until it expires', () => {
    expect(checkDeviceCertificate(certificate, now)).toBe(true);
    expect(checkDeviceCertificate(certificate, now + 59)).toBe(true);
    expect(checkDeviceCertificate(certificate, now + 60)).toBe(false);
  });

  it.each([
    ['another identity', { identity: mallory.publicKey }],
    ['another key', { key: key.with(0, 0) }],
    ['another device', { device: device.with(0, 0) }],
    ['a later end', { expires: now + 61 }],
    ['another signature', { sig: mallory.sign(labels.deviceKey, deviceCertificateBytes(certificate)) }],
    ['a signature for a prekey', { sig: signer.sign(labels.prekey, deviceCertificateBytes(certificate)) }],
    ['a shorter key, made up by a longer device', { key: key.slice(1), device: Uint8Array.of(3, ...device) }],
  ])('does not hold with %s', (_what, change) => {
    expect(checkDeviceCertificate({ ...certificate, ...change }, now)).toBe(false);
  });

  it('is not issued for keys of a wrong length', () => {
    expect(() => issueDeviceCertificate(signer, device, device, now)).toThrow(RangeError);
    expect(() => issueDeviceCertificate(signer, key, key, now)).toThrow(RangeError);
  });
});

describe('a prekey', () => {
  const encoded = issuePrekey(signer, key, 7, now + 60);

  it('is read by whoever knows the identity, until it expires', () => {
    expect(openPrekey(encoded, signer.publicKey, now)).toEqual({ key, id: 7, expires: now + 60 });
    expect(openPrekey(encoded, signer.publicKey, now + 60)).toBeUndefined();
  });

  it('is not another identity’s', () => {
    expect(openPrekey(encoded, mallory.publicKey, now)).toBeUndefined();
    const forged = issuePrekey({ ...mallory, publicKey: signer.publicKey }, key, 7, now + 60);
    expect(openPrekey(forged, signer.publicKey, now)).toBeUndefined();
  });

  it('is not a device certificate, though the same key signed the same bytes', () => {
    const sig = issueDeviceCertificate(signer, key, device, now + 60).sig;
    const disguised = encodeCbor({ identity: signer.publicKey, key, id: 7, expires: now + 60, sig });
    expect(openPrekey(disguised, signer.publicKey, now)).toBeUndefined();
  });

  it('is refused, never a crash, when its bytes change', () => {
    fc.assert(
      fc.property(mutationOf(encoded), (mutated) => {
        const same = Buffer.from(mutated).equals(encoded);
        expect(openPrekey(mutated, signer.publicKey, now) === undefined).toBe(!same);
      }),
      { numRuns: 500 },
    );
  });

  it('fits what a relay keeps', () => {
    expect(encoded.length).toBeLessThanOrEqual(512);
  });
});
