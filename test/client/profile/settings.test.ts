import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolveFolders, type Folders } from '../../../src/files/folders.ts';
import { ensurePrivateFolder } from '../../../src/files/private-files.ts';
import { memorySettings, openSettings } from '../../../src/client/profile/settings.ts';

let home: string;
let folders: Folders;
let path: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'chat-tui-settings-'));
  folders = resolveFolders({ home, env: {} });
  path = join(folders.config, 'config.json');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function write(text: string): void {
  ensurePrivateFolder(folders.config);
  writeFileSync(path, text);
}

describe('settings', () => {
  it('are the defaults where none were made, and are kept from then on', async () => {
    const first = await openSettings(folders);
    expect(first).toMatchObject({ settings: { values: { relays: [] } } });
    expect(first.keptAs).toBeUndefined();
    first.settings.update({ nick: 'ada', relays: ['wss://a.example:443'] });
    const second = await openSettings(folders);
    expect(second.settings.values).toEqual({ nick: 'ada', relays: ['wss://a.example:443'] });
    second.settings.update({ nick: undefined });
    expect((await openSettings(folders)).settings.values).toEqual({ relays: ['wss://a.example:443'] });
  });

  it('are in a file for its owner only, whatever the umask', async () => {
    const umask = process.umask(0);
    try {
      (await openSettings(folders)).settings.update({ nick: 'ada' });
    } finally {
      process.umask(umask);
    }
    expect((statSync(path).mode & 0o777).toString(8)).toBe('600');
    expect((statSync(folders.config).mode & 0o777).toString(8)).toBe('700');
  });

  it.each([
    ['no JSON', '{"nick": "ada"'],
    ['no object', '[1, 2]'],
    ['of other types', '{"nick": 7}'],
    ['with more relays than anybody has', JSON.stringify({ relays: Array(100).fill('ws://a') })],
  ])('that are %s are kept aside, and the defaults used', async (_, text) => {
    write(text);
    const { settings, keptAs } = await openSettings(folders);
    expect(settings.values).toEqual({ relays: [] });
    expect(keptAs).toContain('config.json.broken-');
    expect(readFileSync(keptAs ?? '', 'utf8')).toBe(text);
    settings.update({ nick: 'ada' });
    expect((await openSettings(folders)).settings.values.nick).toBe('ada');
  });

  it('of a newer program are left alone', async () => {
    write('{"nick":"ada","hologram":true}');
    const { settings, keptAs } = await openSettings(folders);
    expect(keptAs).toBeUndefined();
    settings.update({ theme: 'mono' });
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ nick: 'ada', hologram: true, theme: 'mono' });
  });

  it('of a guest last as long as the process', () => {
    const settings = memorySettings({ nick: 'ada' });
    settings.update({ theme: 'dark' });
    expect(settings.values).toEqual({ nick: 'ada', theme: 'dark', relays: [] });
    expect(readdirSync(home)).toEqual([]);
  });
});
