import { cpSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Lan } from '../../support/lan.ts';
import { Program, type JsonLine } from '../../support/program.ts';
import { Stage } from '../../support/stage.ts';

const long = process.env['FAULTS_LONG'] === '1' || process.env['FAULTS'] === 'long';
const impossible = Lan.impossible();
if (impossible) console.warn(`lan-and-relay.test.ts is left out: ${impossible}`);

/** Computers: a host and a member on one network; the relay stands on a computer of its own. */
const HOST = 0;
const NEIGHBOUR = 1;
const RELAY = 2;

describe.skipIf(impossible !== undefined)('a room on the local network and at a relay', () => {
  let stage: Stage;
  let lan: Lan;
  const programs: Program[] = [];
  beforeEach(() => {
    stage = new Stage();
    lan = new Lan(3);
  });
  afterEach(async () => {
    await Promise.all(programs.splice(0).map((program) => program.close()));
    await stage.close();
    lan.close();
  });

  function on(host: number, home: string, ...args: string[]): Program {
    const env = {
      ...stage.env(home),
      CHAT_TUI_RUNTIME: stage.path(`run-${host}`),
      CHAT_TUI_LAN_INTERFACES: 'eth0',
    };
    const program = new Program(args, env, stage.folder, undefined, lan.at(host));
    programs.push(program);
    return program;
  }

  async function relay(): Promise<{ program: Program; url: string }> {
    const program = on(RELAY, 'relay', 'relay', '--listen', '10.77.0.3:1878', '--data', stage.path('relay'));
    await program.event('listening');
    return { program, url: 'ws://10.77.0.3:1878' };
  }

  const heard = (program: Program): string[] =>
    program.lines.filter(({ event }) => event === 'message').map(({ text }) => String(text));
  it('is entered over the network, and goes on over either line without the other', async () => {
    const { url } = await relay();
    const host = on(HOST, 'host', 'host', 'tea', '--relay', url, '--rate', '1000');
    await host.event('state', ({ via, state }) => via === 'lan' && state === 'online');
    const far = on(RELAY, 'bob', 'pipe', 'tea', '--relay', url, '--nick', 'bob', '--json', '--no-lan');
    expect(await far.event('ready')).toMatchObject({ via: 'relay' });
    const ada = on(NEIGHBOUR, 'ada', 'pipe', 'tea', '--relay', url, '--nick', 'ada', '--json');
    let news = 0;
    const adaMoves = async (via: string): Promise<void> => {
      const fits = (line: JsonLine): boolean =>
        line['nick'] === 'ada' && line['via'] === via && far.lines.indexOf(line) >= news;
      await far.event('presence', fits, 45_000);
      news = far.lines.length;
    };
    await adaMoves('lan');
    const texts: string[] = [];
    const say = async (program: Program, text: string): Promise<void> => {
      texts.push(text);
      program.send({ text, id: text });
      await program.event('sent', ({ id }) => id === text);
    };
    await say(ada, 'one');
    await say(far, 'two');
    lan.cut(RELAY);
    await say(ada, 'without the relay');
    lan.heal(RELAY);
    await far.event('message', ({ text }) => text === 'without the relay');
    lan.part(HOST, NEIGHBOUR);
    await say(ada, 'without the network');
    await adaMoves('relay');
    await say(far, 'both at the relay');
    // Trust in a line that was lost comes back slowly.
    if (long) {
      lan.rejoin(HOST, NEIGHBOUR);
      await adaMoves('lan');
    }
    await say(ada, 'the end');
    await Promise.all([ada, far].map((one) => one.event('message', ({ text }) => text === 'the end')));
    expect(heard(ada)).toEqual(texts);
    expect(heard(far)).toEqual(texts);
    expect([...ada.lines, ...far.lines].filter(({ event }) => event === 'gap')).toEqual([]);
  });

  it('that was copied to another computer is served by one of them, with a relay and without', async () => {
    for (const relayed of long ? [false, true] : [false]) {
      const name = relayed ? 'coffee' : 'tea';
      const at = relayed ? ['--relay', (await relay()).url] : [];
      const first = on(HOST, name, 'host', name, ...at);
      const { roomId } = await first.event('ready');
      const ada = on(RELAY, `ada-${name}`, 'pipe', name, ...at, '--nick', 'ada', '--json', '--follow');
      await ada.event('ready');
      ada.send({ text: 'before', id: '1' });
      await ada.event('sent');
      first.kill('SIGTERM');
      await first.exited;
      cpSync(stage.path(name), stage.path(`${name}-moved`), { recursive: true });
      const again = on(HOST, name, 'host', name, ...at);
      await again.event('ready');
      const moved = on(NEIGHBOUR, `${name}-moved`, 'host', name, ...at);
      await moved.event('state', ({ reason }) => reason === 'taken');
      await ada.event('state', ({ state }) => state === 'online');
      ada.send({ text: 'in between', id: '2' });
      await ada.event('sent', ({ id }) => id === '2');
      expect(moved.lines.filter(({ event }) => event === 'ready')).toEqual([]);
      again.kill('SIGTERM');
      await again.exited;
      expect(await moved.event('ready', () => true, 45_000)).toMatchObject({ roomId });
    }
  });

  it('stands in one list with rooms of the network and rooms of the relay', async () => {
    const { url } = await relay();
    await on(RELAY, 'far', 'host', 'far', '--relay', url, '--no-lan').event('ready');
    await on(HOST, 'near', 'host', 'near').event('ready');
    const both = on(HOST, 'both', 'host', 'both', '--relay', url);
    await both.event('state', ({ via, state }) => via === 'lan' && state === 'online');
    const rooms = on(NEIGHBOUR, 'ada', 'rooms', '--relay', url, '--json');
    expect((await rooms.exited).code).toBe(0);
    expect(rooms.lines.map(({ title, via }) => `${String(title)} ${String(via)}`)).toEqual([
      'both lan',
      'far relay',
      'near lan',
    ]);
  });
});
