import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseSave } from '../../src/commands/export.ts';
import { HOUR } from '../../src/shared/limits.ts';
import { fullName } from '../../src/client/words/full-name.ts';
import { teaRoom, Typist } from '../support/command-rig.ts';

let folder = '';
beforeEach(async () => {
  process.env['TZ'] = 'UTC';
  folder = await mkdtemp(join(tmpdir(), 'save-command-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('/save', () => {
  it('writes what was said and whispered into a file named after room and time', async () => {
    const { ada, bob } = await teaRoom();
    bob.cwd = folder;
    await ada.run('hello');
    await bob.run('/me waves');
    await ada.run('/whisper bob lunch?');
    const path = join(folder, 'tea-2026-11-20-180211.txt');
    expect(await bob.run('/save --last 3')).toEqual({ type: 'answer', text: `Saved to ${path}` });
    expect(await readFile(path, 'utf8')).toBe(
      [
        '# tea · saved 2026-11-20 18:02:11 +00:00 · 3 messages',
        '[2026-11-20 18:02:11] <ada> hello',
        '[2026-11-20 18:02:11] * bob waves',
        '[2026-11-20 18:02:11] ada -> you (whisper): lunch?',
        '',
      ].join('\n'),
    );
    const again = join(folder, 'tea-2026-11-20-180211-2.txt');
    expect(await bob.run('/save --last 3')).toEqual({ type: 'answer', text: `Saved to ${again}` });
    expect(await bob.run(`/save ${path}`)).toMatchObject({ type: 'refused', code: 'exists' });
  });

  it('writes what was whispered with one person in the window for them', async () => {
    const { world, ada, bob } = await teaRoom();
    const cleo = new Typist(world, 'cleo');
    await cleo.run('/join tea');
    bob.cwd = folder;
    await ada.run('/whisper bob lunch?');
    await cleo.run('/whisper bob psst');
    await ada.run('said to all');
    bob.person = ada.client.self;
    await bob.run('at noon');
    await bob.run('/save --last 5');
    const name = fullName(ada.client.self);
    expect(await readFile(join(folder, 'ada-2026-11-20-180211.txt'), 'utf8')).toBe(
      [
        `# Whispers with ${name} · saved 2026-11-20 18:02:11 +00:00 · 2 messages`,
        '[2026-11-20 18:02:11] ada -> you (whisper): lunch?',
        '[2026-11-20 18:02:11] you -> ada (whisper): at noon',
        '',
      ].join('\n'),
    );
    await bob.run('/save last.json --last 1');
    expect(JSON.parse(await readFile(join(folder, 'last.json'), 'utf8'))).toMatchObject({
      nick: 'ada',
      key: ada.client.self.key,
      lines: [{ event: 'whisper', text: 'at noon', mine: true }],
    });
    await bob.run('/save new.md --since 2026-11-21');
    expect(await readFile(join(folder, 'new.md'), 'utf8')).toMatch(/^# Whispers with [^]*0 messages\n$/);
  });

  it('takes names with spaces, and the format from their ending', async () => {
    const { bob } = await teaRoom();
    bob.cwd = folder;
    await bob.run('hello');
    await bob.run('/export "my tea.json"');
    await bob.run('/save my tea.md');
    expect((await readdir(folder)).toSorted()).toEqual(['my tea.json', 'my tea.md']);
    expect(JSON.parse(await readFile(join(folder, 'my tea.json'), 'utf8'))).toMatchObject({ messages: 1 });
  });

  it('refuses wrong usage with one sentence and the usage, and writes nothing', async () => {
    const { bob } = await teaRoom();
    bob.cwd = folder;
    const usage = 'Usage: /save [FILE] [--last N] [--since T] [--format txt|md|json]';
    for (const [line, why] of [
      ['/save --last none', '--last needs a number of messages, like --last 50.'],
      ['/save --last 0', '--last needs a number of messages, like --last 50.'],
      ['/save --since someday', '--since needs a time, like 30m, 2h, 18:00 or 2026-11-20.'],
      ['/save --format pdf', '--format is one of txt, md, json.'],
      ['/save "x', 'A quote is not closed.'],
    ]) {
      expect(await bob.run(line ?? '')).toEqual({ type: 'refused', code: 'usage', text: `${why} ${usage}` });
    }
    expect(await readdir(folder)).toEqual([]);
  });

  it('reads a time of several words, and a format that differs from the ending', () => {
    expect(parseSave('a.txt --format md --since 2026-11-20 18:00', Date.UTC(2026, 10, 21))).toEqual({
      ok: true,
      file: 'a.txt',
      format: 'md',
      since: Date.UTC(2026, 10, 20, 18),
    });
    expect(parseSave('--since 2h', 5 * HOUR)).toMatchObject({ file: '', format: 'txt', since: 3 * HOUR });
  });
});
