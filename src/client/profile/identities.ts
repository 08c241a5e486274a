import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Folders } from '../../files/folders.ts';
import { openKeyFile } from '../../files/key-file.ts';
import { ensurePrivateFolder, replacePrivateFile } from '../../files/private-files.ts';
import { namingThePath, UnusableFileError } from '../../files/unusable-file.ts';
import { equalBytes } from '../../shared/bytes.ts';
import { randomBytes, signerFrom } from '../../shared/crypto/sign.ts';
import { identityKey, type IdentityKey } from '../../shared/ids.ts';

/*
 * A profile's first identity lives in its folders themselves, every other one in folders of its own below, with its own
 * history and hosted rooms. Which one is in use stands in one small file: changing it is one step, and nothing is ever
 * moved or overwritten.
 */

const POINTER = 'account';
const HEADER = 'chat-tui account v1';
const slotName = /^[a-z2-7]{26}$/;

/** Folders of the identity in use; locks stay with the profile. Throws `UnusableFileError`. */
export function identityFolders(profile: Folders): Folders {
  const slot = currentSlot(profile);
  if (slot === undefined) return profile;
  const folders = slotFolders(profile, slot);
  const path = identityPath(folders);
  // A fresh key in its place would be somebody else.
  if (!existsSync(path))
    throw new UnusableFileError(
      `${path} is missing. Put back a copy of it, or remove ${pointerPath(profile)} to be who you were before.`,
    );
  return folders;
}

/** The key file's seed, made where there is none. Throws `UnusableFileError`. */
export function openIdentity(folders: Folders, fresh: () => Uint8Array = () => randomBytes(32)): Uint8Array {
  for (const folder of [folders.config, folders.data])
    namingThePath(folder, () => ensurePrivateFolder(folder));
  const make = () => ({ seed: fresh() });
  return openKeyFile(identityPath(folders), 'identity key', { seed: 32 }, make).seed;
}

/** Whether this device has the secret half of that key. */
export function keepsIdentity(profile: Folders, key: IdentityKey): boolean {
  return keptIn(profile, key) !== undefined;
}

/** A key that this device has, or a file that should hold one and cannot be used. */
export type KeptIdentity = { readonly inUse: boolean } & (
  { readonly key: IdentityKey } | { readonly flaw: string }
);

/** Every identity of the profile, its first one before the others. Throws `UnusableFileError` for the pointer alone. */
export function keptIdentities(profile: Folders): readonly KeptIdentity[] {
  const current = currentSlot(profile);
  const below = join(profile.config, 'accounts');
  const slots = existsSync(below) ? readdirSync(below).filter((name) => slotName.test(name)) : [];
  return [undefined, ...slots.toSorted()].flatMap((slot): KeptIdentity[] => {
    const folders = slot === undefined ? profile : slotFolders(profile, slot);
    const inUse = slot === current;
    if (!existsSync(identityPath(folders))) return [];
    try {
      return [{ inUse, key: identityKey(signerFrom(openIdentity(folders)).publicKey) }];
    } catch (error) {
      if (!(error instanceof UnusableFileError)) throw error;
      return [{ inUse, flaw: error.text }];
    }
  });
}

/** From the next start of the profile on it is this identity. Throws `UnusableFileError`. */
export function switchToKept(profile: Folders, key: IdentityKey): void {
  const kept = keptIn(profile, key);
  if (kept) point(profile, kept.slot);
}

/** Keeps the seed on this device, and from the next start of the profile on it is this identity. */
export function switchToSeed(profile: Folders, seed: Uint8Array): void {
  const key = identityKey(signerFrom(seed).publicKey);
  if (!keepsIdentity(profile, key)) {
    const folders = slotFolders(profile, slotOf(key));
    const kept = openIdentity(folders, () => seed);
    if (!equalBytes(kept, seed))
      throw new UnusableFileError(
        `${identityPath(folders)} holds another key. Move it away, then try again.`,
      );
  }
  switchToKept(profile, key);
}

/** Back to the profile's first identity; from that one, to a fresh one. The key that is left stays where it is. */
export function leaveIdentity(profile: Folders): void {
  if (currentSlot(profile) === undefined) switchToSeed(profile, randomBytes(32));
  else point(profile, undefined);
}

function keptIn(profile: Folders, key: IdentityKey): { readonly slot: string | undefined } | undefined {
  for (const slot of [undefined, slotOf(key)]) {
    const folders = slot === undefined ? profile : slotFolders(profile, slot);
    if (!existsSync(identityPath(folders))) continue;
    if (identityKey(signerFrom(openIdentity(folders)).publicKey) === key) return { slot };
  }
  return undefined;
}

function currentSlot(profile: Folders): string | undefined {
  const path = pointerPath(profile);
  if (!existsSync(path)) return undefined;
  const [header, slot = '', end] = namingThePath(path, () => readFileSync(path, 'utf8')).split('\n');
  if (header !== HEADER || !slotName.test(slot) || end !== '')
    throw new UnusableFileError(`${path} is damaged. Remove it to be who you were before.`);
  return slot;
}

function point(profile: Folders, slot: string | undefined): void {
  const path = pointerPath(profile);
  namingThePath(path, () => {
    if (slot === undefined) rmSync(path, { force: true });
    else replacePrivateFile(path, `${HEADER}\n${slot}\n`);
  });
}

function pointerPath(profile: Folders): string {
  return join(profile.config, POINTER);
}

function identityPath(folders: Folders): string {
  return join(folders.config, 'identity.key');
}

function slotFolders({ config, data, state }: Folders, slot: string): Folders {
  return { config: join(config, 'accounts', slot), data: join(data, 'accounts', slot), state };
}

/** 130 bits of the key. */
function slotOf(key: IdentityKey): string {
  return key.slice(0, 26);
}
