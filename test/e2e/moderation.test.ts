import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonLine, Program } from '../support/program.ts';
import { Stage } from '../support/stage.ts';

let stage: Stage;
let url: string;
beforeEach(async () => {
  stage = new Stage();
  ({ url } = await stage.relay());
});
afterEach(() => stage.close());

/** The owner's own pipe beside its host without a screen, and members. */
async function room(...nicks: readonly string[]): Promise<Record<string, Program>> {
  await stage.host('owner', 'tea', '--relay', url, '--rate', '1000', '--nick', 'olga');
  const pipes: Record<string, Program> = {};
  for (const nick of ['olga', ...nicks]) pipes[nick] = await pipe(nick === 'olga' ? 'owner' : nick, nick);
  return pipes;
}

async function pipe(home: string, nick: string, ...more: readonly string[]): Promise<Program> {
  const args = ['pipe', 'tea', '--relay', url, '--nick', nick, '--json', '--follow', ...more];
  const program = stage.program(home, ...args);
  await program.event('ready');
  return program;
}

/** Types a line and waits for what became of it: `sent`, `failed` or an answer. */
let typed = 0;
async function type(program: Program | undefined, text: string): Promise<JsonLine> {
  if (!program) throw new Error('nobody of that name');
  const id = `typed-${++typed}`;
  program.send({ text, id });
  const done = () => program.lines.find((line) => line['id'] === id && /sent|failed/.test(line.event));
  return await program.until(done, `answer to ${text}`);
}

async function refused(program: Program | undefined, text: string): Promise<unknown> {
  const outcome = await type(program, text);
  return outcome.event === 'failed' ? outcome['code'] : outcome.event;
}

function count(program: Program | undefined, event: string): number {
  return (program?.lines ?? []).filter((line) => line.event === event).length;
}

describe('moderation by programs', () => {
  it('kicks, and refuses it where it must', async () => {
    const { olga, ada, bob } = await room('ada', 'bob');
    expect(await refused(ada, '/kick bob')).toBe('not-allowed');
    expect(await refused(olga, '/kick olga')).toBe('target-self');
    expect(await refused(olga, '/k nobody')).toBe('no-such-member');
    expect(await refused(olga, '/op ada')).toBe('sent');
    await ada?.event('role', (line) => line['nick'] === 'ada' && line['role'] === 'op');
    expect(await refused(ada, '/kick olga')).toBe('target-owner');
    expect(await refused(ada, '/op bob')).toBe('not-allowed');
    expect(await refused(ada, '/k bob that is enough')).toBe('sent');
    expect(await olga?.event('kick')).toMatchObject({ nick: 'bob', by: 'ada', reason: 'that is enough' });
    expect(await bob?.event('error', ({ code }) => code === 'kicked')).toMatchObject({
      reason: 'that is enough',
    });
    expect(await bob?.exited).toMatchObject({ code: 77 });
    expect(await refused(ada, 'bob cannot read this')).toBe('sent');
    const back = await pipe('bob', 'bob', '--history', '50');
    expect(await refused(back, 'hello again')).toBe('sent');
    expect(back.stdout).not.toContain('bob cannot read this');
    expect(await refused(olga, '/deop ada')).toBe('sent');
    await ada?.event('role', (line) => line['role'] === 'member');
    expect(await refused(ada, '/kick bob')).toBe('not-allowed');
  });

  it('bans by key, for a time, and lists and lifts it', async () => {
    const { olga, ada, bob } = await room('ada', 'bob');
    expect(await refused(ada, '/ban bob')).toBe('not-allowed');
    expect(await refused(ada, '/unban bob')).toBe('not-allowed');
    ada?.send({ text: '/bans', id: 'ada-bans' });
    await ada?.event('failed', (line) => line['id'] === 'ada-bans' && line['code'] === 'not-allowed');
    expect(await refused(olga, '/ban olga')).toBe('target-self');
    expect(await refused(olga, '/ban bob 2h spam, and more of it')).toBe('sent');
    expect(await ada?.event('ban')).toMatchObject({
      nick: 'bob',
      by: 'olga',
      forMs: 7_200_000,
      reason: 'spam, and more of it',
    });
    expect(await bob?.exited).toMatchObject({ code: 77 });
    const other = stage.program('bob', 'pipe', 'tea', '--relay', url, '--nick', 'robert', '--json');
    expect(await other.exited).toMatchObject({ code: 77 });
    expect(other.stdout).toMatch(
      /banned from this room for 2 h more\. The reason given: spam, and more of it/,
    );
    olga?.send({ text: '/bans' });
    expect(await olga?.event('notice', ({ code }) => code === 'answer')).toMatchObject({
      text: expect.stringMatching(/^bob~\w{4} +2 h left +by olga +spam, and more of it$/),
    });
    expect(await refused(olga, '/unban nobody')).toBe('no-change');
    expect(await refused(olga, '/ub bob')).toBe('sent');
    await ada?.event('unban', (line) => line['nick'] === 'bob');
    await pipe('bob', 'bob');
  });

  it('silences, slows and filters members, not operators', async () => {
    const { olga, ada } = await room('ada');
    expect(await refused(ada, '/silence olga')).toBe('not-allowed');
    expect(await refused(olga, '/silence ada soon')).toBe('usage');
    expect(await refused(olga, '/silence ada 10m')).toBe('sent');
    expect(await ada?.event('mute')).toMatchObject({ nick: 'ada', by: 'olga', on: true, forMs: 600_000 });
    expect(await refused(ada, 'may I?')).toBe('muted');
    expect(await refused(olga, '/silence ada off')).toBe('sent');
    await ada?.event('mute', (line) => line['on'] === false);
    expect(await refused(ada, 'thank you')).toBe('sent');
    expect(await refused(olga, '/filter links on')).toBe('sent');
    expect(await refused(olga, '/filter invites on')).toBe('sent');
    expect(await refused(ada, '/filter links off')).toBe('not-allowed');
    expect(await refused(ada, 'see https://example.org')).toBe('links-filtered');
    expect(await refused(ada, 'come to tc://localhost/abc')).toBe('invites-filtered');
    expect(await refused(olga, 'see https://example.org')).toBe('sent');
    expect(await refused(olga, '/slow 9999999')).toBe('usage');
    expect(await refused(ada, '/slow 1')).toBe('not-allowed');
    expect(await refused(olga, '/slow 1')).toBe('sent');
    await ada?.event('slow', (line) => line['seconds'] === 1);
    // The client waits for its turn instead of failing.
    const before = Date.now();
    expect(await refused(ada, 'one')).toBe('sent');
    expect(await refused(ada, 'two')).toBe('sent');
    expect(Date.now() - before).toBeGreaterThan(800);
    expect(await refused(ada, '/motd hello')).toBe('not-allowed');
    expect(await refused(olga, '/motd mind the cat')).toBe('sent');
    const cleo = await pipe('cleo', 'cleo');
    expect(await cleo.event('ready')).toMatchObject({ motd: 'mind the cat' });
  });

  it('changes lines for everybody, also for whoever comes later', async () => {
    const { olga, ada } = await room('ada');
    expect(await refused(ada, '/edit nothing yet')).toBe('no-such-line');
    ada?.send({ text: 'helo' });
    expect(await refused(ada, '/edit hello')).toBe('sent');
    expect(await olga?.event('edit')).toMatchObject({ nick: 'ada', text: 'hello', history: false });
    expect(await refused(olga, '/react :+1: ada')).toBe('sent');
    expect(await ada?.event('react')).toMatchObject({ nick: 'olga', emoji: '+1', on: true });
    expect(await refused(olga, '/react :nosuch:')).toBe('usage');
    expect(await refused(ada, '/quote olga what?')).toBe('no-such-line');
    expect(await refused(olga, 'secret')).toBe('sent');
    await ada?.event('message', ({ text }) => text === 'secret');
    expect(await refused(ada, '/delete olga')).toBe('not-allowed');
    expect(await refused(ada, 'rude')).toBe('sent');
    await olga?.event('message', ({ text }) => text === 'rude');
    expect(await refused(olga, '/delete ada')).toBe('sent');
    const gone = await ada?.event('delete');
    expect(gone).toMatchObject({ nick: 'olga' });
    expect(await refused(olga, '/quote ada hello to you')).toBe('sent');
    expect(await refused(olga, '/delete')).toBe('sent');
    expect(await refused(olga, '/delete')).toBe('sent');
    expect(await refused(olga, '/quote ada so it is')).toBe('sent');
    const cleo = await pipe('cleo', 'cleo', '--history', '50');
    await cleo.until(() => (count(cleo, 'message') >= 5 ? true : undefined), 'five messages');
    const seen = cleo.lines
      .filter(({ event }) => event === 'message')
      .map(({ nick, text, edited, deleted, by, re }) => ({ nick, text, edited, deleted, by, re }));
    expect(seen).toMatchObject([
      { nick: 'ada', text: 'hello', edited: true },
      { nick: 'olga', text: '', deleted: true, by: 'olga' },
      { nick: 'ada', text: '', deleted: true, by: 'olga' },
      { nick: 'olga', text: '', deleted: true, by: 'olga' },
      { nick: 'olga', text: 'so it is', re: { nick: 'ada', text: 'hello' } },
    ]);
    expect(cleo.lines.find(({ text }) => text === 'hello')).toMatchObject({
      reactions: [{ emoji: '+1', keys: [(await olga?.event('ready'))?.['key']] }],
    });
    const saved = async (format: string): Promise<string> => {
      const file = stage.path(`tea.${format}`);
      const save = stage.program('cleo', 'save', 'tea', file, '--format', format);
      expect(await save.exited).toMatchObject({ code: 0 });
      return readFileSync(file, 'utf8');
    };
    const txt = await saved('txt');
    expect(txt).toMatch(/<ada> hello \(edited\) \[👍 1\]/);
    expect(txt).toContain('<ada> (taken back by olga)');
    expect(txt).toMatch(/<olga> > ada: hello\n {22}so it is/);
    expect(await saved('md')).toContain('**ada:** hello (edited) [👍 1]');
    const { lines } = JSON.parse(await saved('json')) as { lines: object[] };
    expect(lines).toContainEqual(expect.objectContaining({ text: 'hello', edited: true }));
    for (const written of [txt, cleo.stdout]) expect(written).not.toMatch(/secret|rude|helo/);
  });
});
