import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  identityFolders,
  keepsIdentity,
  keptIdentities,
  leaveIdentity,
  openIdentity,
  switchToKept,
  switchToSeed,
} from '../../../src/client/profile/identities.ts';
import { openProfile } from '../../../src/client/profile/profile.ts';
import { resolveFolders, type Folders } from '../../../src/files/folders.ts';
import { randomBytes, signerFrom } from '../../../src/shared/crypto/sign.ts';
import { identityKey } from '../../../src/shared/ids.ts';

let home: string;
let folders: Folders;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'identities-'));
  folders = resolveFolders({ home, env: {} });
});
afterEach(() => rmSync(home, { recursive: true }));

const keyOf = (seed: Uint8Array) => identityKey(signerFrom(seed).publicKey);

async function whoIsIt() {
  const opened = await openProfile({ folders, as: 'host' });
  if (!opened.ok) return opened.text;
  opened.value.close();
  return opened.value.key;
}

describe('the identities of a profile', () => {
  it('are kept side by side: changing is one step, and none is overwritten', async () => {
    const first = await whoIsIt();
    const file = readFileSync(join(home, 'config/identity.key'), 'utf8');
    const seed = randomBytes(32);
    switchToSeed(folders, seed);
    expect(await whoIsIt()).toBe(keyOf(seed));
    expect(identityFolders(folders).data).not.toBe(folders.data);
    expect(identityFolders(folders).state).toBe(folders.state);
    expect(readFileSync(join(home, 'config/identity.key'), 'utf8')).toBe(file);
    leaveIdentity(folders);
    expect(await whoIsIt()).toBe(first);
    expect(keepsIdentity(folders, keyOf(seed))).toBe(true);
    switchToKept(folders, keyOf(seed));
    expect(await whoIsIt()).toBe(keyOf(seed));
  });

  it('are listed, the first one before the others, and what cannot be used is named', async () => {
    expect(keptIdentities(folders)).toEqual([]);
    const first = await whoIsIt();
    expect(keptIdentities(folders)).toEqual([{ inUse: true, key: first }]);
    const seeds = [randomBytes(32), randomBytes(32)];
    for (const seed of seeds) switchToSeed(folders, seed);
    const [other = '', current = ''] = seeds.map(keyOf);
    const listed = keptIdentities(folders);
    expect(listed).toHaveLength(3);
    expect(listed[0]).toEqual({ inUse: false, key: first });
    expect(listed).toContainEqual({ inUse: false, key: other });
    expect(listed).toContainEqual({ inUse: true, key: current });
    const damaged = join(folders.config, 'accounts', other.slice(0, 26), 'identity.key');
    writeFileSync(damaged, 'what?');
    expect(keptIdentities(folders)).toContainEqual({
      inUse: false,
      flaw: expect.stringContaining(damaged) as string,
    });
  });

  it('are private files in private folders', () => {
    openIdentity(folders);
    switchToSeed(folders, randomBytes(32));
    const { config } = identityFolders(folders);
    expect(statSync(join(config, 'identity.key')).mode & 0o777).toBe(0o600);
    expect(statSync(config).mode & 0o777).toBe(0o700);
    expect(statSync(join(home, 'config/account')).mode & 0o777).toBe(0o600);
  });

  it('come back to the first one by its own seed', async () => {
    const seed = openIdentity(folders);
    switchToSeed(folders, randomBytes(32));
    switchToSeed(folders, seed);
    expect(identityFolders(folders)).toBe(folders);
    expect(await whoIsIt()).toBe(keyOf(seed));
  });

  it('are somebody new when the first one is left', async () => {
    const first = await whoIsIt();
    leaveIdentity(folders);
    const second = await whoIsIt();
    expect(second).not.toBe(first);
    expect(await whoIsIt()).toBe(second);
    leaveIdentity(folders);
    expect(await whoIsIt()).toBe(first);
  });

  it.each(['', 'nonsense', 'chat-tui account v1\n../../elsewhere\n', 'chat-tui account v1\nabc'])(
    'are not guessed from a damaged file: %j',
    async (text) => {
      await whoIsIt();
      writeFileSync(join(home, 'config/account'), text);
      expect(await whoIsIt()).toMatch(/account is damaged\. Remove it to be who you were before\.$/);
    },
  );

  it('are never made anew where the key of the one in use is gone', async () => {
    await whoIsIt();
    switchToSeed(folders, randomBytes(32));
    rmSync(join(identityFolders(folders).config, 'identity.key'));
    expect(await whoIsIt()).toMatch(
      /identity\.key is missing\. Put back a copy of it, or remove .*account to be/,
    );
  });
});
