import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { machineName } from '../../src/lan/machine-name.ts';

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'chat-tui-test-'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

describe('what a machine is told by', () => {
  it('is its name, but not on macOS, where each network gives it another', () => {
    const named = (platform: NodeJS.Platform, host: string) => machineName(base, platform, host);
    expect(named('linux', 'here')).toBe(named('linux', 'here'));
    expect(named('linux', 'here')).not.toBe(named('linux', 'there'));
    expect(named('darwin', 'adas-mac.local')).toBe(named('darwin', 'adas-mac.cafe.example'));
  });

  it('is another one for a copy of the folder on macOS', () => {
    const [own, copied] = [join(base, 'own'), join(base, 'copied')];
    mkdirSync(own);
    cpSync(own, copied, { recursive: true });
    expect(machineName(own, 'darwin')).not.toBe(machineName(copied, 'darwin'));
  });
});
