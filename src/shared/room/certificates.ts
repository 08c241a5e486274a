import * as v from 'valibot';
import { IDENTITY_BYTES } from '../ids.ts';
import { bytesOf, uint } from '../schema.ts';

/**
 * An identity's word for one device's X25519 key, as it travels in a handshake.
 * `sig` is over the bytes of `deviceCertificateBytes` (`shared/crypto/certificate.ts`); `expires` in seconds since 1970.
 */
export const deviceCertificateSchema = v.strictObject({
  identity: bytesOf(IDENTITY_BYTES),
  key: bytesOf(32),
  device: bytesOf(16),
  expires: uint(),
  sig: bytesOf(64),
});

export type DeviceCertificate = v.InferOutput<typeof deviceCertificateSchema>;
