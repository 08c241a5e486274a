import { describe, expect, it } from 'vitest';
import { teaRoom, Typist } from '../support/command-rig.ts';
import { MemoryWorld } from '../support/memory-world.ts';

const eightWords = /^(?:[a-z]{4,8}(?: [a-z]{4,8}){3}\n){2}/;

describe('/invite', () => {
  it('makes one for one person, for a time, or for both', async () => {
    const { ada } = await teaRoom();
    const once = await ada.run('/invite --once');
    expect(once).toMatchObject({ text: expect.stringMatching(/^tc:\/\/\S+\n/) });
    expect(once).toMatchObject({ text: expect.stringContaining('For one person; /invites --revoke 1') });
    expect(once).toHaveProperty('figure', expect.stringMatching(/[▀▄█]/));
    expect(await ada.run('/invite --expires 2h')).toMatchObject({
      text: expect.stringContaining('For anybody who has it, for 2 h; /invites --revoke 2 takes it back.'),
    });
    expect(await ada.run('/invite --once --expires 3d')).toMatchObject({
      text: expect.stringContaining('For one person, for 3 d'),
    });
  });

  it('makes eight words, and says where they lead in', async () => {
    const { ada } = await teaRoom();
    const made = await ada.run('/invite --words');
    expect(made).toMatchObject({ type: 'answer', text: expect.stringMatching(eightWords) });
    expect(made).toMatchObject({
      text: expect.stringContaining(
        '\nOn this network, whoever types /join and these words is in.\nFor one person, for 1 h',
      ),
    });
  });

  it.each([
    ['/invite bob cleo', 'Usage: /invite [NICK] [--once] [--expires 2h] [--words]'],
    ['/invite bob --words', 'Usage: /invite'],
    ['/invite --expires soon', 'A time is like 30m, 2h or 3d, at most 90 d.'],
    ['/invite --expires 100d', 'at most 90 d.'],
    ['/invite --words --expires 2d', 'at most 24 h.'],
    ['/invite --expires', '--expires needs a value.'],
    ['/invite --onec', 'There is no option --onec.'],
  ])('answers %s with what is right', async (line, text) => {
    const { ada } = await teaRoom();
    expect(await ada.run(line)).toMatchObject({
      type: 'refused',
      code: 'usage',
      text: expect.stringContaining(text),
    });
  });

  it('whispers the link to whoever is named', async () => {
    const { ada, bob } = await teaRoom();
    const link = ada.hosting.list()[0]?.invite ?? '';
    expect(await ada.run('/invite bob')).toMatchObject({ type: 'whispered' });
    expect(bob.client.inbox().map(({ text }) => text)).toEqual([
      expect.stringContaining(`Come to tea: /join ${link}`),
    ]);
    expect(await ada.run('/invite bob --once')).toMatchObject({ type: 'whispered' });
    expect(ada.front.told).toEqual(['For one person; /invites --revoke 1 takes it back.']);
    expect(bob.client.inbox()[1]?.text).toMatch(/^Come to tea: \/join tc:\S+\n/);
    expect(await ada.run('/invite nobody --once')).toMatchObject({ code: 'no-such-person' });
    expect(await ada.run('/invites')).toMatchObject({ text: expect.not.stringContaining('2 ') });
  });

  it('tells members whom to ask', async () => {
    const { bob } = await teaRoom();
    for (const line of ['/invite --once', '/invite --words', '/invites', '/invites --revoke 1'])
      expect(await bob.run(line)).toMatchObject({ type: 'refused', code: 'not-allowed' });
  });
});

describe('/invites', () => {
  it('lists what was made and how it is, and takes it back', async () => {
    const { ada } = await teaRoom();
    expect(await ada.run('/invites')).toMatchObject({
      text: expect.stringMatching(/^No invites of their own/),
    });
    await ada.run('/invite --once');
    await ada.run('/invite --words');
    await ada.run('/invite --expires 2h');
    expect(await ada.run('/invites --revoke 1')).toMatchObject({ text: 'Invite 1 leads nowhere any more.' });
    expect(await ada.run('/invites')).toEqual({
      type: 'answer',
      text: [
        '1  for one person  taken back  made by ada',
        '2  eight words     1 h left    made by ada',
        '3  for anybody     2 h left    made by ada',
      ].join('\n'),
    });
    expect(await ada.run('/invites --revoke 1')).toMatchObject({ type: 'refused', code: 'no-change' });
    expect(await ada.run('/invites --revoke one')).toMatchObject({ type: 'refused', code: 'usage' });
  });
});

describe('/join', () => {
  it('alone asks for the invite and shows it to nobody', async () => {
    const world = new MemoryWorld();
    const [ada, bob] = [new Typist(world, 'ada'), new Typist(world, 'bob')];
    await ada.run('/host vault --code --private');
    bob.front.secrets.push(` ${ada.hosting.list()[0]?.invite} `);
    expect(await bob.run('/join')).toEqual({ type: 'done' });
    expect(bob.front.questions).toEqual(['Invite, or a room']);
    expect(bob.room?.info.title).toBe('vault');
    expect(await bob.run('/join')).toMatchObject({ type: 'refused', code: 'no-answer' });
  });
});
