import * as v from 'valibot';
import { IDENTITY_BYTES } from '../ids.ts';
import { bytesOf, uint } from '../schema.ts';

/** A `DeviceCertificate` (`shared/crypto/certificate.ts`) as it travels in a handshake. */
export const deviceCertificateSchema = v.strictObject({
  identity: bytesOf(IDENTITY_BYTES),
  key: bytesOf(32),
  device: bytesOf(16),
  expires: uint(),
  sig: bytesOf(64),
});
