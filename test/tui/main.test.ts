import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Services } from '../../src/tui/services.ts';
import { tuiMain } from '../../src/tui/main.tsx';

describe('the main of the screen', () => {
  it('says one sentence and exits 64 without a terminal', async () => {
    const said: string[] = [];
    const stderr = new PassThrough();
    stderr.on('data', (chunk) => said.push(String(chunk)));
    const io = { stdin: new PassThrough(), stdout: new PassThrough(), stderr, env: {} };
    const services = { io } as unknown as Services;
    expect(await tuiMain(services)).toBe(64);
    expect(said.join('')).toMatch(/^chat-tui needs a terminal.*\n$/);
  });
});
