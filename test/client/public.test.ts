import { afterEach, expect, it } from 'vitest';
import { joinRoom, RefusedError, type JoinedRoomEvent } from '../../src/client/public.ts';
import { RoomRig } from '../support/room-rig.ts';

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
  const bot = await joinRoom({ room: 'tea', relay: rig.relay.url, nick: 'echo' });
  await expect(bot.say(' ')).rejects.toMatchObject({ code: 'empty' });
  await bot.leave();
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
