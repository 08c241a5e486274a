import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openPage, webPage } from '../../../src/tui/terminal/browser.ts';

describe('a link that is opened', () => {
  it.each([
    ['-new-window', undefined],
    ['--help', undefined],
    ['file:///etc/passwd', undefined],
    ['javascript:alert(1)', undefined],
    ['data:text/html,x', undefined],
    ['tc://relay/room#key', undefined],
    ['ssh://-oProxyCommand=x/', undefined],
    ['https://', undefined],
    ['https://example.org', 'https://example.org/'],
    ['https://example.org/$(touch x)`y`;"z"', 'https://example.org/$(touch%20x)%60y%60;%22z%22'],
    ['https://example.org/\u001b]0;owned\u0007', 'https://example.org/%1B]0;owned'],
    ['https://example.org/\na', 'https://example.org/a'],
  ])('is a page of the web, written out by the URL parser: %j', (link, page) => {
    expect(webPage(link)).toBe(page);
  });

  it('starts no program where there is none to start, or nothing to show', () => {
    const folder = mkdtempSync(join(tmpdir(), 'chat-tui-browser-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, 'xdg-open'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
    const env = { DISPLAY: ':0', PATH: folder };
    expect(openPage('-x', env, 'linux')).toBe(false);
    expect(openPage('file:///etc/passwd', env, 'linux')).toBe(false);
    expect(openPage('https://example.org', { ...env, PATH: '/nowhere' }, 'linux')).toBe(false);
    expect(openPage('https://example.org', { PATH: folder }, 'linux')).toBe(false);
    expect(openPage('https://example.org', env, 'linux')).toBe(true);
  });

  it('is not opened on the screen of a Mac that is far away', () => {
    expect(openPage('https://example.org', { SSH_CONNECTION: '192.0.2.1 1 192.0.2.2 22' }, 'darwin')).toBe(
      false,
    );
  });

  it('is opened by Windows under WSL, whether or not that has a program for it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'chat-tui-browser-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const env = { WSL_DISTRO_NAME: 'Ubuntu', PATH: folder };
    expect(openPage('https://example.org', env, 'linux')).toBe(false);
    writeFileSync(join(folder, 'rundll32.exe'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
    expect(openPage('https://example.org', env, 'linux')).toBe(true);
  });
});
