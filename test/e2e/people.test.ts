import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonLine, Program } from '../support/program.ts';
import { Stage } from '../support/stage.ts';

let stage: Stage;
let url: string;
beforeEach(async () => {
  stage = new Stage();
  ({ url } = await stage.relay());
  await stage.host('host', 'tea', '--relay', url);
});
afterEach(() => stage.close());

async function join(nick: string, home = nick): Promise<Program> {
  const args = ['pipe', 'tea', '--relay', url, '--nick', nick, '--json', '--follow'];
  const program = stage.program(home, ...args);
  await program.event('ready');
  return program;
}

let asked = 0;
/** What a typed line is answered: a notice, or a refusal that repeats its id. */
async function ask(program: Program, text: string): Promise<JsonLine> {
  const id = `ask ${++asked}`;
  const seen = program.lines.length;
  program.send({ text, id });
  const isAnswer = (line: JsonLine): boolean =>
    (line.event === 'notice' && line['code'] === 'answer') || (line.event === 'failed' && line['id'] === id);
  return program.until(() => program.lines.slice(seen).find(isAnswer), `an answer to ${text}`);
}
async function refusal(program: Program, text: string): Promise<unknown> {
  const { event, code } = await ask(program, text);
  return event === 'failed' ? code : event;
}
const keyOf = (program: Program): string =>
  String(program.lines.find(({ event }) => event === 'ready')?.['key']);

describe('people, by commands of a pipe', () => {
  it('are told about, compared by number, and refused by name where nobody is meant', async () => {
    const [ada, bob] = [await join('ada'), await join('bob')];
    await ada.event('join', ({ nick }) => nick === 'bob');
    const whois = await ask(ada, '/whois bob');
    expect(whois['text']).toContain(keyOf(bob));
    expect(whois['text']).toMatch(/Standing +not verified/);
    const number =
      String((await ask(ada, '/fingerprint bob'))['text'])
        .match(/\d{5}/g)
        ?.join(' ') ?? '';
    expect(number).toMatch(/^\d{5}( \d{5}){11}$/);
    expect(
      String((await ask(bob, '/fingerprint ada'))['text'])
        .match(/\d{5}/g)
        ?.join(' '),
    ).toBe(number);
    ada.send({ text: '/verify bob', id: 'verify' });
    expect(await ada.event('failed', ({ id }) => id === 'verify')).toMatchObject({ code: 'not-verified' });
    expect(
      await refusal(ada, `/verify bob ${number.replace(/^./, (digit) => String((Number(digit) + 1) % 10))}`),
    ).toBe('wrong-number');
    expect((await ask(ada, `/verify bob ${number}`))['text']).toMatch(/is verified/);
    expect((await ask(ada, '/wi bob'))['text']).toMatch(/Standing +verified/);
    expect((await ask(ada, '/members'))['text']).toMatch(/bob .*verified/);
    for (const [line, code] of [
      ['/whois', 'usage'],
      ['/whois nobody', 'no-such-person'],
      ['/fingerprint nobody', 'no-such-person'],
      ['/verify', 'usage'],
      ['/trust', 'usage'],
      ['/trust bob', 'nothing-to-trust'],
      ['/unignore bob', 'not-ignored'],
      ['/query', 'usage'],
      ['/query nobody', 'no-such-person'],
    ])
      expect(await refusal(ada, line ?? ''), line).toBe(code);
  });

  it('of a known name with another key are not written to before /trust: 77', async () => {
    const [ada, bob] = [await join('ada'), await join('bob')];
    await ada.event('join', ({ nick }) => nick === 'bob');
    ada.send({ text: '/whisper bob hi', id: 'hi' });
    await ada.event('whisper-delivered', ({ id }) => id === 'hi');
    bob.send('{"text":"/quit"}');
    await ada.event('leave', ({ nick }) => nick === 'bob');
    const fake = await join('bob', 'fake');
    const told = await ada.event('notice', ({ code }) => code === 'changed-key');
    expect(told).toMatchObject({ nick: 'bob', key: keyOf(fake) });
    expect(await refusal(ada, '/whisper bob secret')).toBe('changed-key');
    ada.send({ text: '/whisper bob secret' });
    const { text } = await ada.event('error', ({ code }) => code === 'changed-key');
    expect(text).toMatch(/bob~.{4}.*bob~.{4}.*\/trust bob~/);
    ada.end();
    await ada.close();
    const again = stage.program('ada', 'pipe', 'tea', '--relay', url, '--nick', 'ada', '--json');
    await again.event('ready');
    again.send({ text: `/whisper ${keyOf(fake)} secret` });
    again.end();
    expect(await again.exited).toMatchObject({ code: 77 });
    const trusting = await join('ada');
    expect((await ask(trusting, '/trust bob'))['text']).toMatch(/from now on/);
    trusting.send({ text: '/whisper bob hello', id: 'hello' });
    await trusting.event('whisper-delivered', ({ id }) => id === 'hello');
    await fake.event('whisper', ({ text: said }) => said === 'hello');
    expect(fake.lines.filter(({ event }) => event === 'whisper')).toHaveLength(1);
  });

  it('who are ignored are neither seen nor heard, and what others wrote meanwhile is in the inbox', async () => {
    const [ada, bob] = [await join('ada'), await join('bob')];
    await ada.event('join', ({ nick }) => nick === 'bob');
    expect((await ask(ada, '/ignore bob'))['text']).toMatch(/\/unignore bob~/);
    bob.send({ text: 'can you hear me?', id: 'line' });
    await bob.event('sent', ({ id }) => id === 'line');
    bob.send({ text: '/whisper ada psst', id: 'psst' });
    expect(await bob.event('whisper-failed', ({ id }) => id === 'psst')).toMatchObject({
      code: 'not-delivered',
      state: 'refused',
    });
    ada.send({ text: 'over', id: 'over' });
    await ada.event('sent', ({ id }) => id === 'over');
    expect(ada.stdout).not.toMatch(/can you hear me|psst/);
    await ask(ada, '/unignore bob');
    ada.send({ text: '/quit' });
    await ada.exited;
    bob.send({ text: '/whisper ada welcome back', id: 'back' });
    await bob.event('whisper-stored', ({ id }) => id === 'back');
    const again = await join('ada');
    await again.event('whisper', ({ text }) => text === 'welcome back');
    expect((await ask(again, '/inbox'))['text']).toMatch(/bob: welcome back$/);
    expect((await ask(again, '/deliver'))['text']).toMatch(/^Nothing new/);
  });
});
