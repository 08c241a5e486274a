import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../support/program.ts';
import { Stage } from '../support/stage.ts';

const text = readFileSync(fileURLToPath(new URL('../../docs/operations.md', import.meta.url)), 'utf8');
const exempt = '<!-- not run by the checks: ';

/** Fenced blocks with what stands before them. */
const blocks = [...text.matchAll(/^```(\w*)\n(.*?)^```/gms)].map((match) => ({
  language: match[1] ?? '',
  content: match[2] ?? '',
  before: text.slice(0, match.index).trimEnd().split('\n').at(-1) ?? '',
}));
const commands = blocks
  .filter(({ language }) => language === 'sh')
  .flatMap(({ content }) => content.replace(/\\\n\s*/g, '').split('\n'))
  .map((line) => line.trim())
  .filter((line) => line !== '' && !line.startsWith('#'));
const settings = blocks.find(({ language, content }) => language === 'json' && content.includes('"listen"'));

describe('every command of docs/operations.md does what it says', () => {
  let stage: Stage;
  let url = '';
  beforeAll(async () => {
    stage = new Stage();
    writeFileSync(stage.path('terms.txt'), 'Be kind.\n');
    writeFileSync(stage.path('relay.json'), here(settings?.content ?? ''));
    ({ url } = await stage.relay());
  });
  afterAll(() => stage.close());

  /** The documented places, put into the test's folder and onto its relay. */
  function here(command: string): string {
    return command
      .replaceAll('/var/lib/chat-tui', stage.path('data'))
      .replaceAll('/etc/chat-tui/', `${stage.folder}/`)
      .replaceAll('0.0.0.0:1878', '127.0.0.1:0')
      .replaceAll('wss://chat.example.org', url);
  }

  it('has commands and a configuration to try', () => {
    expect(commands.length).toBeGreaterThan(4);
    expect(settings).toBeDefined();
  });

  it.each(commands)('%s', async (command) => {
    const [program, ...args] = (here(command).match(/"[^"]*"|'[^']*'|\S+/g) ?? []).map((word) =>
      word.replace(/^(["'])(.*)\1$/, '$2'),
    );
    expect(program).toBe('chat-tui');
    expect(await outcome(args)).toMatchObject({ code: 0, stderr: '' });
  });

  /** A service is ended once it is up; all else ends by itself. */
  async function outcome(args: readonly string[]): Promise<{ code: number | null; stderr: string }> {
    const started = { relay: 'listening', host: 'ready' }[args[0] ?? ''];
    const steers = args[0] === 'relay' && (!args[1]?.startsWith('-') || args.includes('--check-config'));
    if (started === undefined || steers)
      return run(args, { env: { ...stage.env('operator'), CHAT_TUI_RELAY_DATA: stage.path('relay') } });
    const running = stage.program('service', ...args);
    await running.event(started);
    running.kill('SIGTERM');
    return { ...(await running.exited), stderr: running.stderr };
  }

  it('and where one is not tried, it is said why', () => {
    const untried = blocks.filter(({ language, content }) => language === '' && /^[a-z-]+ \S/m.test(content));
    expect(untried.length).toBeGreaterThan(0);
    for (const { before, content } of untried) expect(before, content).toContain(exempt);
  });
});
