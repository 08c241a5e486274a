import { spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { resolveFolders, type Folders } from '../../../src/files/folders.ts';
import { openProfile, type Profile, type ProfileOptions } from '../../../src/client/profile/profile.ts';
import { checkDeviceCertificate } from '../../../src/shared/crypto/certificate.ts';
import { idBytes } from '../../../src/shared/ids.ts';
import { endWithUs } from '../../support/end-with-us.ts';

let home: string;
let folders: Folders;
const profiles: Profile[] = [];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'chat-tui-profile-'));
  folders = resolveFolders({ home, env: {} });
});
afterEach(() => {
  for (const profile of profiles.splice(0)) profile.close();
  rmSync(home, { recursive: true, force: true });
});

async function open(options: Partial<ProfileOptions> = {}): Promise<Profile> {
  const opened = await openProfile({ folders, as: 'session', nick: 'ada', ...options });
  if (!opened.ok) throw new Error(opened.text);
  profiles.push(opened.value);
  return opened.value;
}
async function refusal(): Promise<string> {
  const opened = await openProfile({ folders, as: 'session', nick: 'ada' });
  if (opened.ok) throw new Error('was opened');
  expect(opened.code).toBe('profile');
  return opened.text;
}
const identity = () => join(folders.config, 'identity.key');
const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

describe('a profile', () => {
  it('is the same person and device each time', async () => {
    const first = await open();
    first.close();
    const second = await open();
    expect(second.key).toBe(first.key);
    expect(second.device.id).toEqual(first.device.id);
    expect(second.device.keys).toEqual(first.device.keys);
    expect(second).toMatchObject({ guest: false, nick: 'ada' });
    expect(idBytes(second.key)).toEqual(second.signer.publicKey);
    expect(checkDeviceCertificate(second.device.certificate, Date.now() / 1_000)).toBe(true);
  });

  it('is for its owner only, whatever the umask', async () => {
    const umask = process.umask(0);
    try {
      await open();
    } finally {
      process.umask(umask);
    }
    for (const folder of Object.values(folders)) {
      expect(mode(folder)).toBe('700');
      for (const file of readdirSync(folder)) expect([file, mode(join(folder, file))]).toEqual([file, '600']);
    }
    expect(readdirSync(folders.config).sort()).toEqual(['device.key', 'identity.key']);
  });

  it('closes folders that were open to others', async () => {
    mkdirSync(folders.config, { recursive: true, mode: 0o755 });
    chmodSync(folders.config, 0o755);
    await open();
    expect(mode(folders.config)).toBe('700');
  });

  it('has folders of its own below one home', () => {
    const other = resolveFolders({ home, profile: 'work', env: {} });
    expect(other.config).toBe(join(home, 'profiles', 'work', 'config'));
    expect(resolveFolders({ env: { CHAT_TUI_HOME: home } })).toEqual(folders);
    expect(resolveFolders({ env: {} }).config).toMatch(/chat-tui$/);
    for (const profile of ['../up', 'a/b', '', 'x'.repeat(33)])
      expect(() => resolveFolders({ home, profile, env: {} })).toThrow('profile name');
  });

  it('that is asked for with an unusable nick has none', async () => {
    expect((await open({ nick: 'two words' })).nick).toBeUndefined();
  });
});

describe('a key file', () => {
  const damages: readonly [string, (path: string) => void, RegExp][] = [
    ['is empty', (path) => truncateSync(path, 0), /damaged.*copy/],
    ['is cut off', (path) => truncateSync(path, statSync(path).size - 1), /damaged/],
    ['lacks its end', (path) => truncateSync(path, 40), /damaged/],
    [
      'has a slip in its key',
      (path) =>
        edit(path, (text) => text.replace(/seed (.)/, (_, first) => `seed ${first === 'a' ? 'b' : 'a'}`)),
      /damaged/,
    ],
    ['is of another kind', (path) => edit(path, (text) => text.replace('identity', 'device')), /damaged/],
    ['has something behind it', (path) => edit(path, (text) => `${text}more\n`), /damaged/],
    ['is a gigabyte of zeros', (path) => truncateSync(path, 2 ** 30), /damaged/],
    ['can be read by the group', (path) => chmodSync(path, 0o640), /chmod 600/],
    ['can be read by all', (path) => chmodSync(path, 0o604), /chmod 600/],
    [
      'is a link',
      (path) => {
        renameSync(path, `${path}.real`);
        symlinkSync(`${path}.real`, path);
      },
      /is a link/,
    ],
    [
      'is a link to nowhere',
      (path) => {
        rmSync(path);
        symlinkSync('/nonexistent/key', path);
      },
      /is a link/,
    ],
    [
      'is a folder',
      (path) => {
        rmSync(path);
        mkdirSync(path);
      },
      /not a file/,
    ],
  ];
  function edit(path: string, change: (text: string) => string): void {
    const text = readFileSync(path, 'utf8');
    expect(change(text)).not.toBe(text);
    writeFileSync(path, change(text));
  }

  it.each(damages)(
    'that %s is refused by name with the remedy, and left as it is',
    async (_, damage, remedy) => {
      (await open()).close();
      damage(identity());
      const before = statSync(identity(), { throwIfNoEntry: false });
      const text = await refusal();
      expect(text).toContain(identity());
      expect(text).toMatch(remedy);
      const after = statSync(identity(), { throwIfNoEntry: false });
      expect(after?.ino).toBe(before?.ino);
      expect(after?.mtimeMs).toBe(before?.mtimeMs);
    },
  );

  it.runIf(process.getuid?.() === 0)('that belongs to somebody else is refused', async () => {
    (await open()).close();
    chownSync(identity(), 4_711, 4_711);
    expect(await refusal()).toMatch(
      /belongs to another user \(uid 4711\)\. Start this as that user; or, .*chown/,
    );
  });

  it('of the device is held to the same', async () => {
    (await open()).close();
    truncateSync(join(folders.config, 'device.key'), 30);
    expect(await refusal()).toContain('device.key is damaged');
  });

  it('is made once when several processes start for the first time together', async () => {
    const opened = await Promise.all([open({ as: 'host' }), open({ as: 'host' }), open({ as: 'session' })]);
    expect(new Set(opened.map(({ key }) => key)).size).toBe(1);
    expect(readdirSync(folders.config).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('is not made where a file is in the way of its folder', async () => {
    writeFileSync(join(home, 'config'), 'in the way');
    expect(await refusal()).toMatch(/config.*in the way.*--home/);
  });
});

describe('a second live process on one profile', () => {
  it('is a guest of its own name and key, with nothing on disk', async () => {
    const first = await open();
    const second = await open();
    const third = await open();
    expect([second.nick, third.nick]).toEqual(['ada-2', 'ada-3']);
    expect(second).toMatchObject({ guest: true, archiveFile: ':memory:' });
    expect(new Set([first, second, third].map(({ key }) => key)).size).toBe(3);
  });

  it('without a nick is a guest by its key', async () => {
    await open({ nick: undefined });
    const guest = await open({ nick: undefined });
    expect(guest.nick).toBe(`guest-${guest.tag}`);
  });

  it('is the session once the first has ended', async () => {
    const first = await open();
    first.close();
    expect(await open()).toMatchObject({ guest: false, key: first.key });
  });

  it('is the same person as a host beside it', async () => {
    const session = await open();
    const host = await open({ as: 'host' });
    expect(host).toMatchObject({ guest: false, key: session.key });
  });

  it('of another profile is nobody’s guest', async () => {
    await open();
    const other = await open({ folders: resolveFolders({ home, profile: 'work', env: {} }) });
    expect(other.guest).toBe(false);
  });

  it('takes over at once from a process that was killed', async () => {
    (await open()).close();
    const lock = new URL('../../../src/files/file-lock.ts', import.meta.url).href;
    const script = `
      import { takeLock } from ${JSON.stringify(lock)};
      const lock = takeLock(${JSON.stringify(join(folders.state, 'session.lock'))});
      if (!lock) process.exit(1);
      process.stdout.write('locked');
      // Whatever is not used any more is let go of, a lock too.
      setInterval(() => lock.toString(), 1_000);`;
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    endWithUs(child);
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    const guest = await open();
    expect(guest.guest).toBe(true);
    guest.close();
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect((await open()).guest).toBe(false);
  });

  it('can be a person of the moment on purpose', async () => {
    const ephemeral = await open({ ephemeral: true, nick: 'bot' });
    expect(ephemeral).toMatchObject({ nick: 'bot', guest: true, archiveFile: ':memory:' });
    expect(readdirSync(home)).toEqual([]);
  });
});
