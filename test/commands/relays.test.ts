import { beforeEach, describe, expect, it } from 'vitest';
import { runLine } from '../../src/commands/run-line.ts';
import { Typist } from '../support/command-rig.ts';
import { MemoryWorld } from '../support/memory-world.ts';
import { personNamed } from '../support/memory-room.ts';

const [chat, irc] = ['wss://chat.example.org', 'wss://irc.example.net'];
let world: MemoryWorld;
let ada: Typist;
beforeEach(async () => {
  world = new MemoryWorld();
  world.addRelay(chat);
  world.addRelay(irc);
  world.addRoom({ title: 'tea', owner: personNamed('bob'), relay: chat });
  world.addRoom({ title: 'chess', owner: personNamed('bob'), relay: irc });
  world.addRoom({ title: 'go', owner: personNamed('bob'), relay: irc });
  ada = new Typist(world, 'ada');
  await ada.run(`/connect ${chat}`);
});

describe('/relay', () => {
  it('lists what is connected, in order, with rooms and ms', async () => {
    await ada.run(`/connect ${irc}`);
    world.setRelay(chat, { state: 'reconnecting', reason: 'timeout' });
    const listed = await ada.run('/relay');
    const rows = listed.type === 'answer' ? listed.text.split('\n').map((row) => row.split(/ {2,}/)) : [];
    expect(rows).toContainEqual(['1', 'chat', 'connection lost', chat]);
    expect(rows).toContainEqual(['2', 'irc', '12 ms, 2 rooms', irc]);
  });

  it('says so where one more is not connected to next time', async () => {
    const context = ada.context();
    const savedRelays = { ...context.savedRelays, add: () => false };
    expect(await runLine(`/connect ${irc}`, { ...context, savedRelays })).toMatchObject({
      text: `Connected to ${irc}; /rooms lists what is there. For this run only: 16 relays are saved already; /relay forget N makes room for it.`,
    });
  });

  it('puts one first, now and next time', async () => {
    await ada.run(`/connect ${irc}`);
    expect(ada.savedRelays).toEqual([chat, irc]);
    expect(await ada.run('/relay first 2')).toMatchObject({
      type: 'answer',
      text: expect.stringMatching(/^irc comes first now/),
    });
    expect(ada.savedRelays).toEqual([irc, chat]);
    const far = ada.client.relays().filter(({ via }) => via === 'relay');
    expect(far.map(({ url }) => url)).toEqual([irc, chat]);
  });

  it('forgets one by its short name or its address', async () => {
    await ada.run(`/connect ${irc}`);
    expect(await ada.run('/relay forget IRC')).toMatchObject({ text: `Disconnected from ${irc}.` });
    expect(await ada.run('/disconnect chat.example.org')).toMatchObject({ type: 'answer' });
    expect(ada.savedRelays).toEqual([]);
    expect(await ada.run('/relay forget irc')).toMatchObject({ type: 'refused', code: 'no-relay' });
  });

  it.each(['/relay prefer', '/relay first', '/relay forget', '/relay irc first'])(
    'says how for %s',
    async (line) => {
      expect(await ada.run(line)).toMatchObject({ type: 'refused', code: 'usage' });
    },
  );
});

describe('/rooms', () => {
  it('names the relay of each where there are several', async () => {
    const one = await ada.run('/rooms');
    expect(one).toMatchObject({ text: expect.stringMatching(/tea +0 members +relay/) });
    await ada.run(`/connect ${irc}`);
    const both = await ada.run('/rooms');
    expect(both).toMatchObject({ text: expect.stringMatching(/tea +0 members +chat/) });
    expect(both).toMatchObject({ text: expect.stringMatching(/chess +0 members +irc/) });
  });
});
