import { describe, expect, it, vi } from 'vitest';
import { exitCodes, type ExitCode } from '../../src/shared/exit-codes.ts';
import { inputLines, MAX_INPUT_LINE, parseJsonLine, type InputLine } from '../../src/pipe/input-lines.ts';
import type { JsonEvent } from '../../src/pipe/json-events.ts';
import { jsonPrinter } from '../../src/pipe/json-printer.ts';
import { JoinRefused, runPipe, type PipeOptions } from '../../src/pipe/pipe.ts';
import { textPrinter } from '../../src/pipe/text-printer.ts';
import { memorySettings } from '../../src/client/profile/settings.ts';
import { MemoryClient } from '../support/memory-client.ts';
import { newMessageId } from '../support/memory-room.ts';
import { MemoryWorld } from '../support/memory-world.ts';

function rig() {
  const world = new MemoryWorld();
  const host = new MemoryClient(world, 'host');
  const tea = world.addRoom({ title: 'tea', owner: host.self });
  const ada = new MemoryClient(world, 'ada');
  const events: JsonEvent[] = [];
  const pipe = (
    input: readonly (InputLine | { unreadable: string })[],
    options: Partial<PipeOptions> = {},
  ): Promise<ExitCode> =>
    runPipe({
      client: ada,
      join: () => ada.join('tea'),
      input: stream(input),
      printer: jsonPrinter((event) => events.push(event), ada),
      history: 0,
      follow: false,
      version: '1.2.3',
      savedRelays: { add: () => true, remove: () => undefined, prefer: () => undefined },
      settings: memorySettings(),
      place: { cwd: '/nowhere', home: '/nowhere' },
      asked: new Promise(() => undefined),
      ...options,
    });
  const named = (name: string) => events.filter(({ event }) => event === name);
  return { world, host, tea, ada, events, pipe, named };
}

async function* stream<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items;
}

describe('a pipe', () => {
  it('says every line, tells each sent by the caller’s id, and leaves', async () => {
    const { pipe, named, tea } = rig();
    const lines = Array.from({ length: 200 }, (_, i) => ({ text: `line ${i}`, ref: `own-${i}` }));
    expect(await pipe(lines)).toBe(exitCodes.done);
    expect(named('sent').map(({ id }) => id)).toEqual(lines.map(({ ref }) => ref));
    expect(named('message').map(({ text }) => text)).toEqual(lines.map(({ text }) => text));
    expect(tea.members.size).toBe(0);
  });

  it('begins with ready, with every field of the contract', async () => {
    const { pipe, named } = rig();
    await pipe([]);
    expect(Object.keys(named('ready')[0] ?? {})).toEqual([
      'event',
      'room',
      'roomId',
      'title',
      'nick',
      'key',
      'role',
      'via',
      'relay',
      'relayName',
      'log',
      'seq',
      'members',
    ]);
  });

  it('prints no history unless asked, and then the newest messages before anything newer', async () => {
    const { pipe, named, tea, host } = rig();
    for (let i = 0; i < 5; i++) tea.speak(host.self, `old ${i}`);
    await pipe([{ text: 'new' }], { history: 2 });
    expect(named('message').map(({ text, history }) => [text, history])).toEqual([
      ['old 3', true],
      ['old 4', true],
      ['new', false],
    ]);
    const plain = rig();
    plain.tea.speak(plain.host.self, 'old');
    await plain.pipe([{ text: 'new' }]);
    expect(plain.named('message').map(({ text }) => text)).toEqual(['new']);
  });

  it('obeys commands, answers them as notices, and never says an unknown one', async () => {
    const { pipe, named } = rig();
    const code = await pipe([
      { text: '/version', ref: 'v' },
      { text: '/frobnicate now', ref: 'x' },
      { text: '//slash' },
    ]);
    expect(named('notice')).toMatchObject([{ id: 'v', text: expect.stringContaining('1.2.3') }]);
    expect(named('failed')).toMatchObject([{ id: 'x' }]);
    expect(named('message').map(({ text }) => text)).toEqual(['/slash']);
    expect(code).toBe(exitCodes.usage);
  });

  it('refuses what only a screen can do, so that no line is without an answer', async () => {
    const { pipe, named } = rig();
    const lines = ['/clear', '/win 2', '/keys', '/open'].map((text) => ({ text, ref: text }));
    expect(await pipe(lines)).toBe(exitCodes.usage);
    expect(named('failed').map(({ id, code }) => [id, code])).toEqual(
      lines.map(({ ref }) => [ref, 'no-screen']),
    );
  });

  it('says that a line of input is unreadable and goes on', async () => {
    const { pipe, named } = rig();
    await pipe([{ unreadable: 'no object' }, { text: 'still here' }]);
    expect(named('error')).toMatchObject([{ text: 'no object' }]);
    expect(named('message').map(({ text }) => text)).toEqual(['still here']);
  });

  it('tells what became of an unreadable line by the caller’s id', async () => {
    const { pipe, named } = rig();
    expect(await pipe([{ unreadable: 'no text', ref: 'x' }])).toBe(exitCodes.usage);
    expect(named('failed')).toMatchObject([{ id: 'x', code: 'usage', text: 'no text' }]);
  });

  it('tells a new nick by the caller’s id, and waits until it is with the host', async () => {
    const { pipe, named, tea } = rig();
    tea.hold();
    const running = pipe([{ text: '/nick lady', ref: 'n' }]);
    await vi.waitFor(() => expect(named('notice')).toHaveLength(1));
    expect(named('sent')).toEqual([]);
    tea.flush();
    expect(await running).toBe(exitCodes.done);
    expect(named('sent')).toMatchObject([{ id: 'n' }]);
  });

  it.each(['/leave gone', '/quit gone'])('ends with %s, after what was typed before it', async (last) => {
    const { pipe, named, tea } = rig();
    const lines = [{ text: 'one', ref: '1' }, { text: last }, { text: 'two', ref: '2' }];
    tea.hold();
    const running = pipe(lines, { follow: true });
    await new Promise((resolve) => setImmediate(resolve));
    tea.flush();
    expect(await running).toBe(exitCodes.done);
    expect([...named('sent'), ...named('failed')].map(({ id }) => id)).toEqual(['1']);
    expect(tea.lines.at(-1)).toMatchObject({ kind: 'leave', reason: 'gone' });
  });

  it('exits with what failed, however it is ended', async () => {
    const { pipe } = rig();
    expect(await pipe([{ text: '/frobnicate' }, { text: '/quit' }])).toBe(exitCodes.usage);
  });

  it('stays in its one room, and opens none', async () => {
    const { pipe, named, world, host } = rig();
    world.addRoom({ title: 'green', owner: host.self });
    await pipe([
      { text: '/join green', ref: 'j' },
      { text: '/host mine', ref: 'h' },
    ]);
    expect(named('failed')).toMatchObject([
      { id: 'j', code: 'no-screen', text: expect.stringContaining('chat-tui pipe ROOM') },
      { id: 'h', code: 'no-screen', text: expect.stringContaining('chat-tui host NAME') },
    ]);
    expect(named('ready')).toHaveLength(1);
  });

  it('reports a failed line and exits with its code', async () => {
    const { pipe, named, tea } = rig();
    tea.nextFailure = 'not-allowed';
    expect(await pipe([{ text: 'no', ref: 'n' }])).toBe(exitCodes.refused);
    expect(named('failed')).toMatchObject([{ id: 'n', code: 'not-allowed' }]);
  });

  it('ends with /quit even when it follows', async () => {
    const { pipe } = rig();
    expect(await pipe([{ text: '/quit' }], { follow: true })).toBe(exitCodes.done);
  });

  it('ends when it is asked to', async () => {
    const { pipe } = rig();
    expect(await pipe([], { follow: true, asked: Promise.resolve(exitCodes.interrupted) })).toBe(
      exitCodes.interrupted,
    );
  });

  it('refuses by exception when the room does', async () => {
    const { pipe, ada } = rig();
    ada.refuseNext('join', 'room-full');
    await expect(pipe([])).rejects.toBeInstanceOf(JoinRefused);
  });

  it('tells whispers, and what becomes of its own', async () => {
    const { pipe, named, host, ada } = rig();
    await host.join('tea');
    await pipe([{ text: '/whisper host psst', ref: 'w' }]);
    expect(named('whisper-delivered')).toMatchObject([{ id: 'w' }]);
    const heard = rig();
    await heard.host.join('tea');
    const running = heard.pipe([], {
      follow: true,
      asked: soon(() => heard.host.whisper('ada', 'hello you')),
    });
    await running;
    expect(heard.named('whisper')).toMatchObject([{ nick: 'host', text: 'hello you' }]);
    expect(ada.closed).toBe(false);
  });

  it('says of a whisper that nobody fetched what has become of it', async () => {
    const { pipe, named, ada } = rig();
    await pipe([], {
      follow: true,
      asked: soon(async () =>
        ada.emit({ type: 'whisper-state', id: newMessageId(), state: 'expired', ref: 'w' }),
      ),
    });
    expect(named('whisper-failed')).toMatchObject([
      { id: 'w', state: 'expired', text: expect.stringContaining('never fetched') },
    ]);
  });

  it.each([
    ['expired', undefined, exitCodes.tryLater, /never fetched/],
    ['refused', 'mailbox-full', exitCodes.tryLater, /mailbox/i],
    ['refused', undefined, exitCodes.refused, /Not delivered/],
  ] as const)(
    'waits for a whisper, and exits with what became of it: %s %s',
    async (state, code, exit, words) => {
      const { pipe, host, ada } = rig();
      await host.join('tea');
      const [id, err] = [newMessageId(), [] as string[]];
      const whisper = {
        id,
        at: 0,
        sentAt: 0,
        mine: true,
        text: 'psst',
        with: host.self,
        state: 'waiting',
      } as const;
      ada.whisper = async () => {
        setImmediate(() =>
          ada.emit({ type: 'whisper-state', id, state, nick: 'host', ...(code ? { code } : {}) }),
        );
        return { ok: true, value: whisper };
      };
      const printer = textPrinter(
        () => undefined,
        (line) => err.push(line),
      );
      expect(await pipe([{ text: '/whisper host psst' }], { printer })).toBe(exit);
      expect(err).toEqual([expect.stringMatching(words)]);
    },
  );

  it('says that the archive would not take something, to programs and to people', async () => {
    const { pipe, named, ada } = rig();
    const err: string[] = [];
    const failing = () => ({
      follow: true,
      asked: soon(async () => ada.emit({ type: 'archive-failed', text: 'Not all is kept.' })),
    });
    await pipe([], failing());
    const printer = textPrinter(
      () => undefined,
      (line) => err.push(line),
    );
    await pipe([], { ...failing(), printer });
    expect(named('notice')).toMatchObject([{ code: 'archive-failed', text: 'Not all is kept.' }]);
    expect(err).toContain('Not all is kept.');
  });

  it('whispers what follows /query to that person, until /leave', async () => {
    const { pipe, named, host, tea } = rig();
    await host.join('tea');
    const code = await pipe([
      { text: '/query nobody' },
      { text: '/query host' },
      { text: 'psst', ref: 'w' },
      { text: '/me whispers', ref: 'me' },
      { text: '/part' },
      { text: 'hello, all', ref: 'all' },
    ]);
    expect(code).toBe(exitCodes.usage);
    expect(named('error')).toMatchObject([{ code: 'no-such-person' }]);
    expect(named('notice').map(({ text }) => text)).toEqual([
      expect.stringMatching(/^Lines are whispers to host~.{4} from here on; \/leave ends that\.$/),
      'Lines are for tea again.',
    ]);
    expect(host.whispers(9).map(({ text }) => text)).toEqual(['psst', '/me whispers']);
    const said = tea.lines.flatMap((line) => (line.kind === 'text' || line.kind === 'me' ? [line.text] : []));
    expect(said).toEqual(['hello, all']);
  });
});

async function soon(act: () => Promise<unknown>): Promise<ExitCode> {
  await new Promise((resolve) => setImmediate(resolve));
  await act();
  return exitCodes.done;
}

describe('a pipe of text', () => {
  it('says once that the host is away, and that it is back', async () => {
    const { pipe, tea, ada } = rig();
    const [out, err]: [string[], string[]] = [[], []];
    const printer = textPrinter(
      (line) => out.push(line),
      (line) => err.push(line),
    );
    const running = pipe([{ text: 'hello' }], {
      printer,
      join: async () => {
        const joined = await ada.join('tea');
        tea.setHostAway(true);
        tea.setHostAway(true);
        return joined;
      },
    });
    await vi.waitFor(() => expect(err).toEqual(['Host is away: your lines wait here for up to 24 h.']));
    tea.setHostAway(false);
    expect(await running).toBe(exitCodes.done);
    expect(err.slice(1)).toEqual(['Connected again.']);
    expect(out.at(-1)).toMatch(/<ada> hello$/);
  });
});

describe('input lines', () => {
  async function split(...chunks: string[]): Promise<string[]> {
    const lines: string[] = [];
    for await (const line of inputLines(stream(chunks))) lines.push(line);
    return lines;
  }

  it('come whole wherever the chunks are cut, the last one without an end too', async () => {
    expect(await split('one\ntw', 'o\r\nthree')).toEqual(['one', 'two', 'three']);
  });

  it('are cut at their bound, so that no input grows without end', async () => {
    const [line] = await split('x'.repeat(MAX_INPUT_LINE), 'y'.repeat(MAX_INPUT_LINE));
    expect(line).toHaveLength(MAX_INPUT_LINE + 1);
  });

  it('are read as objects with a text and perhaps an id', () => {
    expect(parseJsonLine('{"text":"a\\nb","id":"7"}')).toEqual({ text: 'a\nb', ref: '7' });
    for (const bad of ['', 'x', '[]', '{"text":7}', '{}', 'null', '7'])
      expect(parseJsonLine(bad), bad).toEqual({
        unreadable: 'A line of input is not a {"text": …, "id"?: …} object; not sent.',
      });
  });

  it('that cannot be said are told by the caller’s id where that can be read, and why', () => {
    expect(parseJsonLine('{"id":"x"}')).toMatchObject({ ref: 'x' });
    expect(parseJsonLine(`{"text":"a","id":"${'x'.repeat(129)}"}`)).toEqual({
      unreadable: 'The id of a line of input is a text of at most 128 characters; not sent.',
    });
    expect(parseJsonLine('{"text":"a","id":7}')).toMatchObject({ unreadable: expect.stringContaining('id') });
    expect(parseJsonLine(`{"text":"${'x'.repeat(MAX_INPUT_LINE)}"}`)).toEqual({
      unreadable: `A line of input has more than ${MAX_INPUT_LINE} characters; not sent.`,
    });
  });

  it('may begin with a byte order mark', async () => {
    expect(await split('\uFEFFone\n', '\uFEFFtwo')).toEqual(['one', '\uFEFFtwo']);
  });
});
