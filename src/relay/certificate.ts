import { createPrivateKey, X509Certificate } from 'node:crypto';
import { UnusableFileError } from '../files/unusable-file.ts';
import { codeOf } from '../shared/error-code.ts';
import { DAY } from '../shared/limits.ts';
import type { TlsFiles } from './tls-files.ts';

/** Whoever renews it has missed the time for it when this much is left, or this share of its life if that is less. */
const DUE_MS = 14 * DAY;
const DUE_SHARE = 1 / 3;

/** When a certificate counts, in ms since 1970. */
export interface Validity {
  readonly from: number;
  readonly until: number;
}

export function validityOf(certificate: X509Certificate): Validity {
  return { from: Date.parse(certificate.validFrom), until: Date.parse(certificate.validTo) };
}

/**
 * Throws `UnusableFileError` where a listener would have no certificate to show. OpenSSL takes an empty file without a word,
 * and a key of another kind than the certificate's as well.
 */
export function checkPair({ cert, key }: TlsFiles, certPath: string, keyPath: string): void {
  const certificate = read(() => new X509Certificate(cert), `${certPath} holds no certificate in PEM`);
  const privateKey = read(
    () => createPrivateKey(key),
    `${keyPath} holds no private key in PEM, or one with a passphrase`,
  );
  if (!certificate.checkPrivateKey(privateKey))
    throw new UnusableFileError(
      `${certPath} and ${keyPath} do not fit: check --tls-cert and --tls-key; a chain begins with the relay's own certificate.`,
    );
  // An import of it would be loaded by every relay that starts.
  const { createSecureContext } = process.getBuiltinModule('node:tls');
  read(() => createSecureContext({ cert, key }), `${certPath} and ${keyPath} are refused by OpenSSL`);
}

/** How long it still counts, in words, where somebody has to do something about it. */
export function overdue({ from, until }: Validity, now: number): string | undefined {
  const left = until - now;
  if (left <= 0) return `expired on ${day(until)}`;
  if (from > now) return `is not valid before ${day(from)}`;
  if (left >= Math.min(DUE_MS, (until - from) * DUE_SHARE)) return undefined;
  const days = Math.floor(left / DAY);
  return `expires ${days === 0 ? 'within a day' : `in ${days} day${days === 1 ? '' : 's'}`}, on ${day(until)}`;
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function read<Value>(use: () => Value, problem: string): Value {
  try {
    return use();
  } catch (cause) {
    throw new UnusableFileError(`${problem} (${codeOf(cause)}): check --tls-cert and --tls-key.`, { cause });
  }
}
