import * as v from 'valibot';
import { concatBytes, equalBytes, u32be, u64be } from '../bytes.ts';
import { decodeCbor, encodeCbor } from '../cbor.ts';
import { ifWellFormed } from '../errors.ts';
import { IDENTITY_BYTES } from '../ids.ts';
import { bytesOf, parseWith, uint } from '../schema.ts';
import { labels, verify, type Signer } from './sign.ts';

/** An identity's word for one device's X25519 key; `expires` in seconds since 1970. */
export interface DeviceCertificate {
  readonly identity: Uint8Array;
  readonly key: Uint8Array;
  /** 16 random bytes that name the device. */
  readonly device: Uint8Array;
  readonly expires: number;
  readonly sig: Uint8Array;
}

/** What is signed under `tc1/dk`: key ‖ device16 ‖ u64 expires. */
export function deviceCertificateBytes(
  certificate: Pick<DeviceCertificate, 'key' | 'device' | 'expires'>,
): Uint8Array {
  return concatBytes(certificate.key, certificate.device, u64be(certificate.expires));
}

export function issueDeviceCertificate(
  signer: Signer,
  key: Uint8Array,
  device: Uint8Array,
  expires: number,
): DeviceCertificate {
  if (key.length !== 32 || device.length !== 16) throw new RangeError('device key or id of a wrong length');
  const sig = signer.sign(labels.deviceKey, deviceCertificateBytes({ key, device, expires }));
  return { identity: signer.publicKey, key, device, expires, sig };
}

/** Whether it is signed by the identity it names and has not expired; whose identity that is, the caller compares. */
export function checkDeviceCertificate(certificate: DeviceCertificate, nowSec: number): boolean {
  return (
    certificate.key.length === 32 &&
    certificate.device.length === 16 &&
    certificate.expires > nowSec &&
    verify(labels.deviceKey, certificate.identity, deviceCertificateBytes(certificate), certificate.sig)
  );
}

const prekeySchema = v.strictObject({
  identity: bytesOf(IDENTITY_BYTES),
  key: bytesOf(32),
  id: uint(0xffff_ffff),
  expires: uint(),
  sig: bytesOf(64),
});

/** A whisper prekey that its identity's signature vouched for. */
export interface Prekey {
  readonly key: Uint8Array;
  readonly id: number;
  readonly expires: number;
}

/** A whisper prekey's certificate, encoded as the relay keeps it; `id` is a u32, `expires` in seconds since 1970. */
export function issuePrekey(signer: Signer, key: Uint8Array, id: number, expires: number): Uint8Array {
  const sig = signer.sign(labels.prekey, prekeyBytes({ key, id, expires }));
  return encodeCbor({ identity: signer.publicKey, key, id, expires, sig });
}

/** Undefined unless it is well formed, signed by `identity` and not expired. */
export function openPrekey(bytes: Uint8Array, identity: Uint8Array, nowSec: number): Prekey | undefined {
  const certificate = ifWellFormed(() => parseWith(prekeySchema, decodeCbor(bytes), 'prekey'));
  if (!certificate) return undefined;
  const { key, id, expires, sig } = certificate;
  const valid =
    equalBytes(certificate.identity, identity) &&
    expires > nowSec &&
    verify(labels.prekey, identity, prekeyBytes(certificate), sig);
  return valid ? { key, id, expires } : undefined;
}

/** What is signed under `tc1/spk`: key ‖ u32 id ‖ u64 expires. */
function prekeyBytes({ key, id, expires }: Prekey): Uint8Array {
  return concatBytes(key, u32be(id), u64be(expires));
}
