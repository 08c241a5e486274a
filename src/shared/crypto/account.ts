import { primitives } from '#primitives';
import * as v from 'valibot';
import { concatBytes, equalBytes, utf8 } from '../bytes.ts';
import { decodeCbor, encodeCbor } from '../cbor.ts';
import { ifWellFormed } from '../errors.ts';
import {
  MAX_STRETCH_KIB,
  MAX_STRETCH_PASSES,
  MIN_STRETCH_KIB,
  MIN_STRETCH_PASSES,
  STRETCH_LANES,
} from '../limits.ts';
import { bytesOf, parseWith } from '../schema.ts';
import { AEAD_TAG_BYTES } from './primitives.ts';
import { signerFrom, type Signer } from './sign.ts';

/** What Argon2id gives for a password. */
export const STRETCHED_BYTES = 32;
const NONCE_BYTES = 24;

/** What a password is good for. None of it is the password, and none tells anything of the others. */
export interface PasswordKeys {
  /** Proves to the relay that somebody knows the password. */
  readonly login: Signer;
  /** Opens the backup; stays with the client. */
  readonly wrap: Uint8Array;
  /** Says which wrap key a backup is for, compared before anything is decrypted with it. */
  readonly commitment: Uint8Array;
}

/** One password typed on two keyboards is the same bytes. */
export function passwordBytes(password: string): Uint8Array {
  return utf8(password.normalize('NFC'));
}

/** `stretched` is Argon2id(password, the account's salt). HKDF-SHA256 with the relay's id as salt parts it by purpose. */
export function passwordKeys(stretched: Uint8Array, relay: Uint8Array): PasswordKeys {
  if (stretched.length !== STRETCHED_BYTES) throw new RangeError('a stretched password of a wrong length');
  const derive = (purpose: string) => primitives.hkdfSha256(stretched, relay, utf8(`tc1/pw-${purpose}`), 32);
  return { login: signerFrom(derive('login')), wrap: derive('wrap'), commitment: derive('commit') };
}

/** Whether a relay's parameters are worth stretching with: weaker ones are a trap, stronger ones stop the machine. */
export function acceptableStretch(stretch: {
  readonly kib: number;
  readonly passes: number;
  readonly lanes: number;
}): boolean {
  const { kib, passes, lanes } = stretch;
  return (
    kib >= MIN_STRETCH_KIB &&
    kib <= MAX_STRETCH_KIB &&
    passes >= MIN_STRETCH_PASSES &&
    passes <= MAX_STRETCH_PASSES &&
    lanes === STRETCH_LANES
  );
}

interface Account {
  /** The relay's identity key. */
  readonly relay: Uint8Array;
  readonly name: string;
  /** Whose key is sealed. */
  readonly identity: Uint8Array;
}

const backupSchema = v.strictObject({ seed: bytesOf(32) });

/** `nonce24 ‖ XChaCha20-Poly1305(wrap, CBOR {seed})`; relay, identity and name are bound, not sent. */
export function sealBackup(keys: Pick<PasswordKeys, 'wrap'>, account: Account, seed: Uint8Array): Uint8Array {
  const nonce = primitives.randomBytes(NONCE_BYTES);
  return concatBytes(
    nonce,
    primitives.xchachaSeal(keys.wrap, nonce, backupAad(account), encodeCbor({ seed })),
  );
}

/**
 * The seed of `account.identity`. Undefined when the commitment is not that of these keys, in which case nothing was
 * decrypted, or when what is inside is not that identity's seed.
 */
export function openBackup(
  keys: Pick<PasswordKeys, 'wrap' | 'commitment'>,
  account: Account,
  backup: { readonly commitment: Uint8Array; readonly sealed: Uint8Array },
): Uint8Array | undefined {
  // The cipher commits to no key: without this a relay could try many passwords with one answer.
  if (!equalBytes(keys.commitment, backup.commitment)) return undefined;
  const { sealed } = backup;
  if (sealed.length < NONCE_BYTES + AEAD_TAG_BYTES) return undefined;
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const plain = primitives.xchachaOpen(keys.wrap, nonce, backupAad(account), sealed.subarray(NONCE_BYTES));
  const seed = plain && ifWellFormed(() => parseWith(backupSchema, decodeCbor(plain), 'backup').seed);
  return seed && equalBytes(signerFrom(seed).publicKey, account.identity) ? seed : undefined;
}

function backupAad({ relay, identity, name }: Account): Uint8Array {
  return concatBytes(utf8('tc1/backup'), relay, identity, utf8(name));
}
