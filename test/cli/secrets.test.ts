import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readSecret } from '../../src/cli/secrets.ts';

describe('a secret in a file', () => {
  it.each([
    ['as it is', Buffer.from('Grüße 12\n')],
    ['with a mark before it, as editors of Windows write it', Buffer.from('\ufeffGrüße 12\n')],
    ['in UTF-16, as PowerShell writes it', Buffer.from('\ufeffGrüße 12\n', 'utf16le')],
  ])('is read %s', (_, bytes) => {
    const folder = mkdtempSync(join(tmpdir(), 'chat-tui-secret-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'secret'), bytes);
    expect(readSecret(join(folder, 'secret'), 'password')).toBe('Grüße 12\n');
  });
});
