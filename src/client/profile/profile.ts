import { join } from 'node:path';
import { issueDeviceCertificate, type DeviceCertificate } from '../../shared/crypto/certificate.ts';
import { generateKeyPair, keyPairFrom, type KeyPair } from '../../shared/crypto/noise.ts';
import { keyTag, randomBytes, signerFrom, type Signer } from '../../shared/crypto/sign.ts';
import { identityKey, type IdentityKey } from '../../shared/ids.ts';
import { DEVICE_CERT_MS, SECOND } from '../../shared/limits.ts';
import { cleanNick, graphemes } from '../../shared/text.ts';
import { archivePath, type Folders } from '../../files/folders.ts';
import { openKeyFile } from '../../files/key-file.ts';
import { identityFolders, openIdentity } from './identities.ts';
import { ensurePrivateFolder } from '../../files/private-files.ts';
import { namingThePath, UnusableFileError } from '../../files/unusable-file.ts';
import { takeLock, type Lock } from '../../files/file-lock.ts';

/** More live processes than this on one profile are guests without a number. */
const MAX_NUMBERED_GUESTS = 9;
const MAX_GUEST_BASE = 17;

export interface Device {
  readonly keys: KeyPair;
  readonly id: Uint8Array;
  readonly certificate: DeviceCertificate;
}

/** Who a process is, and where it keeps things. */
export interface Profile {
  /** The profile's own; `folders` are those of the identity in use. */
  readonly base: Folders;
  readonly folders: Folders;
  readonly key: IdentityKey;
  readonly tag: string;
  /** Clean; undefined when none was given and this is nobody's guest. */
  readonly nick: string | undefined;
  /** Another process is this profile's session: identity and history last as long as this process. */
  readonly guest: boolean;
  readonly signer: Signer;
  /** A copy of the identity's secret, for nothing but sealing it. */
  seed(): Uint8Array;
  readonly device: Device;
  /** SQLite file of the archive, `:memory:` for a guest. */
  readonly archiveFile: string;
  /** Lets the next process be this profile's session. */
  close(): void;
}

export type ProfileResult =
  | { readonly ok: true; readonly value: Profile }
  | { readonly ok: false; readonly code: 'profile'; readonly text: string };

export interface ProfileOptions {
  readonly folders: Folders;
  /** Only one live `session` has the identity, others become guests; a `host` shares it, where the room's lease decides. */
  readonly as: 'session' | 'host';
  readonly nick?: string | undefined;
  /** Nothing is read or written; a new person each time. */
  readonly ephemeral?: boolean;
  /** Ms since 1970, for the device certificate. */
  readonly wall?: () => number;
}

/** Opens the profile, making keys where there are none. Unusable: `text` names the file and the remedy. */
export async function openProfile(options: ProfileOptions): Promise<ProfileResult> {
  try {
    return { ok: true, value: openOrThrow(options) };
  } catch (error) {
    if (error instanceof UnusableFileError) return { ok: false, code: 'profile', text: error.text };
    throw error;
  }
}

function openOrThrow({ folders: base, as, nick, ephemeral, wall = Date.now }: ProfileOptions): Profile {
  const chosen = nick === undefined ? undefined : cleanNick(nick);
  if (ephemeral) return guestProfile(base, chosen, wall());
  for (const folder of [base.config, base.data, base.state])
    namingThePath(folder, () => ensurePrivateFolder(folder));
  const folders = identityFolders(base);
  const seed = openIdentity(folders);
  const device = openKeyFile(
    join(folders.config, 'device.key'),
    'device key',
    { id: 16, secret: 32 },
    () => ({
      id: randomBytes(16),
      secret: generateKeyPair().secret,
    }),
  );
  const made = (lock: Lock | undefined): Profile =>
    profileOf({
      base,
      folders,
      seed,
      deviceSecret: device.secret,
      deviceId: device.id,
      nick: chosen,
      guest: false,
      archiveFile: archivePath(folders),
      now: wall(),
      lock,
    });
  if (as === 'host') return made(undefined);
  const lock = takeSlot(folders, 'session.lock');
  if (lock) return made(lock);
  for (let number = 2; number <= MAX_NUMBERED_GUESTS && chosen !== undefined; number++) {
    const slot = takeSlot(folders, `guest-${number}.lock`);
    const name = cleanNick(`${graphemes(chosen).slice(0, MAX_GUEST_BASE).join('')}-${number}`);
    if (slot) return guestProfile(folders, name, wall(), slot);
  }
  return guestProfile(folders, undefined, wall());
}

function takeSlot(folders: Folders, name: string): Lock | undefined {
  const path = join(folders.state, name);
  return namingThePath(path, () => takeLock(path));
}

function guestProfile(folders: Folders, nick: string | undefined, now: number, lock?: Lock): Profile {
  const seed = randomBytes(32);
  const { secret } = generateKeyPair();
  return profileOf({
    base: folders,
    folders,
    seed,
    deviceSecret: secret,
    deviceId: randomBytes(16),
    nick: nick ?? `guest-${keyTag(signerFrom(seed).publicKey)}`,
    guest: true,
    archiveFile: ':memory:',
    now,
    lock,
  });
}

function profileOf(parts: {
  readonly base: Folders;
  readonly folders: Folders;
  readonly seed: Uint8Array;
  readonly deviceSecret: Uint8Array;
  readonly deviceId: Uint8Array;
  readonly nick: string | undefined;
  readonly guest: boolean;
  readonly archiveFile: string;
  readonly now: number;
  readonly lock: Lock | undefined;
}): Profile {
  const signer = signerFrom(parts.seed);
  const keys = keyPairFrom(parts.deviceSecret);
  const expires = Math.floor((parts.now + DEVICE_CERT_MS) / SECOND);
  return {
    base: parts.base,
    folders: parts.folders,
    key: identityKey(signer.publicKey),
    tag: keyTag(signer.publicKey),
    nick: parts.nick,
    guest: parts.guest,
    signer,
    seed: () => parts.seed.slice(),
    device: {
      keys,
      id: parts.deviceId,
      certificate: issueDeviceCertificate(signer, keys.public, parts.deviceId, expires),
    },
    archiveFile: parts.archiveFile,
    close: () => parts.lock?.release(),
  };
}
