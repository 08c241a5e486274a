import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Lan } from '../support/lan.ts';
import { Program } from '../support/program.ts';
import { Stage } from '../support/stage.ts';

const impossible = Lan.impossible();
if (impossible) console.warn(`lan.test.ts is left out: ${impossible}`);

describe.skipIf(impossible !== undefined)('on a network with no relay', () => {
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

  it('a room hosted on one computer is listed and joined on another by its name alone', async () => {
    const host = on(0, 'host', 'host', 'tea', '--topic', 'milk first');
    const ready = await host.event('ready');
    expect(ready).toMatchObject({ via: 'lan' });
    expect(ready['invite']).toMatch(/^tc:\/\/10\.77\.0\.1:\d+\//);
    const rooms = on(1, 'ada', 'rooms', '--json');
    await rooms.exited;
    expect(rooms.lines).toMatchObject([{ event: 'room', title: 'tea', topic: 'milk first', via: 'lan' }]);
    const ada = on(1, 'ada', 'pipe', 'tea', '--nick', 'ada', '--json');
    const bob = on(2, 'bob', 'pipe', 'tea', '--nick', 'bob', '--json');
    await Promise.all([ada.event('ready'), bob.event('ready')]);
    ada.send({ text: 'over the wire', id: '1' });
    await ada.event('sent');
    await bob.event('message', (line) => line['text'] === 'over the wire');
  });

  it('an invite leads from one computer to a private room on another', async () => {
    const host = on(0, 'host', 'host', 'club', '--private', '--code');
    const invite = String((await host.event('ready'))['invite']);
    const ada = on(1, 'ada', 'pipe', invite, '--no-lan', '--json');
    expect(await ada.event('ready')).toMatchObject({ room: 'club' });
  });

  it('a room that ends is gone from the others’ lists within seconds', async () => {
    const host = on(0, 'host', 'host', 'tea');
    await host.event('ready');
    host.kill('SIGTERM');
    await host.exited;
    const rooms = on(1, 'ada', 'rooms', '--json');
    expect((await rooms.exited).code).toBe(0);
    expect(rooms.lines).toEqual([]);
  });

  it('--no-lan keeps a room to its own computer, where it is found', async () => {
    const host = on(0, 'host', 'host', 'tea', '--no-lan');
    expect((await host.event('ready'))['invite']).toMatch(/^tc:\/\/127\.0\.0\.1:/);
    const elsewhere = on(1, 'ada', 'rooms', '--json');
    await elsewhere.exited;
    expect(elsewhere.lines).toEqual([]);
    const here = on(0, 'bob', 'rooms', '--json');
    await here.exited;
    expect(here.lines).toMatchObject([{ title: 'tea' }]);
  });
});
