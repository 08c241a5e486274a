import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Program } from '../support/program.ts';
import { Stage } from '../support/stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.close());

const people = ['ada', 'bob', 'cleo'] as const;

function texts(program: Program): string[] {
  return program.lines.filter((line) => line.event === 'message').map((line) => String(line['text']));
}

function messages(count: number): (program: Program) => Promise<unknown> {
  return (program) =>
    program.until(() => (texts(program).length >= count ? true : undefined), `${count} messages`, 100_000);
}

describe('a conversation of three programs', () => {
  it('shows 1 000 lines to everybody in one order, none missing, none twice, each sent seen by its sender', async () => {
    const { url } = await stage.relay();
    await stage.host('host', 'tea', '--relay', url, '--rate', '1000');
    const pipes = people.map((nick) =>
      stage.program(nick, 'pipe', 'tea', '--relay', url, '--nick', nick, '--json'),
    );
    for (const pipe of pipes) await pipe.event('ready');
    // Everybody knows everybody before the first line, so that every transcript starts at the same place.
    for (const pipe of pipes) await pipe.until(() => everyone(pipe), 'three members');

    const said: string[] = [];
    for (let i = 0; i < 1_000; i++) {
      const text = `line ${i} of ${people[i % 3]}`;
      said.push(text);
      pipes[i % 3]?.send({ text, id: `own-${i}` });
    }
    await Promise.all(pipes.map(messages(1_000)));
    const [ada = [], ...others] = pipes.map(texts);
    for (const other of others) expect(other).toEqual(ada);
    expect([...ada].sort()).toEqual([...said].sort());
    for (const [at, pipe] of pipes.entries()) {
      const own = said.flatMap((_, i) => (i % 3 === at ? [`own-${i}`] : []));
      await pipe.event('sent', (line) => line['id'] === own.at(-1));
      const sent = pipe.lines.filter((line) => line.event === 'sent').map((line) => line['id']);
      expect(sent).toEqual(own);
      pipe.end();
      expect(await pipe.exited).toEqual({ code: 0, signal: null });
    }
  });
});

/** Members this pipe has heard of, itself included. */
function everyone(pipe: Program): true | undefined {
  const ready = pipe.lines.find((line) => line.event === 'ready');
  const members = Array.isArray(ready?.['members']) ? ready['members'].length : 0;
  const joins = pipe.lines.filter((line) => line.event === 'join' && line['nick'] !== ready?.['nick']).length;
  return members + joins >= people.length ? true : undefined;
}

describe('faults', () => {
  it('a host killed and restarted loses no line that was sent, and members come back by themselves', async () => {
    const { url } = await stage.relay();
    const args = ['tea', '--relay', url, '--rate', '1000'] as const;
    const first = await stage.host('host', ...args);
    const [ada, bob] = (['ada', 'bob'] as const).map((nick) =>
      stage.program(nick, 'pipe', 'tea', '--relay', url, '--nick', nick, '--json'),
    );
    if (!ada || !bob) throw new Error('two people');
    await Promise.all([ada.event('ready'), bob.event('ready')]);
    for (let i = 0; i < 50; i++) ada.send({ text: `before ${i}`, id: `b${i}` });
    await ada.event('sent', (line) => line['id'] === 'b20');
    first.program.kill('SIGKILL');
    await first.program.exited;
    await bob.event('state', (line) => line['state'] === 'host-offline');
    for (let i = 0; i < 20; i++) ada.send({ text: `away ${i}`, id: `a${i}` });
    const second = await stage.host('host', ...args);
    expect(second.ready['roomId']).toBe(first.ready['roomId']);
    expect(second.ready['log']).toBe(first.ready['log']);
    await ada.event('sent', (line) => line['id'] === 'a19');
    await Promise.all([ada, bob].map(messages(70)));
    const expected = [
      ...Array.from({ length: 50 }, (_, i) => `before ${i}`),
      ...Array.from({ length: 20 }, (_, i) => `away ${i}`),
    ];
    expect(texts(ada)).toEqual(expected);
    expect(texts(bob)).toEqual(expected);
    expect(bob.lines.filter((line) => line.event === 'gap')).toEqual([]);
  });

  it('a relay killed and restarted on its data loses no line that was sent', async () => {
    const first = await stage.relay();
    await stage.host('host', 'tea', '--relay', first.url, '--rate', '1000');
    const [ada, bob] = (['ada', 'bob'] as const).map((nick) =>
      stage.program(nick, 'pipe', 'tea', '--relay', first.url, '--nick', nick, '--json'),
    );
    if (!ada || !bob) throw new Error('two people');
    await Promise.all([ada.event('ready'), bob.event('ready')]);
    for (let i = 0; i < 30; i++) ada.send({ text: `before ${i}`, id: `b${i}` });
    await ada.event('sent', (line) => line['id'] === 'b10');
    first.program.kill('SIGKILL');
    await first.program.exited;
    for (let i = 0; i < 10; i++) bob.send({ text: `away ${i}`, id: `a${i}` });
    await stage.relay('relay', first.port);
    await bob.event('sent', (line) => line['id'] === 'a9');
    await Promise.all([ada, bob].map(messages(40)));
    expect(texts(ada)).toEqual(texts(bob));
    expect(new Set(texts(ada)).size).toBe(40);
    expect(texts(ada)).toHaveLength(40);
  });
});
