import {
  lstat,
  mkdir,
  mkdtemp,
  open,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  saveExitCode,
  saveFile,
  saveNumbered,
  type Disk,
  type SaveResult,
} from '../../../src/client/saving/save-file.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'save-'));
});
afterEach(() => rm(folder, { recursive: true }));

const save = (name: string, parts: Iterable<string> = ['hello\n']): Promise<SaveResult> =>
  saveFile(name, parts, { cwd: folder, home: join(folder, 'home') });
const codeOf = (result: SaveResult): string => (result.ok ? 'saved' : result.code);

describe('a save', () => {
  it('writes a new file that only its owner may read', async () => {
    expect(await save('tea.txt', ['# tea\n', '…\n'])).toEqual({ ok: true, path: join(folder, 'tea.txt') });
    expect(await readFile(join(folder, 'tea.txt'), 'utf8')).toBe('# tea\n…\n');
    // Windows has no such modes.
    const mode = process.platform === 'win32' ? 0o600 : (await stat(join(folder, 'tea.txt'))).mode & 0o777;
    expect(mode).toBe(0o600);
  });

  it('under a name that nobody chose writes another file where there is one of that second', async () => {
    const lines = function* (text: string): Generator<string> {
      yield text;
    };
    const place = { cwd: folder, home: folder };
    for (const text of ['one', 'two', 'three'])
      expect(await saveNumbered('tea.v2-180211.txt', lines(text), place)).toMatchObject({ ok: true });
    expect((await readdir(folder)).sort()).toEqual([
      'tea.v2-180211-2.txt',
      'tea.v2-180211-3.txt',
      'tea.v2-180211.txt',
    ]);
    expect(await readFile(join(folder, 'tea.v2-180211-3.txt'), 'utf8')).toBe('three');
    expect(await saveNumbered('no/tea.txt', lines(''), place)).toMatchObject({ code: 'no-folder' });
  });

  it('writes long exports to their end', async () => {
    const parts = Array.from({ length: 5_000 }, (_, at) => `${at} ${'é'.repeat(100)}\n`);
    await save('long.txt', parts);
    expect(await readFile(join(folder, 'long.txt'), 'utf8')).toBe(parts.join(''));
  });

  it('expands ~ and takes absolute names as they are', async () => {
    await mkdir(join(folder, 'home'));
    expect(await save('~/a.txt')).toMatchObject({ path: join(folder, 'home', 'a.txt') });
    expect(await save(join(folder, 'b.txt'))).toMatchObject({ path: join(folder, 'b.txt') });
  });

  it('takes other names from where the person stands, upwards too, and tells the full path', async () => {
    await mkdir(join(folder, 'here'));
    const there = { cwd: join(folder, 'here'), home: folder };
    expect(await saveFile('../x', ['hello\n'], there)).toEqual({ ok: true, path: join(folder, 'x') });
    expect(await saveFile('../x', ['again\n'], there)).toMatchObject({
      code: 'exists',
      text: expect.stringContaining(join(folder, 'x')),
    });
    expect(await readFile(join(folder, 'x'), 'utf8')).toBe('hello\n');
  });

  it('never writes over a file, and says so', async () => {
    await writeFile(join(folder, 'tea.txt'), 'mine');
    expect(await save('tea.txt')).toEqual({
      ok: false,
      code: 'exists',
      text: `"${join(folder, 'tea.txt')}" exists already and is never written over; choose another name.`,
    });
    expect(await readFile(join(folder, 'tea.txt'), 'utf8')).toBe('mine');
  });

  it.skipIf(process.platform === 'win32')('never writes through a link, dangling or not', async () => {
    await writeFile(join(folder, 'target'), 'mine');
    await symlink(join(folder, 'target'), join(folder, 'link'));
    await symlink(join(folder, 'missing'), join(folder, 'dangling'));
    expect(codeOf(await save('link'))).toBe('link');
    expect(codeOf(await save('dangling'))).toBe('link');
    expect(await readFile(join(folder, 'target'), 'utf8')).toBe('mine');
    expect(await readdir(folder)).not.toContain('missing');
  });

  it('refuses folders and names in folders that are not there', async () => {
    await mkdir(join(folder, 'sub'));
    expect(codeOf(await save('sub'))).toBe('folder');
    expect(codeOf(await save('sub/'))).toBe('bad-name');
    expect(codeOf(await save('~'))).toBe('bad-name');
    expect(codeOf(await save('nowhere/a.txt'))).toBe('no-folder');
  });

  it.each([
    'con',
    'NUL.txt',
    'com1.log',
    'LPT9',
    'tea.',
    'tea ',
    'a:b',
    'what?.txt',
    'x'.repeat(256),
    'é'.repeat(128),
    'a\nb',
    'a\u001b[31m',
    'gnp\u202etxt.exe',
    'te\u200ba.txt',
    'te\u2028a.txt',
    'te\u{e0041}a.txt',
    '..',
    ' ',
  ])('refuses %j, which some system would take for something else', async (name) => {
    const result = await save(name);
    expect(codeOf(result)).toBe('bad-name');
    // oxlint-disable-next-line no-control-regex
    expect(result).toHaveProperty('text', expect.stringMatching(/^[^\u0000-\u001f\u202e]+\.$/));
    expect(await readdir(folder)).toEqual([]);
  });

  it.each(['console.txt', 'null', 'com10.txt', '.hidden', 'x'.repeat(255)])('takes %j', async (name) => {
    expect(codeOf(await save(name))).toBe('saved');
  });

  it('removes what it could not write to its end', async () => {
    const result = await saveFile('tea.txt', ['hello'], { cwd: folder, home: folder }, fullDisk(3));
    expect(result).toMatchObject({ ok: false, code: 'full', text: expect.stringContaining('disk is full') });
    expect(await readdir(folder)).toEqual([]);
  });

  it('leaves alone what somebody else put in its place meanwhile', async () => {
    const path = join(folder, 'tea.txt');
    const disk = fullDisk(3, async () => {
      await unlink(path);
      await writeFile(path, 'somebody else');
    });
    expect(codeOf(await saveFile('tea.txt', ['hello'], { cwd: folder, home: folder }, disk))).toBe('full');
    expect(await readFile(path, 'utf8')).toBe('somebody else');
  });

  it('says so, and lets go of the file, where the disk cannot even tell which one was made', async () => {
    let closed = 0;
    const disk: Disk = {
      ...fullDisk(3),
      open: async (...how) => {
        const file = await fullDisk(3).open(...how);
        const close = (): Promise<unknown> => {
          closed += 1;
          return file.close();
        };
        return {
          ...file,
          close,
          stat: () => Promise.reject(Object.assign(new Error('stale'), { code: 'ESTALE' })),
        };
      },
    };
    expect(codeOf(await saveFile('tea.txt', ['hello'], { cwd: folder, home: folder }, disk))).toBe('failed');
    expect(closed).toBe(1);
  });

  it('exits like sysexits when it cannot write', () => {
    expect(saveExitCode).toBe(73);
  });
});

/** A disk with room for `bytes` bytes. */
function fullDisk(bytes: number, whenFull: () => Promise<void> = async () => {}): Disk {
  return {
    async open(path, flags, mode) {
      const file = await open(path, flags, mode);
      return {
        async write(text) {
          await file.writeFile(text.slice(0, bytes));
          await whenFull();
          throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
        },
        sync: () => file.sync(),
        close: () => file.close(),
        stat: () => file.stat(),
      };
    },
    lstat,
    unlink,
  };
}
