import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { openClient } from '../../src/client/client.ts';
import { joinRoom, RefusedError, type JoinedRoomEvent } from '../../src/client/public.ts';
import { wsDialler } from '../../src/link/ws-transport.ts';
import { HOUR } from '../../src/shared/limits.ts';
import { RoomRig } from '../support/room-rig.ts';
import { withDamage } from '../support/damaged-table.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});
async function teaRoom() {
  const rig = await RoomRig.start();
  open.push(() => rig.close());
  return { rig, host: await rig.host('tea') };
}

it('a bot of a few lines joins by title, hears, answers and leaves', async () => {
  const { rig } = await teaRoom();
  const ada = await rig.person('ada');
  await ada.joins('tea');
  const bot = await joinRoom({ room: 'tea', relay: rig.relay.url, nick: 'echo' });
  const heard: JoinedRoomEvent[] = [];
  const loop = (async () => {
    for await (const event of bot) {
      heard.push(event);
      if (event.type !== 'line' || event.mine || event.history || event.line.kind !== 'text') continue;
      const { seq } = await bot.say(`you said ${event.line.text}`);
      expect(seq).toBe(event.line.seq + 1);
    }
  })();
  ada.room.say('hello');
  await ada.hears('you said hello');
  await bot.whisper('ada', 'bye');
  await ada.seen('whisper', ({ whisper }) => whisper.text === 'bye');
  expect(bot.members().map(({ nick }) => nick)).toContain('ada');
  await bot.leave('done');
  await loop;
  expect(heard.map(({ type }) => type)).toContain('ready');
  await ada.seen('line', ({ line }) => line.kind === 'leave' && line.reason === 'done');
});

it('a refusal is an error with a code and a sentence, and leaves nothing open', async () => {
  const { rig } = await teaRoom();
  const refusal = joinRoom({ room: 'coffee', relay: rig.relay.url, nick: 'echo' });
  await expect(refusal).rejects.toBeInstanceOf(RefusedError);
  await expect(refusal).rejects.toMatchObject({
    code: 'no-such-room',
    message: expect.stringContaining('No room called coffee'),
  });
  await expect(joinRoom({ room: 'tea', relay: rig.relay.url, nick: 'no good' })).rejects.toMatchObject({
    code: 'bad-nick',
  });
  await expect(joinRoom({ room: 'tea', relay: 'http://relay', nick: 'echo' })).rejects.toMatchObject({
    code: 'bad-address',
    message: expect.stringContaining('http://relay is no relay address'),
  });
  const bot = await joinRoom({ room: 'tea', relay: rig.relay.url, nick: 'echo' });
  await expect(bot.say(' ')).rejects.toMatchObject({ code: 'empty' });
  await bot.leave();
});

it('a join that is given up rejects with the reason for that', async () => {
  const { rig } = await teaRoom();
  const join = { room: 'tea', relay: rig.relay.url, nick: 'echo' };
  const reason = new Error('enough');
  await expect(joinRoom({ ...join, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  const abort = new AbortController();
  const joining = joinRoom({ ...join, signal: abort.signal });
  abort.abort(reason);
  await expect(joining).rejects.toBe(reason);
});

it('with a home the same person comes again', async () => {
  const { rig, host } = await teaRoom();
  const home = `${rig.folder}/bot`;
  const first = await joinRoom({ room: host.invite, nick: 'echo', home });
  const { key } = first.self;
  await first.leave();
  const second = await joinRoom({ room: host.invite, nick: 'echo', home });
  expect(second.self.key).toBe(key);
  await second.leave();
});

it('what was said and has no number yet is refused when a newer window of the same profile takes over', async () => {
  const rig = await RoomRig.start();
  open.push(() => rig.close());
  const host = await rig.host('tea', { rate: 1, burst: 1 });
  const bot = await joinRoom({ room: host.invite, nick: 'echo', home: `${rig.folder}/bot` });
  open.push(() => bot.leave());
  const said = Promise.allSettled(Array.from({ length: 20 }, (_, index) => bot.say(`line ${index}`)));
  const profile = await rig.profile('bot', 'host');
  const newer = await openClient({
    profile: { ...profile, archiveFile: ':memory:' },
    relays: [rig.relay.url],
    dialler: wsDialler,
  });
  open.push(() => newer.close());
  expect((await said).at(-1)).toMatchObject({
    status: 'rejected',
    reason: { name: 'RefusedError', code: 'signed-in-elsewhere' },
  });
});

describe('what a bot may do besides talking', () => {
  it('is to keep order in a room that it owns', async () => {
    const { rig, host } = await teaRoom();
    const owner = await joinRoom({ room: host.invite, nick: 'host', home: `${rig.folder}/host` });
    const ada = await joinRoom({ room: host.invite, nick: 'ada' });
    const { key } = ada.self;
    const told = new Promise((resolve) => {
      ada.on((event) => {
        if (event.type === 'removed') resolve(event.code);
      });
    });
    await owner.setTopic('milk first');
    await owner.act({ type: 'ban', key, ms: HOUR, reason: 'spam' });
    expect(await owner.bans()).toMatchObject([{ nick: 'ada', key, reason: 'spam', by: { nick: 'host' } }]);
    expect(await told).toBe('banned');
    expect(ada.info.topic).toBe('milk first');
    await owner.act({ type: 'unban', key });
    expect(await owner.bans()).toEqual([]);
    await Promise.all([owner.leave(), ada.leave()]);
  });

  it('is to rewrite, to take back, to react by picture or name, and to reply', async () => {
    const { rig } = await teaRoom();
    const bot = await joinRoom({ room: 'tea', relay: rig.relay.url, nick: 'echo' });
    const author = bot.self.key;
    const { id: of } = await bot.say('helo');
    await bot.act({ type: 'edit', of, text: 'hello' });
    await bot.act({ type: 'react', of, author, emoji: '🎉', on: true });
    await bot.act({ type: 'react', of, author, emoji: 'heart', on: true });
    await bot.say('and more', { re: { author, id: of } });
    expect(bot.history(2)).toMatchObject([
      { text: 'hello', reactions: [{ emoji: 'tada' }, { emoji: 'heart' }] },
      { text: 'and more', re: { id: of } },
    ]);
    await bot.act({ type: 'delete', of, author });
    expect(bot.history(2)[0]).toMatchObject({ text: '', deleted: { key: author } });
    await bot.leave();
  });

  it('is refused in one sentence where its role does not allow it, and while the host is away', async () => {
    const { rig, host } = await teaRoom();
    const bot = await joinRoom({ room: 'tea', relay: rig.relay.url, nick: 'echo' });
    const { key } = bot.members().find(({ role }) => role === 'owner') ?? bot.self;
    for (const asked of [bot.act({ type: 'kick', key }), bot.setTopic('mine'), bot.bans()])
      await expect(asked).rejects.toMatchObject({ name: 'RefusedError', code: 'not-allowed' });
    const away = new Promise<void>((resolve) => {
      bot.on((event) => {
        if (event.type === 'state' && event.state !== 'online') resolve();
      });
    });
    await host.close();
    await away;
    await expect(bot.act({ type: 'slow', seconds: 5 })).rejects.toBeInstanceOf(RefusedError);
    await bot.leave();
  });
});

describe('invites', () => {
  it('are made, listed and taken back by the owner of a room, and lead in by link and by words', async () => {
    const { rig } = await teaRoom();
    const { url } = rig.relay;
    const host = await rig.host('club', { code: true });
    const owner = await joinRoom({ room: host.invite, nick: 'host', home: `${rig.folder}/host` });
    const plain = await owner.invite();
    expect(plain).toEqual({ link: host.invite });
    const link = await owner.invite({ once: true, ms: HOUR });
    expect(link).toMatchObject({ n: 1, ms: HOUR });
    const ada = await joinRoom({ room: link.link, nick: 'ada' });
    const { words = '', n = 0 } = await owner.invite({ words: true });
    const bob = await joinRoom({ room: words, relay: url, nick: 'bob' });
    expect((await owner.invites()).map(({ state, usedBy }) => [state, usedBy?.nick])).toEqual([
      ['used', 'ada'],
      ['used', 'bob'],
    ]);
    const open = await owner.invite({ ms: HOUR });
    const left = await owner.revokeInvite(open.n ?? 0);
    expect(left.at(-1)).toMatchObject({ n: n + 1, state: 'revoked' });
    await expect(joinRoom({ room: open.link, nick: 'cleo' })).rejects.toMatchObject({
      code: 'invite-revoked',
    });
    await Promise.all([owner.leave(), ada.leave(), bob.leave()]);
  });

  it('are refused to who may not have them, in one sentence', async () => {
    const { rig } = await teaRoom();
    const bot = await joinRoom({ room: 'tea', relay: rig.relay.url, nick: 'echo' });
    for (const asked of [bot.invite(), bot.invites(), bot.revokeInvite(1)])
      await expect(asked).rejects.toMatchObject({ name: 'RefusedError', code: 'not-allowed' });
    await bot.leave();
    await expect(bot.invite()).rejects.toMatchObject({ code: 'host-away' });
  });
});

/** Of somebody who has been in the room. */
async function profileWithHistory() {
  const { rig, host } = await teaRoom();
  const home = `${rig.folder}/bot`;
  await (await joinRoom({ room: host.invite, nick: 'echo', home })).leave();
  const profile = await rig.profile('bot', 'session');
  const { archiveFile } = profile;
  profile.close();
  const history = readFileSync(archiveFile);
  return { rig, host, home, archiveFile, history };
}

it('a profile whose history is damaged is refused as such, and can be used once that is mended', async () => {
  const { host, home, archiveFile, history } = await profileWithHistory();
  writeFileSync(archiveFile, 'no history');
  const refusal = joinRoom({ room: host.invite, nick: 'echo', home });
  await expect(refusal).rejects.toMatchObject({ name: 'RefusedError', code: 'profile' });
  writeFileSync(archiveFile, history);
  await (await joinRoom({ room: host.invite, nick: 'echo', home })).leave();
});

it.each([
  ['what is read at the start', 'nick_pin'],
  ['what is read to join', 'room'],
  ['what a relay is told', 'block_told'],
  ['what is read once a relay answers', 'relay_pin'],
  ['what is read once the host picks up', 'stream'],
  ['what is read once the host has let us in', 'person'],
])('damage in the middle of a history, in %s, is refused and leaves nothing open', async (_, table) => {
  const { host, home, archiveFile, history } = await profileWithHistory();
  writeFileSync(archiveFile, withDamage(archiveFile, table));
  const refusal = joinRoom({ room: host.invite, nick: 'echo', home });
  await expect(refusal).rejects.toMatchObject({
    name: 'RefusedError',
    code: 'profile',
    message: expect.stringContaining(`${archiveFile} cannot be used`),
  });
  // SQLite removes it when nobody has the file open any more.
  expect(existsSync(`${archiveFile}-wal`)).toBe(false);
  writeFileSync(archiveFile, history);
  const mended = await joinRoom({ room: host.invite, nick: 'echo', home });
  expect(mended.self.guest).toBe(false);
  await mended.leave();
});

it('damage that is met after the join ends the room, with the name of the file, and leaves nothing open', async () => {
  const { rig, host, home, archiveFile } = await profileWithHistory();
  const ada = await rig.person('ada');
  await ada.joins('tea');
  // Read for each line that somebody says.
  writeFileSync(archiveFile, withDamage(archiveFile, 'line_change_of_line'));
  const bot = await joinRoom({ room: host.invite, nick: 'echo', home });
  const heard: JoinedRoomEvent[] = [];
  bot.on((event) => heard.push(event));
  const loop = (async () => {
    for await (const event of bot) if (event.type === 'line') await bot.say('never');
  })();
  const said = bot.say('hello');
  const failure = {
    name: 'RefusedError',
    code: 'profile',
    message: expect.stringContaining(`${archiveFile} cannot be used`),
  };
  await expect(said).rejects.toMatchObject(failure);
  await expect(loop).rejects.toMatchObject(failure);
  await expect(bot.say('again')).rejects.toMatchObject(failure);
  expect(() => bot.history(1)).toThrow(`${archiveFile} cannot be used`);
  expect(heard.at(-1)).toEqual({
    type: 'state',
    room: bot.info.id,
    state: 'closed',
    reason: 'profile',
    text: failure.message,
  });
  // Nobody has to, but everybody may.
  await bot.leave();
  expect(existsSync(`${archiveFile}-wal`)).toBe(false);
});

it('damage that shows when something is written is told, and refuses what cannot be kept', async () => {
  const { rig, host, home, archiveFile } = await profileWithHistory();
  const ada = await rig.person('ada');
  await ada.joins('tea');
  writeFileSync(archiveFile, withDamage(archiveFile, 'words_data', 'outbox'));
  const bot = await joinRoom({ room: host.invite, nick: 'echo', home });
  const heard: JoinedRoomEvent[] = [];
  const second = new Promise<void>((resolve) => {
    bot.on((event) => {
      heard.push(event);
      if (event.type === 'line' && event.line.kind === 'text' && event.line.text === 'second') resolve();
    });
  });
  ada.room.say('first');
  await ada.hears('first');
  ada.room.say('second');
  await second;
  const told = () => heard.flatMap((event) => (event.type === 'archive-failed' ? [event.text] : []));
  expect(told()).toEqual([expect.stringContaining(`The index of words in ${archiveFile} is damaged`)]);
  const refusal = {
    name: 'RefusedError',
    code: 'unusable-file',
    message: expect.stringContaining(`${archiveFile} is damaged. End the program`),
  };
  await expect(bot.say('mine')).rejects.toMatchObject(refusal);
  await expect(bot.say('again')).rejects.toMatchObject(refusal);
  expect(told()).toEqual([told()[0], expect.stringContaining('not all of it is kept')]);
  await bot.leave();
});

it('damage that the program itself meets ends the room too', async () => {
  const { host, home, archiveFile } = await profileWithHistory();
  writeFileSync(archiveFile, withDamage(archiveFile, 'line_in_order'));
  const bot = await joinRoom({ room: host.invite, nick: 'echo', home });
  expect(() => bot.history(10)).toThrow(RefusedError);
  const read: JoinedRoomEvent[] = [];
  const readOn = async () => {
    for await (const event of bot) read.push(event);
  };
  await expect(readOn()).rejects.toMatchObject({ code: 'profile' });
  expect(read.at(-1)).toMatchObject({ type: 'state', reason: 'profile' });
  await bot.leave();
  expect(existsSync(`${archiveFile}-wal`)).toBe(false);
});
