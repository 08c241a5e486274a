import { fork, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDataDir } from '../../src/relay/data-dir.ts';
import { UnusableFileError } from '../../src/files/unusable-file.ts';
import { defaultLimits } from '../../src/relay/limits.ts';

/** What 0.1.0 made before there were names. */
const firstFormat = `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE prekey (owner BLOB PRIMARY KEY, prekey BLOB NOT NULL, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE mail (
    cursor INTEGER PRIMARY KEY AUTOINCREMENT, owner BLOB NOT NULL, sender BLOB NOT NULL, id BLOB NOT NULL,
    mail BLOB NOT NULL, at INTEGER NOT NULL, known INTEGER NOT NULL, UNIQUE (owner, sender, id)
  ) STRICT;
  CREATE INDEX mail_at ON mail (at);
  CREATE TABLE receipt (
    cursor INTEGER PRIMARY KEY AUTOINCREMENT, sender BLOB NOT NULL, recipient BLOB NOT NULL, id BLOB NOT NULL,
    at INTEGER NOT NULL, UNIQUE (sender, id, recipient)
  ) STRICT;
  CREATE INDEX receipt_at ON receipt (at);
  CREATE TABLE contact (owner BLOB NOT NULL, peer BLOB NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (owner, peer))
    STRICT, WITHOUT ROWID;
  CREATE INDEX contact_at ON contact (at);
  INSERT INTO mail (owner, sender, id, mail, at, known)
    VALUES (x'${'01'.repeat(32)}', x'${'02'.repeat(32)}', x'${'03'.repeat(16)}', x'07', 1, 0);
  PRAGMA user_version = 1;
`;

let folder: string;
let data: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'relay-data-'));
  data = join(folder, 'data');
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (limits = defaultLimits) => openDataDir(data, limits);

async function opened(): Promise<Uint8Array> {
  const store = await open();
  store.close();
  return store.seed;
}

describe('the data folder', () => {
  it('keeps the identity of the relay', async () => {
    expect(await opened()).toEqual(await opened());
  });

  it('is readable by its owner alone, under any umask', async () => {
    const before = process.umask(0);
    const store = await open();
    try {
      await store.mailbox.putPrekey(new Uint8Array(32), new Uint8Array(5), 0);
      expect(statSync(data).mode & 0o777).toBe(0o700);
      const modes = readdirSync(data).map((name) => [name, statSync(join(data, name)).mode & 0o777]);
      expect(modes).toEqual([
        ['relay.db', 0o600],
        ['relay.db-wal', 0o600],
        ['relay.key', 0o600],
      ]);
    } finally {
      store.close();
      process.umask(before);
    }
  });

  it('gives fences that rise, also after a restart', async () => {
    const first = await open();
    const fences = [first.nextFence(), first.nextFence()];
    expect(fences[1]).toBeGreaterThan(fences[0] ?? Infinity);
    first.close();
    const second = await open();
    expect(second.nextFence()).toBeGreaterThan(fences[1] ?? Infinity);
    second.close();
  });

  it('belongs to one relay at a time', async () => {
    const store = await open();
    await expect(open()).rejects.toThrow(/in use: stop the other relay/);
    store.close();
  });

  it('of the first format is given what it lacks, and keeps its mail', async () => {
    await opened();
    rmSync(join(data, 'relay.db'));
    const old = new DatabaseSync(join(data, 'relay.db'));
    old.exec(firstFormat);
    old.close();
    const store = await open();
    expect(store.mailbox.waiting(new Uint8Array(32).fill(1), 0, 10)).toMatchObject([
      { mail: new Uint8Array([7]) },
    ]);
    const owner = new Uint8Array(32).fill(1);
    const claim = { name: 'ada', owner, at: 1, sig: new Uint8Array(64) };
    expect(await store.names.claim(claim)).toEqual({ done: true });
    store.close();
    const again = await open();
    expect(again.names.of(owner)?.name).toBe('ada');
    again.close();
  });

  it('of a newer format is left alone', async () => {
    await opened();
    const newer = new DatabaseSync(join(data, 'relay.db'));
    newer.exec('PRAGMA user_version = 99');
    newer.close();
    await expect(open()).rejects.toThrow(/written by a newer chat-tui \(format 99\): update this one/);
  });

  it('stores nothing on a disk that is too full', async () => {
    const store = await open({ ...defaultLimits, diskFull: 0 });
    expect(store.canStore()).toBe(false);
    store.close();
  });

  it('keeps what was begun when it was closed', async () => {
    const [from, to, id] = [new Uint8Array(32), new Uint8Array(32).fill(1), new Uint8Array(16)];
    const store = await open();
    await store.mailbox.putPrekey(to, id, 0);
    const stored = store.mailbox.put({ from, to, id, mail: id, at: 0 });
    store.close();
    expect(await stored).toEqual({ stored: true });
    const again = await open();
    expect(again.mailbox.waiting(to, 0, 1)).toHaveLength(1);
    again.close();
  });

  it('keeps mail that was stored when the process is killed', async () => {
    const child = fork(join(import.meta.dirname, 'store-and-hang.ts'), [data], { execArgv: [] });
    const exited = new Promise((resolve) => child.once('exit', resolve));
    await new Promise((resolve) => child.once('message', resolve));
    child.kill('SIGKILL');
    await exited;
    const store = await open();
    expect(store.mailbox.waiting(new Uint8Array(32).fill(1), 0, 10)).toMatchObject([
      { mail: new Uint8Array(100).fill(3) },
    ]);
    store.close();
  });
});

describe('the key file', () => {
  /** The sentence of the refusal; the file is still what it was. */
  const refusal = async () => {
    const stat = () => statSync(join(data, 'relay.key'), { throwIfNoEntry: false })?.mtimeMs;
    const before = stat();
    const failure: unknown = await open().catch((error: unknown) => error);
    expect(stat()).toBe(before);
    return failure instanceof UnusableFileError ? failure.message : 'not refused';
  };

  it('is refused with a remedy when others can read it', async () => {
    await opened();
    chmodSync(join(data, 'relay.key'), 0o640);
    expect(await refusal()).toMatch(/relay\.key is open to other users\. Run: chmod 600/);
  });

  it('is refused when it is a link', async () => {
    await opened();
    const path = join(data, 'relay.key');
    writeFileSync(join(folder, 'elsewhere'), readFileSync(path), { mode: 0o600 });
    rmSync(path);
    symlinkSync(join(folder, 'elsewhere'), path);
    expect(await refusal()).toMatch(/is a link/);
  });

  it.each([
    ['empty', () => ''],
    ['cut short', (text: string) => text.slice(0, -20)],
    [
      'changed in one character',
      (text: string) => text.replace(/^(.*\n)(.)/, (_, head, c) => head + (c === 'a' ? 'b' : 'a')),
    ],
  ])('is refused when it is %s', async (_, damage) => {
    await opened();
    const path = join(data, 'relay.key');
    writeFileSync(path, damage(readFileSync(path, 'utf8')));
    expect(await refusal()).toMatch(/is damaged\. Put back a copy/);
  });

  it('is never made anew beside the mail of an earlier one', async () => {
    await opened();
    rmSync(join(data, 'relay.key'));
    expect(await refusal()).toMatch(/is missing: restore it/);
  });
});

it.skipIf(process.platform === 'win32')('a data folder of somebody else is refused by name', () => {
  mkdirSync(data, { recursive: true });
  // Root may do everything where it has not given that up; the owner takes their own access away.
  if (process.getuid?.() === 0) chownSync(data, 65_534, 65_534);
  else chmodSync(data, 0);
  const script = `import { openDataDir } from ${JSON.stringify(new URL('../../src/relay/data-dir.ts', import.meta.url).href)};
    import { defaultLimits } from ${JSON.stringify(new URL('../../src/relay/limits.ts', import.meta.url).href)};
    await openDataDir(${JSON.stringify(data)}, defaultLimits);`;
  const bare = process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-all', '--inh-caps=-all'] : ['env'];
  const [command, ...words] = [
    ...bare,
    process.execPath,
    '--experimental-strip-types',
    '--input-type=module',
    '--eval',
    script,
  ];
  const { stderr } = spawnSync(command, words, { encoding: 'utf8' });
  chmodSync(data, 0o700);
  expect(stderr).toMatch(/the data folder .* cannot be used \(EACCES\): choose another with --data/);
});

it('a data folder that is a file is refused by name', async () => {
  writeFileSync(data, '');
  await expect(open()).rejects.toThrow(/data folder .* cannot be used/);
});

it('a database that is out of reach is not called damaged', async () => {
  (await open()).close();
  // SQLite opens what is in the way of its log as little as a file that it has no right to.
  mkdirSync(join(data, 'relay.db-wal'));
  await expect(open()).rejects.toThrow(
    /relay\.db: it cannot be opened; give yourself access to it and its folder, or choose another folder with --data\.$/,
  );
});

it('a data folder that has gone away takes nothing more, and ends nothing', async () => {
  const store = await open();
  rmSync(data, { recursive: true });
  expect(store.canStore()).toBe(false);
  store.close();
});
