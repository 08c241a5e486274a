import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openArchive } from '../../../src/client/archive/open-archive.ts';
import type { Person } from '../../../src/client/session-events.ts';
import {
  MAX_STRANGER_WHISPERS,
  MAX_WHISPERS_OF_STRANGER,
} from '../../../src/client/whispers/whisper-inbox.ts';
import { DAY, MAIL_MS } from '../../../src/shared/limits.ts';
import { startRelay } from '../../../src/relay/index.ts';
import { systemClock, type Clock } from '../../../src/link/clock.ts';
import { randomBytes } from '../../../src/shared/crypto/sign.ts';
import { messageId } from '../../../src/shared/ids.ts';
import { personNamed } from '../../support/memory-room.ts';
import { RoomRig, roomRig, type Watched } from '../../support/room-rig.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});
async function rigged() {
  const rig = await roomRig();
  open.push(rig.close);
  return rig;
}
async function lonely() {
  const rig = await RoomRig.start({ memberFrameBurst: 1_000, memberFramesPerSecond: 1_000 });
  open.push(() => rig.close());
  return rig;
}
const texts = (who: Watched) => who.client.inbox().map(({ text }) => text);

describe('what came while somebody was away', () => {
  it('is kept until it was read, also over a restart, or answered', async () => {
    const { rig, ada, bob } = await rigged();
    await bob.close();
    for (const text of ['one', 'two']) await ada.client.whisper('bob', text);
    await ada.seen('whisper-state', ({ state }) => state === 'stored', 2);
    const back = await rig.person('bob');
    await back.seen('whisper', () => true, 2);
    await back.close();
    const again = await rig.person('bob');
    expect(texts(again)).toEqual(['one', 'two']);
    again.client.markRead(ada.profile.key);
    expect(texts(again)).toEqual([]);
    await ada.client.whisper('bob', 'three');
    await again.seen('whisper');
    expect(texts(again)).toEqual(['three']);
    await again.client.whisper(ada.profile.key, 'got it');
    expect(texts(again)).toEqual([]);
  });
});

describe('a stranger', () => {
  it('is told apart until written to, is nobody to reply to, and cannot fill the archive', async () => {
    const rig = await lonely();
    const [ada, mallory] = [await rig.person('ada'), await rig.person('mallory')];
    await Promise.all([ada, mallory].map(({ client }) => client.refresh(5_000)));
    await ada.client.ping(rig.relay.url);
    for (let n = 0; n <= MAX_WHISPERS_OF_STRANGER; n++) await mallory.client.whisper(ada.profile.key, `${n}`);
    await mallory.seen('whisper-state', ({ state }) => state === 'delivered', MAX_WHISPERS_OF_STRANGER);
    // What is not kept is not told as delivered, but as to somebody whom nobody knows.
    const refused = await mallory.seen('whisper-state', ({ state }) => state === 'refused');
    expect(refused).toMatchObject({ code: 'not-delivered' });
    const states = mallory.client.whispers(100, ada.profile.key).map(({ state }) => state);
    expect(states.filter((state) => state === 'delivered')).toHaveLength(MAX_WHISPERS_OF_STRANGER);
    expect(states.at(-1)).toBe('refused');
    expect(ada.all('whisper')).toHaveLength(MAX_WHISPERS_OF_STRANGER);
    expect(ada.all('whisper').every(({ whisper }) => whisper.stranger)).toBe(true);
    expect(ada.client.inbox().filter(({ stranger }) => stranger)).toHaveLength(MAX_WHISPERS_OF_STRANGER);
    expect(ada.client.lastWhisperer()).toBeUndefined();
    await ada.client.whisper('mallory', 'who are you?');
    await mallory.client.whisper(ada.profile.key, 'a friend');
    const { whisper } = await ada.seen('whisper', (event) => event.whisper.text === 'a friend');
    expect(whisper.stranger).toBeUndefined();
    // Its sender knows that the one before was not delivered.
    expect(whisper.gap).toBeUndefined();
    expect(ada.client.lastWhisperer()).toMatchObject({ nick: 'mallory' });
  });
});

describe('mail of somebody who was ignored since', () => {
  it('is told as not delivered, and shown to nobody', async () => {
    const { rig, ada, bob } = await rigged();
    await bob.close();
    await ada.client.whisper('bob', 'are you there?');
    await ada.seen('whisper-state', ({ state }) => state === 'stored');
    // The relay is not told before the mail that waits there has come.
    const offline = await rig.person('bob', { relays: [] });
    offline.client.people.ignore({ key: ada.profile.key, tag: ada.profile.tag, nick: 'ada' });
    await offline.close();
    const back = await rig.person('bob');
    const refused = await ada.seen('whisper-state', ({ state }) => state === 'refused');
    expect(refused).toMatchObject({ code: 'not-delivered' });
    expect(ada.all('whisper-state').map(({ state }) => state)).not.toContain('delivered');
    expect(back.all('whisper')).toEqual([]);
    // Nothing comes later, either.
    back.client.people.unignore(ada.profile.key);
    expect(back.client.inbox()).toEqual([]);
  });
});

it('of 200 whispers of strangers no more are kept, whoever they are', async () => {
  const rig = await lonely();
  const before = await rig.person('ada');
  await before.close();
  const archive = openArchive(before.profile.archiveFile);
  let who = personNamed('stranger');
  for (let n = 0; n < MAX_STRANGER_WHISPERS - 1; n++) {
    if (n % (MAX_WHISPERS_OF_STRANGER - 1) === 0) who = personNamed(`stranger${n}`);
    archive.people.heardOf(who, n, rig.relay.url);
    const id = messageId(randomBytes(16));
    archive.whispers.add({ id, at: n, sentAt: n, with: who, mine: false, text: `${n}` });
  }
  archive.close();
  const [ada, mallory] = [await rig.person('ada'), await rig.person('mallory')];
  await Promise.all([ada, mallory].map(({ client }) => client.refresh(5_000)));
  await ada.client.ping(rig.relay.url);
  for (const text of ['the 200th', 'one too many']) await mallory.client.whisper(ada.profile.key, text);
  await mallory.seen('whisper-state', ({ state }) => state === 'delivered');
  await mallory.seen('whisper-state', ({ state }) => state === 'refused');
  expect(ada.all('whisper').map(({ whisper }) => whisper.text)).toEqual(['the 200th']);
});

describe('a whisper', () => {
  it('of somebody met in a room is no stranger’s, and without a gap', async () => {
    const { ada, bob } = await rigged();
    await ada.client.whisper('bob', 'one');
    await ada.client.whisper('bob', 'two');
    await bob.seen('whisper', () => true, 2);
    expect(bob.all('whisper').map(({ whisper }) => [whisper.stranger, whisper.gap])).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ]);
  });

  it('goes by another relay where the first does not know its recipient', async () => {
    const rig = await lonely();
    const data = join(rig.folder, 'second');
    const second = await startRelay({ listen: { host: '127.0.0.1', port: 0 }, dataDir: data });
    open.push(() => second.close());
    const ada = await rig.person('ada', { relays: [rig.relay.url, second.url] });
    const bob = await rig.person('bob', { relays: [second.url] });
    await Promise.all([ada, bob].map(({ client }) => client.refresh(5_000)));
    await bob.client.ping(second.url);
    await ada.client.whisper(bob.profile.key, 'over there');
    await bob.seen('whisper', ({ whisper }) => whisper.text === 'over there');
    expect(ada.all('whisper-state').map(({ state }) => state)).not.toContain('refused');
  });

  it('waits for the relay where its recipient was last, while others do not know them', async () => {
    const rig = await lonely();
    const options = { listen: { host: '127.0.0.1', port: 0 }, dataDir: join(rig.folder, 'second') };
    const second = await startRelay(options);
    const ada = await rig.person('ada', { relays: [rig.relay.url, second.url] });
    const bob = await rig.person('bob', { relays: [second.url] });
    await Promise.all([ada, bob].map(({ client }) => client.refresh(5_000)));
    await bob.client.ping(second.url);
    await bob.client.whisper(ada.profile.key, 'I am here');
    await ada.seen('whisper', ({ whisper }) => whisper.text === 'I am here');
    await second.close();
    await ada.seen('relays', ({ relays }) => relays.some(({ state }) => state === 'reconnecting'));
    await ada.client.whisper(bob.profile.key, 'are you?', { ref: 'waits' });
    await ada.client.ping(rig.relay.url);
    const again = await startRelay({ ...options, listen: { host: '127.0.0.1', port: second.port } });
    open.push(() => again.close());
    await bob.seen('whisper', ({ whisper }) => whisper.text === 'are you?');
    const states = ada.all('whisper-state').filter(({ ref }) => ref === 'waits');
    expect(states.map(({ state }) => state)).not.toContain('refused');
  });

  it('that nobody fetched in time has expired', async () => {
    const { rig, ada, bob } = await rigged();
    await bob.close();
    await ada.client.whisper('bob', 'too late');
    await ada.seen('whisper-state', ({ state }) => state === 'stored');
    await ada.close();
    const later: Clock = { ...systemClock, wall: () => Date.now() + MAIL_MS + DAY };
    const again = await rig.person('ada', { clock: { ...later, now: () => systemClock.now() } });
    expect(await again.seen('whisper-state')).toMatchObject({ state: 'expired' });
    expect(again.client.whispers(5)).toMatchObject([{ text: 'too late', state: 'expired' }]);
  });
});

describe('the archive’s whispers', () => {
  const [bob, cleo] = [personNamed('bob'), personNamed('cleo')];
  const id = (n: number) => messageId(new Uint8Array(16).fill(n));
  const from = (person: Person, n: number) =>
    ({ id: id(n), at: n, sentAt: n, with: person, mine: false, text: `${n}` }) as const;

  it('show a gap while the one before is not here, and none once it came', () => {
    const { whispers } = openArchive(':memory:');
    whispers.add(from(bob, 2), { prev: id(1) });
    whispers.add(from(cleo, 1));
    expect(whispers.newest(9, bob.key).map(({ gap }) => gap)).toEqual([true]);
    whispers.add(from(bob, 1));
    expect(whispers.newest(9).map(({ gap }) => gap)).toEqual([undefined, undefined, undefined]);
  });

  it('are those of one person where asked so, and unread until read', () => {
    const { whispers } = openArchive(':memory:');
    for (const n of [1, 2, 3]) whispers.add(from(n === 2 ? cleo : bob, n));
    expect(whispers.newest(9, bob.key).map(({ text }) => text)).toEqual(['1', '3']);
    expect(whispers.unread(2).map(({ text }) => text)).toEqual(['2', '3']);
    whispers.markRead(bob.key);
    expect(whispers.unread(9).map(({ text }) => text)).toEqual(['2']);
  });
});
