import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { SqliteHistory } from '../../../src/host/history/sqlite-history.ts';
import { chainStart } from '../../../src/shared/crypto/chain.ts';
import { openClient } from '../../../src/client/client.ts';
import { systemClock } from '../../../src/link/clock.ts';
import { wsDialler } from '../../../src/link/ws-transport.ts';
import type { CallStep } from '../../../src/client/session-events.ts';
import { MAX_OUTBOX, REHANDSHAKE_MS } from '../../../src/shared/limits.ts';
import { hastyClock } from '../../support/hasty-clock.ts';
import { roomRig, RoomRig, textOf, type Watched } from '../../support/room-rig.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});
async function rigged(...args: Parameters<typeof roomRig>) {
  const rig = await roomRig(...args);
  open.push(rig.close);
  return rig;
}
async function emptyRig(...args: Parameters<typeof RoomRig.start>) {
  const rig = await RoomRig.start(...args);
  open.push(() => rig.close());
  return rig;
}
const types = (one: Watched) => one.events.map(({ type }) => type);
const history = (one: Watched) => one.room.history(100).flatMap((line) => textOf(line) ?? []);

describe('two people in a room', () => {
  it('hear each other, in one order', async () => {
    const { ada, bob } = await rigged();
    ada.room.say('hello');
    await bob.hears('hello');
    bob.room.say('waves', { kind: 'me' });
    await Promise.all([ada.hears('waves'), bob.hears('waves')]);
    expect(ada.texts).toEqual(['hello', 'waves']);
    expect(bob.texts).toEqual(['hello', 'waves']);
    const heard = await bob.hears('hello');
    expect(heard).toMatchObject({ mine: false, history: false, line: { kind: 'text', by: { nick: 'ada' } } });
    expect(await ada.hears('hello')).toMatchObject({ mine: true });
  });

  it('see an own line at once, and that it is sent only once the host has numbered it', async () => {
    const { ada } = await rigged();
    const before = ada.events.length;
    const said = ada.room.say('hello', { ref: 'r1' });
    expect(said.ok).toBe(true);
    expect(ada.room.pending().map(textOf)).toEqual(['hello']);
    const sent = await ada.seen('sent');
    const types = ada.events.slice(before).map(({ type }) => type);
    // That others are here may come meanwhile.
    const ofLine = types.filter((type) => ['echo', 'line', 'sent', 'failed'].includes(type));
    expect(ofLine).toEqual(['echo', 'line', 'sent']);
    const line = await ada.hears('hello');
    expect(sent).toMatchObject({ id: line.line.id, seq: line.line.seq, ref: 'r1' });
    expect(said).toEqual({ ok: true, value: sent.id });
    expect(ada.room.pending()).toEqual([]);
  });

  it('keep the order of lines said in one breath, and none is refused for haste', async () => {
    const { ada, bob } = await rigged({ rate: 20, burst: 3 });
    const lines = Array.from({ length: 20 }, (_, i) => `line ${i}`);
    for (const line of lines) ada.room.say(line);
    await bob.hears('line 19');
    expect(bob.texts).toEqual(lines);
    expect(ada.all('failed')).toEqual([]);
  });

  it('are told who is here, who comes and who goes', async () => {
    const { rig, host, ada, bob } = await rigged();
    const cleo = await rig.person('cleo');
    await cleo.joins(host.invite);
    await ada.seen('line', ({ line }) => line.kind === 'join' && line.who.nick === 'cleo');
    expect(
      ada.room
        .members()
        .map(({ nick }) => nick)
        .sort(),
    ).toEqual(['ada', 'bob', 'cleo', 'host']);
    await bob.room.leave('tea is cold');
    const left = await ada.seen('line', ({ line }) => line.kind === 'leave');
    expect(left.line).toMatchObject({ who: { nick: 'bob' }, reason: 'tea is cold' });
    expect(ada.room.members().map(({ nick }) => nick)).not.toContain('bob');
    expect(bob.client.rooms()).toEqual([]);
    expect(bob.all('state').at(-1)).toMatchObject({ state: 'closed', reason: 'left' });
  });

  it('see a new nick, presence, typing and topic', async () => {
    const { ada, bob, host } = await rigged();
    expect((await ada.client.setNick('countess')).ok).toBe(true);
    const renamed = await bob.seen('line', ({ line }) => line.kind === 'nick');
    expect(renamed.line).toMatchObject({ was: 'ada', nick: 'countess' });
    ada.room.setPresence('away', 'at lunch');
    const away = await bob.seen('presence', ({ presence }) => presence === 'away');
    expect(away).toMatchObject({ who: { nick: 'countess' }, status: 'at lunch' });
    ada.room.typing();
    expect((await bob.seen('typing')).who.nick).toBe('countess');
    host.setTopic('green');
    const topic = await bob.seen('info', ({ info }) => info.topic === 'green');
    expect(topic.info.title).toBe('tea');
    expect(bob.room.setTopic('black')).toEqual({ ok: false, code: 'not-allowed' });
  });

  it('never get what would steer a terminal', async () => {
    const { ada, bob } = await rigged();
    ada.room.say('a\u001b[31mred\u001b]0;title\u0007\u202eb');
    const line = await bob.seen('line', (event) => event.line.kind === 'text');
    expect(textOf(line.line)).toBe('aredb');
    expect(textOf((await ada.seen('echo')).line)).toBe('aredb');
  });

  it('are refused what is empty, too long or too many lines, before anything is kept', async () => {
    const { ada } = await rigged();
    expect(ada.room.say(' \n\u200b ')).toEqual({ ok: false, code: 'empty' });
    expect(ada.room.say('é'.repeat(2_049))).toMatchObject({ ok: false, code: 'too-long' });
    expect(ada.room.say('x\n'.repeat(64))).toMatchObject({ ok: false, code: 'too-many-lines' });
    expect(ada.room.pending()).toEqual([]);
    ada.room.say('é'.repeat(2_048));
    await ada.seen('sent');
  });

  it('measure the way to the host, and to the relay', async () => {
    const { ada, rig } = await rigged();
    expect(await ada.room.ping()).toBeGreaterThan(0);
    expect(await ada.client.ping(rig.relay.url)).toBeGreaterThan(0);
  });
});

describe('a room', () => {
  it('whose host wants us no more is closed with the reason, and what waits fails', async () => {
    const rig = await emptyRig();
    const [file, copy] = [join(rig.folder, 'tea.db'), join(rig.folder, 'copy.db')];
    await (await rig.host('tea')).close();
    copyFileSync(file, copy);
    const host = await rig.host('tea');
    const ada = await rig.person('ada');
    await ada.joins('tea');
    await host.close();
    await ada.seen('state', ({ state }) => state === 'host-offline');
    ada.room.say('unsent', { ref: 'r' });
    // The copy of its room knows nothing of ada.
    copyFileSync(copy, file);
    await rig.host('tea', { code: true });
    expect(await ada.seen('removed')).toMatchObject({ code: 'wrong-code' });
    expect(await ada.seen('failed')).toMatchObject({ ref: 'r', code: 'wrong-code' });
    expect(ada.all('state').at(-1)).toMatchObject({ state: 'closed', reason: 'wrong-code' });
    expect(ada.client.rooms()).toEqual([]);
  });

  it('that has got a code meanwhile lets us in as before', async () => {
    const { rig, host, ada } = await rigged();
    await host.close();
    await ada.seen('state', ({ state }) => state === 'host-offline');
    ada.room.say('still here');
    await rig.host('tea', { code: true });
    await ada.seen('sent');
    const bob = await rig.person('bob');
    expect(await bob.client.join('tea')).toMatchObject({ ok: false, code: 'code-needed' });
  });

  it('that does not let us in is not spoken of', async () => {
    const rig = await emptyRig();
    const host = await rig.host('vault', { code: true });
    const ada = await rig.person('ada');
    const wrong = await ada.client.join(host.invite.replace(/\.[a-z2-7]+~.*$/, `.${'a'.repeat(26)}`));
    expect(wrong).toEqual({ ok: false, code: 'wrong-code' });
    expect(ada.events.filter((event) => 'room' in event)).toEqual([]);
    expect(ada.client.rooms()).toEqual([]);
  });
});

describe('joining', () => {
  it('is ready with roster and head, and shows what newcomers may read as history', async () => {
    const { rig, host, ada } = await rigged();
    ada.room.say('before you came');
    await ada.seen('sent');
    const cleo = await rig.person('cleo');
    await cleo.joins(host.invite);
    const ready = await cleo.seen('ready');
    expect(ready.info).toMatchObject({ title: 'tea', via: 'relay', relay: rig.relay.url, private: false });
    expect(ready.me).toMatchObject({ nick: 'cleo', role: 'member' });
    expect(await cleo.hears('before you came')).toMatchObject({
      history: true,
      line: { by: { nick: 'ada' } },
    });
    expect(history(cleo)).toEqual(['before you came']);
    expect(types(cleo).indexOf('ready')).toBeLessThan(types(cleo).indexOf('line'));
  });

  it('without a backlog shows nothing earlier', async () => {
    const { rig, host, ada } = await rigged({ backlog: 0 });
    ada.room.say('secret');
    await ada.seen('sent');
    const cleo = await rig.person('cleo');
    await cleo.joins(host.invite);
    ada.room.say('now');
    await cleo.hears('now');
    expect(cleo.texts).toEqual(['now']);
  });

  it('finds a room by its title, and by title and tag', async () => {
    const { rig, ada } = await rigged();
    const cleo = await rig.person('cleo');
    const session = await cleo.joins('tea');
    expect(session.info.id).toBe(ada.room.info.id);
    const dan = await rig.person('dan');
    await dan.joins(`tea~${session.info.tag}`);
    expect(dan.client.listed()).toMatchObject([{ title: 'tea', code: false }]);
  });

  it('tells what is wrong: no such room, no relay, no answer, no invite', async () => {
    const rig = await emptyRig();
    const ada = await rig.person('ada');
    expect(await ada.client.join('nowhere')).toEqual({ ok: false, code: 'no-such-room' });
    expect(await ada.client.join('tc://bro ken?')).toEqual({ ok: false, code: 'bad-invite' });
    const bob = await rig.person('bob', { relays: [], clock: hastyClock(50) });
    expect(await bob.client.join('nowhere')).toEqual({ ok: false, code: 'no-relay' });
    const cleo = await rig.person('cleo', { relays: ['ws://127.0.0.1:9'] });
    const unreachable = { ok: false, code: 'unreachable', names: ['ws://127.0.0.1:9'] };
    expect(await cleo.client.join('nowhere')).toEqual(unreachable);
  });

  it('wants the code of a room that has one, and keeps it for the next time', async () => {
    const rig = await emptyRig();
    const host = await rig.host('vault', { code: true });
    const ada = await rig.person('ada');
    expect(await ada.client.join('vault')).toEqual({ ok: false, code: 'code-needed' });
    expect(await ada.client.join('vault', { code: 'nonsense' })).toEqual({ ok: false, code: 'wrong-code' });
    const wrong = await ada.client.join('vault', { code: 'a'.repeat(26) });
    expect(wrong).toEqual({ ok: false, code: 'wrong-code' });
    await ada.joins('vault', host.code);
    await ada.close();
    const again = await rig.person('ada');
    expect(await again.client.join('vault')).toMatchObject({ ok: true });
    const bob = await rig.person('bob');
    await bob.joins(host.invite);
  });

  it('reaches a private room by its invite only', async () => {
    const rig = await emptyRig();
    const host = await rig.host('den', { private: true });
    const ada = await rig.person('ada');
    expect(await ada.client.join('den')).toEqual({ ok: false, code: 'no-such-room' });
    expect((await ada.joins(host.invite)).info.private).toBe(true);
  });

  it('twice gives the room one is in', async () => {
    const { ada, host } = await rigged();
    const again = await ada.joins(host.invite);
    expect(again).toBe(ada.room);
  });
});

describe('a call', () => {
  it('is dialled, rings and is answered; after an interruption the session tells it', async () => {
    const rig = await emptyRig();
    const { invite } = await rig.host('tea');
    const bob = await rig.person('bob');
    const steps: CallStep[] = [];
    const joined = await bob.client.join(invite, { called: (step) => steps.push(step) });
    expect(joined.ok).toBe(true);
    expect(steps).toEqual(['dialling', 'ringing', 'answered']);
    expect(bob.all('calling')).toEqual([]);
    await rig.restartRelay();
    await bob.seen('ready', () => true, 2);
    const again = bob.all('calling').map(({ step }) => step);
    expect(again.slice(-2)).toEqual(['ringing', 'answered']);
    expect(steps).toHaveLength(3);
  });
});

describe('an interruption', () => {
  it('of the relay: the session comes back by itself and misses nothing', async () => {
    const { rig, ada, bob } = await rigged();
    ada.room.say('before');
    await bob.hears('before');
    await rig.restartRelay(async () => {
      await bob.seen('state', ({ state }) => state === 'reconnecting');
      bob.room.say('meanwhile');
      expect(bob.room.pending()).toHaveLength(1);
    });
    await ada.hears('meanwhile');
    await bob.seen('sent');
    expect(ada.texts).toEqual(['before', 'meanwhile']);
    expect(bob.texts).toEqual(['before', 'meanwhile']);
    await bob.seen('resumed', ({ complete }) => complete);
    expect(bob.all('ready')).toHaveLength(2);
  });

  it('of the host: what is said meanwhile waits and arrives once, in the same log', async () => {
    const { rig, host, ada, bob } = await rigged();
    ada.room.say('one');
    await bob.hears('one');
    const { log } = host;
    await host.close();
    await ada.seen('state', ({ state }) => state === 'host-offline');
    ada.room.say('two');
    ada.room.say('three');
    expect(ada.room.pending()).toHaveLength(2);
    const again = await rig.host('tea');
    expect(again.log).toBe(log);
    await Promise.all([ada.hears('three'), bob.hears('three')]);
    expect(ada.texts).toEqual(['one', 'two', 'three']);
    expect(bob.texts).toEqual(['one', 'two', 'three']);
    await ada.seen('sent', () => true, 3);
    expect(ada.all('sent')).toHaveLength(3);
    expect(history(bob)).toEqual(['one', 'two', 'three']);
  });

  it('of the client: what it said is durable and goes out with the same id', async () => {
    const { rig, host, ada, bob } = await rigged();
    await host.close();
    await ada.seen('state', ({ state }) => state === 'host-offline');
    const said = ada.room.say('still here');
    await ada.close();
    const again = await rig.person('ada');
    await rig.host('tea');
    await again.joins(host.invite);
    const heard = await bob.hears('still here');
    expect(said).toEqual({ ok: true, value: heard.line.id });
    expect((await again.seen('sent')).id).toBe(heard.line.id);
  });

  it('of the client: the archive shows what was before, and only what is new is told as history', async () => {
    const { rig, host, ada, bob } = await rigged();
    ada.room.say('one');
    await bob.hears('one');
    await bob.close();
    ada.room.say('two');
    await ada.seen('sent', () => true, 2);
    const again = await rig.person('bob');
    await again.joins(host.invite);
    expect(await again.hears('two')).toMatchObject({ history: true });
    expect(again.texts).toEqual(['two']);
    expect(history(again)).toEqual(['one', 'two']);
  });

  it('that is too long for the room’s memory leaves a gap that is told', async () => {
    const { rig, host, ada, bob } = await rigged({ retain: 5, backlog: 5 });
    ada.room.say('seen');
    await bob.hears('seen');
    const before = bob.room.history(1)[0]?.seq ?? 0;
    await bob.close();
    for (let i = 0; i < 20; i++) ada.room.say(`line ${i}`);
    await ada.seen('sent', () => true, 21);
    const again = await rig.person('bob');
    await again.joins(host.invite);
    const gap = await again.seen('gap');
    expect(gap.from).toBe(before + 1);
    expect(await again.seen('resumed')).toMatchObject({ complete: false, reason: 'trimmed' });
    expect(again.texts.at(-1)).toBe('line 19');
    expect(history(again)[0]).toBe('seen');
    expect(gap.to - gap.from + 1 + again.all('line').length).toBeGreaterThanOrEqual(20);
  });

  it('after which the host has another past is told as diverged, and the host’s past shown', async () => {
    const { rig, host, ada, bob } = await rigged();
    ada.room.say('common');
    await bob.hears('common');
    await ada.close();
    await bob.room.ping();
    await host.close();
    const file = join(rig.folder, 'tea.db');
    copyFileSync(file, `${file}.early`);
    const second = await rig.host('tea');
    await bob.seen('ready', () => true, 2);
    bob.room.say('lost with the disk');
    await bob.seen('sent');
    await second.close();
    await bob.seen('state', ({ state }) => state === 'host-offline', 2);
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
    copyFileSync(`${file}.early`, file);
    const third = await rig.host('tea');
    third.setTopic('from a backup');
    third.setTopic('of last week');
    expect(await bob.seen('resumed', ({ reason }) => reason === 'diverged')).toMatchObject({
      complete: false,
    });
    bob.room.say('onwards');
    await bob.hears('onwards');
    expect(history(bob)).toEqual(['common', 'onwards']);
  });

  it('after which the host has a new log is told, and the new log followed from its beginning', async () => {
    const { rig, host, bob } = await rigged();
    bob.room.say('in the old log');
    await bob.seen('sent');
    await host.close();
    const file = join(rig.folder, 'tea.db');
    const old = new SqliteHistory(file);
    const record = old.record();
    old.close();
    if (!record) throw new Error('no record');
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
    const fresh = new SqliteHistory(file);
    const log = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    fresh.begin({ ...record, log }, chainStart(record.room, log));
    fresh.close();
    await rig.host('tea');
    expect(await bob.seen('resumed')).toMatchObject({ reason: 'new_log' });
    bob.room.say('in the new log');
    await bob.hears('in the new log');
    expect(history(bob)).toEqual(['in the new log']);
  });

  it('fills the outbox to its bound and refuses the rest', async () => {
    const { host, ada } = await rigged();
    await host.close();
    await ada.seen('state', ({ state }) => state === 'host-offline');
    for (let i = 0; i < MAX_OUTBOX; i++) expect(ada.room.say(`line ${i}`).ok).toBe(true);
    expect(ada.room.say('one too many')).toEqual({ ok: false, code: 'outbox-full' });
  });
});

describe('a relay', () => {
  it('that answers with another key is refused, until it was left and is connected to again', async () => {
    const { rig, ada } = await rigged();
    const { url } = rig.relay;
    await rig.restartRelay(() => rmSync(join(rig.folder, 'relay'), { recursive: true }));
    await ada.seen('relays', ({ relays }) => relays[0]?.state === 'closed');
    expect(await ada.client.connect(url)).toEqual({ ok: false, code: 'changed-key' });
    await ada.client.disconnect(url);
    expect(await ada.client.connect(url)).toMatchObject({ ok: true, value: { id: rig.relay.relayId } });
  });

  it('is told apart: wrong address, nobody there, there', async () => {
    const rig = await emptyRig();
    const ada = await rig.person('ada', { relays: [] });
    expect(await ada.client.connect('http://example.org/x')).toEqual({ ok: false, code: 'bad-address' });
    expect(await ada.client.connect('ws://127.0.0.1:9')).toMatchObject({ ok: false, code: 'unreachable' });
    expect(await ada.client.connect(rig.relay.url)).toMatchObject({ ok: true, value: { state: 'online' } });
    expect(ada.client.relays()).toHaveLength(2);
    await ada.client.disconnect('ws://127.0.0.1:9');
    expect(ada.client.relays().map(({ url }) => url)).toEqual([rig.relay.url]);
  });

  it('is one of several: rooms of all of them are listed, joined and spoken in', async () => {
    const [here, there] = [await emptyRig(), await emptyRig()];
    await here.host('tea');
    await there.host('coffee');
    const ada = await here.person('ada', { relays: [here.relay.url, there.relay.url] });
    const bob = await there.person('bob');
    await ada.client.refresh(5_000);
    expect(ada.client.listed().map(({ title }) => title)).toEqual(['coffee', 'tea']);
    await ada.joins('tea');
    const coffee = await ada.joins('coffee');
    await bob.joins('coffee');
    expect(coffee.info.relay).toBe(there.relay.url);
    coffee.say('from over there');
    await bob.hears('from over there');
    expect(await bob.client.whisper('ada', 'psst')).toMatchObject({ ok: true });
    await ada.seen('whisper');
    await here.relay.close();
    await ada.seen('state', ({ state }) => state === 'reconnecting' || state === 'host-offline');
    coffee.say('still here');
    await bob.hears('still here');
  });

  it('found on this machine is used and left as the finder says', async () => {
    const rig = await emptyRig();
    await rig.host('tea');
    let tell: (urls: readonly string[]) => void = () => undefined;
    const finder = {
      watch(found: (urls: readonly string[]) => void) {
        tell = found;
        found([rig.relay.url]);
        return () => undefined;
      },
    };
    const ada = await rig.person('ada', { relays: [], finder });
    expect((await ada.joins('tea')).info).toMatchObject({ via: 'lan', relay: rig.relay.url });
    expect(ada.client.listed()).toMatchObject([{ via: 'lan' }]);
    tell([]);
    await ada.seen('state', ({ state }) => state === 'reconnecting');
    expect(ada.client.relays()).toEqual([]);
    tell([rig.relay.url]);
    await ada.seen('ready', () => true, 2);
  });
});

describe('time', () => {
  it('makes for a new handshake once a day, which nobody notices', async () => {
    const rig = await emptyRig();
    const host = await rig.host('tea');
    let days = 0;
    const clock = {
      now: () => systemClock.now(),
      wall: () => systemClock.wall(),
      after: (ms: number, callback: () => void) =>
        systemClock.after(ms === REHANDSHAKE_MS && days++ === 0 ? 50 : ms, callback),
    };
    const ada = await rig.person('ada', { clock });
    await ada.joins(host.invite);
    await ada.seen('ready', () => true, 2);
    ada.room.say('a new day');
    await ada.seen('sent');
    expect(ada.all('state').map(({ state }) => state)).toEqual(['online']);
    expect(ada.texts).toEqual(['a new day']);
  });
});

describe('a nick', () => {
  it('that was changed between two runs is made known', async () => {
    const { rig, host, ada, bob } = await rigged();
    await ada.close();
    const again = await rig.person('countess', { home: 'ada' });
    await again.joins(host.invite);
    const renamed = await bob.seen('line', ({ line }) => line.kind === 'nick');
    expect(renamed.line).toMatchObject({ was: 'ada', nick: 'countess' });
  });
});

describe('closing', () => {
  it('with a reason says goodbye, without one is only an absence', async () => {
    const { ada, bob, rig, host } = await rigged();
    const cleo = await rig.person('cleo');
    await cleo.joins(host.invite);
    await ada.client.close();
    await cleo.seen('presence', ({ who, presence }) => who.nick === 'ada' && presence === 'offline');
    await bob.client.close('supper');
    const left = await cleo.seen('line', ({ line }) => line.kind === 'leave');
    expect(left.line).toMatchObject({ who: { nick: 'bob' }, reason: 'supper' });
  });

  it('ends a join that is still on its way', async () => {
    const { rig, host } = await rigged();
    const cleo = await rig.person('cleo');
    await cleo.client.connect(rig.relay.url);
    const joining = cleo.client.join(host.invite);
    await cleo.client.close();
    expect(await joining).toMatchObject({ ok: false });
    const dan = await rig.person('dan');
    await dan.client.refresh(5_000);
    const abort = new AbortController();
    const aborted = dan.client.join(host.invite, { signal: abort.signal });
    abort.abort();
    expect(await aborted).toEqual({ ok: false, code: 'left' });
    expect(dan.client.rooms()).toEqual([]);
  });
});

describe('one identity in two places', () => {
  async function secondWindow({ rig, ada }: Pick<Awaited<ReturnType<typeof rigged>>, 'rig' | 'ada'>) {
    const profile = { ...ada.profile, archiveFile: ':memory:' };
    const second = await openClient({ profile, relays: [rig.relay.url], dialler: wsDialler });
    open.push(() => second.close());
  }

  it('is told where it was first, which stays quiet', async () => {
    const { rig, ada } = await rigged();
    const copy = await rig.person('ada', { home: 'ada' });
    expect(copy.client.self).toMatchObject({ guest: true, nick: 'ada-2' });
    await secondWindow({ rig, ada });
    await ada.seen('signed-in-elsewhere');
    expect(ada.all('state').at(-1)).toMatchObject({ state: 'closed', reason: 'signed-in-elsewhere' });
    expect(ada.client.relays()).toMatchObject([{ state: 'closed', reason: 'signed-in-elsewhere' }]);
  });

  it('leaves no room there that seems to be dialled again while its host is away', async () => {
    const { rig, ada, host } = await rigged();
    await host.close();
    await ada.seen('state', ({ state }) => state === 'host-offline');
    await secondWindow({ rig, ada });
    await ada.seen('signed-in-elsewhere');
    expect(ada.all('state').at(-1)).toMatchObject({ state: 'closed', reason: 'signed-in-elsewhere' });
    expect(ada.client.rooms()).toEqual([]);
  });
});
