import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import dnsPacket from 'dns-packet';
import { fromBase32 } from '../../src/shared/base32.ts';
import { Capture } from '../support/capture.ts';
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

  it('rooms are found and entered over IPv6 alone, by addresses that only mean something on this link', async () => {
    for (const computer of [0, 1]) lan.withoutV4(computer);
    await on(0, 'host', 'host', 'tea').event('ready');
    const ada = on(1, 'ada', 'pipe', 'tea', '--nick', 'ada', '--json');
    expect((await ada.event('ready'))['relay']).toMatch(/^ws:\/\/\[fe80:[0-9a-f:]+%eth0\]:\d+$/);
    ada.send({ text: 'without an address', id: '1' });
    await ada.event('sent');
  });

  it('rooms of two programs on one computer are both listed, here and there', async () => {
    await on(0, 'one', 'host', 'tea').event('ready');
    await on(0, 'two', 'host', 'coffee').event('ready');
    for (const computer of [0, 1]) {
      const rooms = on(computer, 'ada', 'rooms', '--json');
      await rooms.exited;
      expect(rooms.lines.map(({ title }) => title)).toEqual(['coffee', 'tea']);
    }
  });

  it('a host that gets another address is found there, and its members come back', async () => {
    await on(0, 'host', 'host', 'tea', '--rate', '100').event('ready');
    const ada = on(1, 'ada', 'pipe', 'tea', '--nick', 'ada', '--json', '--follow');
    await ada.event('ready');
    ada.send({ text: 'before', id: '1' });
    await ada.event('sent');
    lan.readdress(0, '10.77.0.99');
    ada.send({ text: 'after', id: '2' });
    await ada.event('sent', ({ id }) => id === '2', 60_000);
    expect(ada.lines.findLast(({ event }) => event === 'ready')?.['relay']).toMatch(/10\.77\.0\.99|fe80/);
  });

  it('where multicast is eaten nothing is listed, doctor says why, and the invite leads there', async () => {
    lan.deafen(0);
    lan.deafen(1);
    const invite = String((await on(0, 'host', 'host', 'tea').event('ready'))['invite']);
    const rooms = on(1, 'ada', 'rooms', '--json');
    await rooms.exited;
    expect(rooms.lines).toEqual([]);
    const doctor = on(1, 'ada', 'doctor');
    expect((await doctor.exited).code).toBe(0);
    expect(doctor.stdout).toMatch(/network +eth0 10\.77\.0\.2: nobody else is heard/);
    expect(doctor.stdout).toContain('may eat multicast (UDP 5353)');
    expect(doctor.stdout).toContain('/connect HOST:PORT');
    const ada = on(1, 'ada', 'pipe', invite, '--nick', 'ada', '--json');
    expect(await ada.event('ready')).toMatchObject({ room: 'tea' });
  });

  it('nothing of a talk can be read on the wire, and nothing is announced but a random name, a port and an address', async () => {
    const capture = await Capture.start(lan.everywhere);
    try {
      const host = on(
        0,
        'host',
        'host',
        'quiet corner',
        '--nick',
        'hortensia',
        '--private',
        '--code',
        '--topic',
        'pianos',
      );
      const invite = String((await host.event('ready'))['invite']);
      const ada = on(1, 'ada', 'pipe', invite, '--nick', 'adelaide', '--json');
      const bob = on(2, 'bob', 'pipe', invite, '--nick', 'bartholomew', '--json');
      await Promise.all([ada.event('ready'), bob.event('ready')]);
      ada.send({ text: 'the elephants dance at midnight', id: '1' });
      await bob.event('message', ({ text }) => text === 'the elephants dance at midnight');
      ada.send({ text: '/whisper bartholomew bring umbrellas', id: '2' });
      await bob.event('whisper');
      await on(2, 'carl', 'rooms').exited;
      await Promise.all([host, ada, bob].map((program) => program.close()));
      await capture.upTo('that was all', (text) => lan.shout(0, text));
      const code = /\.([a-z2-7]{26})/.exec(invite)?.[1] ?? '';
      expect(code).not.toBe('');
      const secrets = [
        'hortensia',
        'adelaide',
        'bartholomew',
        'quiet corner',
        'pianos',
        'elephants',
        'umbrellas',
        code,
      ];
      const messages = capture.messages();
      // What is no secret is seen, in both directions.
      expect(messages.some((message) => message.includes('challenge'))).toBe(true);
      expect(messages.some((message) => message.includes('login'))).toBe(true);
      const seen = Buffer.concat([...capture.frames, ...messages]);
      for (const secret of secrets) {
        expect({ secret, at: seen.indexOf(secret) }).toEqual({ secret, at: -1 });
        expect({ secret, at: seen.indexOf(fromBase32(secret, 16) ?? secret) }).toEqual({ secret, at: -1 });
      }
      const packets = capture.datagrams(5353).map((datagram) => dnsPacket.decode(datagram));
      expect(packets.some(({ type }) => type === 'response')).toBe(true);
      for (const { questions = [], answers = [], additionals = [] } of packets) {
        for (const { name, type } of questions)
          expect({ name, type }).toEqual({ name: '_chat-tui._tcp.local', type: 'PTR' });
        for (const record of [...answers, ...additionals]) {
          expect(record.name).toMatch(/^(ct-[a-z2-7]{16}\.)?(_chat-tui\._tcp\.)?local$/);
          expect(['PTR', 'SRV', 'TXT', 'A', 'AAAA']).toContain(record.type);
        }
      }
      const texts = packets.flatMap(({ answers = [] }) =>
        answers.flatMap((record) => (record.type === 'TXT' ? String(record.data) : [])),
      );
      expect(new Set(texts)).toEqual(new Set(['v=1']));
    } finally {
      await capture.close();
    }
  });

  it('--no-lan sends nothing', async () => {
    const capture = await Capture.start(lan.everywhere);
    try {
      const host = on(0, 'host', 'host', 'tea', '--no-lan');
      await host.event('ready');
      await on(1, 'ada', 'rooms', '--no-lan').exited;
      await on(1, 'ada', 'doctor', '--no-lan').exited;
      await host.close();
      await capture.upTo('nothing before', (text) => lan.shout(0, text));
      const talk = (): number => capture.talk - capture.datagrams(Lan.SHOUT_PORT).length;
      expect(talk()).toBe(0);
      // The same without it is heard: the ear works.
      await on(1, 'ada', 'rooms').exited;
      await capture.upTo('something before', (text) => lan.shout(0, text));
      expect(talk()).toBeGreaterThan(0);
    } finally {
      await capture.close();
    }
  });
});
