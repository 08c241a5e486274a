import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Program } from '../support/program.ts';
import { Stage } from '../support/stage.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const text = readFileSync(`${root}/docs/programs.md`, 'utf8');

/** The first example of docs/programs.md in this language. */
function example(language: 'js' | 'ts'): string {
  const [, code] = new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'ms').exec(text) ?? [];
  if (code === undefined) throw new Error(`docs/programs.md has no example in ${language}`);
  return code;
}

describe('of the examples in docs/programs.md', () => {
  let stage: Stage;
  let url = '';
  beforeAll(async () => {
    stage = new Stage();
    mkdirSync(stage.path('node_modules'));
    symlinkSync(root, stage.path('node_modules/chat-tui'));
    ({ url } = await stage.relay());
    await stage.host('host', 'tea', '--relay', url);
  });
  afterAll(() => stage.close());

  function started(name: string, code: string): Program {
    expect(code).toContain('wss://chat.example.org');
    writeFileSync(stage.path(name), code.replaceAll('wss://chat.example.org', url));
    return stage.programWith('bot', [], { script: stage.path(name) });
  }

  it('the bot of the library says what others say', async () => {
    const bot = started('bot.mjs', example('ts'));
    const ada = stage.program('ada', 'pipe', 'tea', '--relay', url, '--nick', 'ada', '--json', '--follow');
    const { members } = await ada.event('ready');
    const there = JSON.stringify(members).includes('"echo-bot"');
    if (!there) await ada.event('join', (line) => line['nick'] === 'echo-bot');
    ada.send({ text: 'two lumps' });
    await ada.event('message', (line) => line['nick'] === 'echo-bot' && line['text'] === 'two lumps');
    expect(bot.stderr).toBe('');
  });

  it('the client of the protocol lists the rooms of a relay', async () => {
    const client = started('list.mjs', example('js'));
    expect(await client.exited).toEqual({ code: 0, signal: null });
    expect(client.stdout).toMatch(/^tea \d+\n$/);
    expect(client.stderr).toBe('');
  });
});
