import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { relayFinder } from '../../src/lan/finder.ts';
import { watchLocalRelays } from '../../src/lan/local-finder.ts';
import {
  announce,
  localRelays,
  MAX_LOCAL_RELAYS,
  openRuntimeFolder,
  runtimeFolder,
} from '../../src/lan/runtime-folder.ts';

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'chat-tui-test-'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

function relay(port: number, pid = process.pid) {
  const digit = 'abcdefghijklmnopqrstuvwxyz234567'.charAt(port % 32);
  return { url: `ws://127.0.0.1:${port}`, relayId: digit.repeat(52), pid };
}

describe('the runtime folder', () => {
  it('is chosen by the environment before the temp folder', () => {
    expect(runtimeFolder({ CHAT_TUI_RUNTIME: '/x', XDG_RUNTIME_DIR: base })).toBe('/x');
    expect(runtimeFolder({ XDG_RUNTIME_DIR: base })).toBe(join(base, 'chat-tui'));
    expect(runtimeFolder({})).toMatch(/chat-tui-\d+$/);
  });

  it("is in the temp folder where the one of the session is not there, or somebody else's", () => {
    const elsewhere = runtimeFolder({});
    expect(runtimeFolder({ XDG_RUNTIME_DIR: join(base, 'never-made') })).toBe(elsewhere);
    vi.spyOn(process, 'getuid').mockReturnValue(statSync(base).uid + 1);
    onTestFinished(() => void vi.restoreAllMocks());
    expect(runtimeFolder({ XDG_RUNTIME_DIR: base })).toBe(runtimeFolder({}));
  });

  it('is there for a user without a name, as containers make them up', () => {
    const module = new URL('../../src/lan/runtime-folder.ts', import.meta.url).href;
    const script = `
      import os from 'node:os';
      import { syncBuiltinESMExports } from 'node:module';
      os.userInfo = () => { throw new Error('uv_os_get_passwd returned ENOENT'); };
      syncBuiltinESMExports();
      const { runtimeFolder } = await import('${module}');
      console.log(runtimeFolder({}));`;
    const args = ['--no-warnings', '--input-type=module', '--eval', script];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect({ stdout, stderr }).toEqual({ stdout: `${runtimeFolder({})}\n`, stderr: '' });
  });

  it('is not believed where it stays open to others whatever is asked', () => {
    chmodSync(base, 0o777);
    expect(openRuntimeFolder(base, () => undefined)).toBe(false);
    expect(openRuntimeFolder(base)).toBe(true);
  });

  it('is made for its user alone, and narrowed when it was wider', () => {
    const folder = join(base, 'new');
    expect(openRuntimeFolder(folder)).toBe(true);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    chmodSync(folder, 0o755);
    expect(openRuntimeFolder(folder)).toBe(true);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('is not believed when it is a link or a file', () => {
    mkdirSync(join(base, 'real'));
    symlinkSync(join(base, 'real'), join(base, 'link'));
    writeFileSync(join(base, 'file'), '');
    expect(openRuntimeFolder(join(base, 'link'))).toBe(false);
    expect(openRuntimeFolder(join(base, 'file'))).toBe(false);
    expect(announce(join(base, 'link'), relay(1))).toBeUndefined();
    expect(localRelays(join(base, 'link'))).toEqual([]);
  });

  it('lists what is announced until it is withdrawn, in files nobody else reads', () => {
    const withdraw = announce(base, relay(1_001));
    expect(localRelays(base)).toEqual([relay(1_001)]);
    for (const name of readdirSync(base)) expect(statSync(join(base, name)).mode & 0o777).toBe(0o600);
    withdraw?.();
    expect(localRelays(base)).toEqual([]);
  });

  it('forgets relays of processes that died', () => {
    const { pid } = spawnSync(process.execPath, ['-e', '0']);
    announce(base, relay(1_002, pid));
    expect(localRelays(base)).toEqual([]);
    expect(readdirSync(base)).toEqual([]);
  });

  it('is as it was while the process has too many open files', () => {
    announce(base, relay(1_003));
    const script = `
      import { openSync } from 'node:fs';
      import { watchLocalRelays } from '${new URL('../../src/lan/local-finder.ts', import.meta.url).href}';
      const seen = [];
      let look;
      const watching = (folder, changed) => { look = changed; return { on() {}, close() {} }; };
      const end = watchLocalRelays('${base}', (relays) => seen.push(relays.length), watching);
      try { for (;;) openSync('/dev/null'); } catch (error) { seen.push(error.code); }
      look();
      end();
      console.log(seen.join());`;
    const limited = 'ulimit -n 64; exec "$@"';
    const args = [process.execPath, '--no-warnings', '--input-type=module', '--eval', script];
    const { stdout, stderr } = spawnSync('sh', ['-c', limited, 'sh', ...args], { encoding: 'utf8' });
    expect({ stdout, stderr }).toEqual({ stdout: '1,EMFILE\n', stderr: '' });
  });

  it.each([
    '{"url":"ws://evil.example:1","relayId":"x","pid":1}',
    '{"url":"http://127.0.0.1:1"}',
    'not json',
    `{"padding":"${'x'.repeat(2_000)}"}`,
  ])('skips an announcement that is not one: %.40s', (content) => {
    writeFileSync(join(base, 'bad.json'), content);
    announce(base, relay(1_003));
    expect(localRelays(base)).toEqual([relay(1_003)]);
    expect(existsSync(join(base, 'bad.json'))).toBe(true);
  });

  it('reads a bounded number of announcements', () => {
    for (let i = 0; i < MAX_LOCAL_RELAYS + 5; i++)
      writeFileSync(join(base, `${i}.json`), JSON.stringify(relay(2_000 + i)));
    expect(localRelays(base)).toHaveLength(MAX_LOCAL_RELAYS);
  });
});

describe('the local finder', () => {
  it('tells at once what is there, and again when a relay comes or goes', async () => {
    const seen: (readonly string[])[] = [];
    let wake = (): void => undefined;
    const next = (): Promise<void> => new Promise((resolve) => (wake = resolve));
    const stop = relayFinder(base).watch((urls) => {
      seen.push(urls);
      wake();
    });
    expect(seen).toEqual([[]]);
    let told = next();
    const withdraw = announce(base, relay(3_001));
    await told;
    expect(seen.at(-1)).toEqual(['ws://127.0.0.1:3001']);
    told = next();
    withdraw?.();
    await told;
    expect(seen.at(-1)).toEqual([]);
    stop();
  });

  it('looks by itself now and then where the system has no watches left', async () => {
    const noWatch = (): never => {
      throw Object.assign(new Error('System limit for number of file watchers reached'), { code: 'ENOSPC' });
    };
    const seen: number[] = [];
    const told = new Promise<void>((resolve) => {
      const stop = watchLocalRelays(
        base,
        (relays) => {
          seen.push(relays.length);
          if (relays.length > 0) resolve();
        },
        noWatch,
      );
      onTestFinished(stop);
    });
    announce(base, relay(3_002));
    await told;
    expect(seen).toEqual([0, 1]);
  });
});
