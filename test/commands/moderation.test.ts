import { describe, expect, it } from 'vitest';
import { teaRoom, type Typist } from '../support/command-rig.ts';

const newest = ({ room }: Typist) => room?.history(1)[0];

describe('moderation', () => {
  it.each([
    ['/kick bob', { kind: 'kick', who: { nick: 'bob' }, reason: undefined }],
    ['/k bob too  loud', { kind: 'kick', who: { nick: 'bob' }, reason: 'too  loud' }],
    ['/ban bob', { kind: 'ban', who: { nick: 'bob' }, ms: undefined, reason: undefined }],
    ['/ban bob 2h', { kind: 'ban', who: { nick: 'bob' }, ms: 7_200_000, reason: undefined }],
    ['/ban bob 2h spam', { kind: 'ban', who: { nick: 'bob' }, ms: 7_200_000, reason: 'spam' }],
    ['/ban bob spam 2h', { kind: 'ban', who: { nick: 'bob' }, ms: undefined, reason: 'spam 2h' }],
    ['/silence bob', { kind: 'mute', who: { nick: 'bob' }, ms: undefined }],
    ['/silence bob 30s', { kind: 'mute', who: { nick: 'bob' }, ms: 30_000 }],
    ['/silence bob off', { kind: 'mute', who: { nick: 'bob' }, ms: 0 }],
    ['/op bob', { kind: 'role', who: { nick: 'bob' }, role: 'op' }],
    ['/slow 21600', { kind: 'slow', seconds: 21_600 }],
    ['/slow off', { kind: 'slow', seconds: 0 }],
    ['/filter links on', { kind: 'filter', filter: 'links', on: true }],
    ['/filter INVITES off', { kind: 'filter', filter: 'invites', on: false }],
    ['/motd Be kind.', { kind: 'motd', motd: 'Be kind.' }],
    ['/motd off', { kind: 'motd', motd: '' }],
  ])('does what %j says', async (line, done) => {
    const { ada } = await teaRoom();
    expect((await ada.run(line)).type).toBe('said');
    const what: Record<string, unknown> = { ...newest(ada) };
    expect(Object.fromEntries(Object.keys(done).map((name) => [name, what[name]]))).toMatchObject(done);
  });

  it.each([
    ['/kick', '/kick NICK'],
    ['/ban', '/ban NICK'],
    ['/ban bob 2x', '"2x" is no time'],
    ['/unban', '/unban NICK'],
    ['/silence', '/silence NICK'],
    ['/silence bob soon', '/silence NICK'],
    ['/silence bob 2h now', '/silence NICK'],
    ['/op', '/op NICK'],
    ['/slow soon', 'A time is 0 to 21600 seconds'],
    ['/slow 21601', 'A time is 0 to 21600 seconds'],
    ['/filter links', '/filter [NAME on|off]'],
    ['/filter words on', '/filter [NAME on|off]'],
    ['/filter links on now', '/filter [NAME on|off]'],
    ['/kick carl', 'carl'],
    ['/unban bob', 'Nobody of that name is banned'],
  ])('takes %j for nothing else and says what is wrong', async (line, said) => {
    const { ada } = await teaRoom();
    const before = newest(ada);
    expect(await ada.run(line)).toMatchObject({ type: 'refused', text: expect.stringContaining(said) });
    expect(newest(ada)).toBe(before);
  });

  it('tells who is banned, how long and why, until they may come again', async () => {
    const { ada, bob } = await teaRoom();
    expect(await bob.run('/bans')).toMatchObject({ type: 'refused', code: 'not-allowed' });
    expect(await ada.run('/bans')).toMatchObject({ text: 'Nobody is banned from this room.' });
    await ada.run('/ban bob 2h spam');
    expect(await ada.run('/bans')).toMatchObject({
      text: expect.stringMatching(/^bob~\S+ +2 h left +by ada +spam$/),
    });
    expect((await ada.run('/unban bob')).type).toBe('said');
    expect(await ada.run('/bans')).toMatchObject({ text: 'Nobody is banned from this room.' });
  });

  it('shows what holds where nothing is to be changed', async () => {
    const { ada } = await teaRoom();
    const text = async (line: string) => ada.run(line);
    expect(await text('/slow')).toMatchObject({ text: 'Slow mode is off.' });
    expect(await text('/filter')).toMatchObject({ text: 'Nothing is kept out.' });
    expect(await text('/motd')).toMatchObject({ text: 'This room tells newcomers nothing.' });
    await ada.run('/motd Be kind.');
    const room = ada.world.rooms.get(ada.room?.info.id ?? '');
    if (room) room.info = { ...room.info, rules: { slow: 30, filters: ['links'], motd: 'Be kind.' } };
    expect(await text('/slow')).toMatchObject({ text: expect.stringMatching(/one message in 30 s/) });
    expect(await text('/filter')).toMatchObject({ text: 'Kept out: links.' });
    expect(await text('/motd')).toMatchObject({ text: 'Be kind.' });
  });
});
