import { describe, expect, it, onTestFinished } from 'vitest';
import { parseInvite } from '../../src/shared/crypto/invite.ts';
import { randomBytes, signerFrom } from '../../src/shared/crypto/sign.ts';
import { idBytes } from '../../src/shared/ids.ts';
import { LEAVE_GRACE_MS } from '../../src/shared/limits.ts';
import { hostOptions } from './host-options.ts';
import { hostFor, memberFor, relayFor, roomRig, tempFile } from './room-rig.ts';
import { startHost } from '../../src/host/start.ts';
import type { MemberRecord } from '../../src/host/history/history.ts';
import { SqliteHistory } from '../../src/host/history/sqlite-history.ts';
import type { HostEvent } from '../../src/host/host-events.ts';
import { wsDialler } from '../../src/link/ws-transport.ts';
import { ManualClock } from '../link/manual-clock.ts';
import { hastyClock } from '../support/hasty-clock.ts';
import { ScriptedMember } from '../support/peers/scripted-member.ts';
import { checkHead, transcriptOf } from '../support/peers/transcript.ts';

describe('joining a hosted room', () => {
  it('lets two people in and carries their lines both ways', async () => {
    const { member } = await roomRig();
    const ada = await member({ nick: 'ada' }).join();
    const bob = await member({ nick: 'bob' }).join();
    await ada.line('hello');
    await bob.line('hi');
    await ada.settled();
    expect(transcriptOf(ada)).toEqual(['room-opened', '+host', '+ada', '+bob', 'hello', 'hi']);
    expect(transcriptOf(bob)).toEqual(['room-opened', '+host', '+ada', '+bob', 'hello', 'hi']);
  });

  it('welcomes with the room, its head and everybody on the roster', async () => {
    const { member, host } = await roomRig({ topic: 'milk first', private: true, rate: 2, burst: 6 });
    const ada = await member({ nick: 'ada' }).join();
    const { welcome } = ada;
    expect(welcome).toMatchObject({
      title: 'tea',
      topic: 'milk first',
      private: true,
      role: 'member',
      floor: 1,
      counter: 0,
      resume: 'fresh',
      rosterSize: 2,
      limits: { rate: 2, burst: 6, textBytes: 4_096, textLines: 64 },
    });
    expect(welcome.roster.map(({ nick, role, presence }) => [nick, role, presence])).toEqual([
      ['host', 'owner', 'offline'],
      ['ada', 'member', 'online'],
    ]);
    checkHead(ada, welcome.head);
    await ada.cast(({ seq }) => seq === welcome.head[0] + 1);
    expect(host.members().map(({ nick }) => nick)).toEqual(['host', 'ada']);
  });

  it('is the first thing a member hears: welcome before anything else', async () => {
    const { member } = await roomRig();
    const ada = await member({ nick: 'ada' }).join();
    expect(ada.heard.all[0]).toMatchObject({ type: 'message', message: { t: 'welcome' } });
  });

  it('knows the owner by its key', async () => {
    const { member, signer } = await roomRig();
    const owner = await member({ signer, nick: 'other' }).join();
    expect(owner.welcome.role).toBe('owner');
    await owner.line('mine');
    expect(transcriptOf(owner)).toEqual(['room-opened', '+host', 'mine']);
  });

  it('names somebody by the key where the nick is unusable', async () => {
    const { member } = await roomRig();
    const ada = await member({ nick: '\u001b[31m' }).join();
    const me = ada.welcome.roster.find(({ role }) => role === 'member');
    expect(me?.nick).toMatch(/^[a-z2-7]{4}$/);
  });

  it('lets who has left come again under another name', async () => {
    const { member, host } = await roomRig();
    const ada = await member({ nick: 'ada' }).join();
    ada.say({ t: 'leave' });
    await ada.hungUp();
    await member({ nick: 'queen', signer: ada.signer }).join();
    expect(host.members().map(({ nick }) => nick)).toEqual(['host', 'queen']);
  });

  it('keeps of those who are away for long the owner on the roster, without looking again and again', async () => {
    let timers = 0;
    class Counted extends ManualClock {
      override after(ms: number, callback: () => void): () => void {
        timers++;
        return super.after(ms, callback);
      }
    }
    const clock = new Counted();
    const { member, signer, host } = await roomRig({ clock });
    const there = [await member({ signer }).join(), await member({ nick: 'ada' }).join()];
    for (const each of there) await each.close();
    await expect
      .poll(() => host.members().map(({ presence }) => presence), { interval: 5 })
      .toEqual(['offline', 'offline']);
    timers = 0;
    clock.advance(2 * LEAVE_GRACE_MS);
    expect(timers).toBeLessThan(1_000);
    await expect.poll(() => host.members().map(({ role }) => role), { interval: 5 }).toEqual(['owner']);
  });

  it('needs the join code where there is one', async () => {
    const { member, host, code } = await roomRig({ code: true });
    expect(code).toHaveLength(16);
    expect(host.invite).toContain(host.code ?? 'no code');
    const ada = await member().join();
    expect(ada.welcome.title).toBe('tea');
    const wrong = await member({ code: randomBytes(16) }).dial();
    expect(await wrong.hungUp()).toBe('wrong-code');
    const none = await member({ code: undefined }).dial();
    expect(await none.hungUp()).toBe('wrong-code');
  });

  it('bars who tries five wrong codes, even with the right one then', async () => {
    const { member } = await roomRig({ code: true });
    const signer = signerFrom(randomBytes(32));
    const codes = [];
    for (let i = 0; i < 5; i++) {
      const guess = await member({ signer, code: randomBytes(16) }).dial();
      codes.push(await guess.hungUp());
      await guess.close();
    }
    expect(codes).toEqual(['wrong-code', 'wrong-code', 'wrong-code', 'wrong-code', 'too-many-tries']);
    const right = await member({ signer }).dial();
    expect(await right.hungUp()).toBe('too-many-tries');
    expect((await member().join()).welcome.title).toBe('tea');
  });

  it('turns away whom the room has no place for, and says so', async () => {
    const { member } = await roomRig({ maxMembers: 1 });
    const ada = await member({ nick: 'ada' }).join();
    const bob = await member({ nick: 'bob' }).dial();
    expect(await bob.message('refused')).toMatchObject({ code: 'room-full' });
    expect(await bob.hungUp()).toBe('room-full');
    ada.say({ t: 'leave' });
    await ada.hungUp();
    const cleo = await member({ nick: 'cleo' }).join();
    expect(cleo.welcome.role).toBe('member');
  });

  it('turns away an identity other than the one that logged in', async () => {
    const { member } = await roomRig();
    const liar = await member({ certifiedBy: signerFrom(randomBytes(32)) }).dial();
    expect(await liar.hungUp()).toBe('not-allowed');
  });

  it('lets newcomers who come close together in with one new key', async () => {
    const { member } = await roomRig({ rekey: { joinMs: 150 }, clock: hastyClock(1) });
    const ada = await member({ nick: 'ada' }).join();
    const [bob, cleo] = await Promise.all([member({ nick: 'bob' }).join(), member({ nick: 'cleo' }).join()]);
    await ada.line('all here');
    await ada.settled();
    const epochs = ada.messages('rekey').map(({ kepoch }) => kepoch);
    expect(epochs).toEqual([ada.welcome.head[2] + 1]);
    expect(bob.welcome.head[2]).toBe(cleo.welcome.head[2]);
    expect(transcriptOf(ada).toSorted()).toEqual([
      '+ada',
      '+bob',
      '+cleo',
      '+host',
      'all here',
      'room-opened',
    ]);
  });

  it('lets a newcomer who calls again before it is let in come in by the newer call', async () => {
    const { relay, host, member } = await roomRig({ rekey: { joinMs: 300 } });
    await member({ nick: 'ada' }).join();
    const bob = await ScriptedMember.logIn(relay.url);
    onTestFinished(() => bob.line.close());
    const room = idBytes(host.room);
    const earlier = await bob.enter(room, { nick: 'bob' });
    const newer = await bob.enter(room, { nick: 'bob' });
    expect((await newer.message('welcome')).rosterSize).toBe(3);
    await earlier.hungUp();
    await newer.line('here');
    expect(host.members().map(({ nick, presence }) => `${nick} ${presence}`)).toContain('bob online');
  });

  it.each(['in the one place', 'with an invite for one'])('lets one of two come in %s', async (reason) => {
    const clock = new ManualClock();
    const places = reason === 'in the one place' ? 2 : 10;
    const { member, host, signer } = await roomRig({
      code: true,
      maxMembers: places,
      rekey: { joinMs: 1_000 },
      clock,
    });
    const owner = await member({ signer }).join();
    owner.say({ t: 'invite', rid: 1, once: true, words: false });
    const { link } = await owner.message('invited');
    const once = places === 2 ? {} : { code: parseInvite(link ?? '')?.code };
    await member({ nick: 'ada' }).join();
    const [bob, cleo] = [
      await member({ nick: 'bob', ...once }).dial(),
      await member({ nick: 'cleo', ...once }).dial(),
    ];
    for (const each of [bob, cleo]) await each.member.line.settled();
    await owner.settled();
    clock.advance(1_000);
    await bob.message('welcome');
    expect((await cleo.message('refused')).code).toBe(places === 2 ? 'room-full' : 'invite-used');
    expect(host.members().map(({ nick }) => nick)).toEqual(['host', 'ada', 'bob']);
  });

  it('makes a stranger wait while ten newcomers came within ten seconds', async () => {
    const { member } = await roomRig({ maxMembers: 50, clock: hastyClock(1) });
    for (let i = 0; i < 10; i++) await member({ nick: `m${i}` }).join();
    const late = await member().dial();
    expect(await late.message('refused')).toMatchObject({ code: 'room-busy' });
  });

  it('gives the roster in pieces when it is long', async () => {
    const dataFile = tempFile();
    const { relay, signer, host } = await roomRig({ dataFile });
    await host.close();
    const history = new SqliteHistory(dataFile);
    const members = Array.from({ length: 450 }, (_, i): MemberRecord => {
      const record = {
        nick: `m${i}`,
        role: 'member',
        floor: 1,
        counter: 0,
        onRoster: true,
        kicked: false,
      } as const;
      return { key: randomBytes(32), ...record };
    });
    history.append({ events: [], members });
    history.close();
    const again = await hostFor(hostOptions(relay.url, signer, { dataFile, maxMembers: 1_000 }));
    const ada = await memberFor({ relayUrl: relay.url, room: again.room, nick: 'ada' }).join();
    const pieces = ada.messages('roster').map(({ members }) => members.length);
    expect([ada.welcome.rosterSize, ada.welcome.roster.length, ...pieces]).toEqual([452, 200, 200, 52]);
  });

  it('answers a broken handshake by hanging up', async () => {
    const { member } = await roomRig();
    const ada = await member().join();
    ada.raw(randomBytes(300));
    expect(await ada.hungUp()).toBe('protocol');
  });
});

describe('hosting a room', () => {
  it('says why it could not be hosted', async () => {
    const signer = signerFrom(randomBytes(32));
    const relay = await relayFor({ roomsPerIdentity: 0 });
    const at = (url: string, change = {}) => startHost(hostOptions(url, signer, change));
    expect(await at('ws://127.0.0.1:1')).toMatchObject({ ok: false, code: 'unreachable' });
    expect(await at('http://x')).toEqual({ ok: false, code: 'bad-address' });
    expect(await at(relay.url, { nick: '#x' })).toEqual({ ok: false, code: 'bad-nick' });
    expect(await at(relay.url, { title: '~' })).toEqual({ ok: false, code: 'bad-entry' });
    expect(await at(relay.url)).toMatchObject({ ok: false, code: 'room-limit' });
  });

  it('refuses a second host of one file', async () => {
    const dataFile = tempFile();
    const { relay, signer, host } = await roomRig({ dataFile });
    expect(await startHost(hostOptions(relay.url, signer, { dataFile }))).toEqual({
      ok: false,
      code: 'already-hosting',
    });
    await host.close();
    const again = await startHost(hostOptions(relay.url, signer, { dataFile }));
    expect(again).toMatchObject({ ok: true, value: { room: host.room } });
    if (again.ok) await again.value.close();
  });

  it('refuses the file of another identity', async () => {
    const dataFile = tempFile();
    const { relay, host } = await roomRig({ dataFile });
    await host.close();
    const stranger = signerFrom(randomBytes(32));
    expect(await startHost(hostOptions(relay.url, stranger, { dataFile }))).toEqual({
      ok: false,
      code: 'not-allowed',
    });
  });

  it('makes an invite that names relay, room and key', async () => {
    const { relay, host, signer } = await roomRig();
    expect(parseInvite(host.invite)).toMatchObject({ host: '127.0.0.1', port: relay.port, room: host.room });
    expect(parseInvite(host.invite)?.key).toBe(host.members()[0]?.key);
    expect(host.members()[0]?.role).toBe('owner');
    expect(signer.publicKey).toHaveLength(32);
  });

  it('tells members and the relay when it closes', async () => {
    const { member, host, relay } = await roomRig();
    const ada = await member().join();
    await host.close('good night');
    expect(await ada.message('closing')).toEqual({ t: 'closing', code: 'host-closed', reason: 'good night' });
    expect(await ada.hungUp()).toBe('host-closed');
    const late = memberFor({ relayUrl: relay.url, room: host.room });
    await expect(late.dial()).rejects.toThrow('error no-such-room');
  });

  it('tells what happens in the room', async () => {
    const { member, host } = await roomRig();
    const events: HostEvent[] = [];
    host.on((event) => events.push(event));
    const ada = await member({ nick: 'ada' }).join();
    await ada.line('secret');
    ada.say({ t: 'leave', reason: 'bye' });
    await ada.hungUp();
    host.setTopic('milk');
    await host.close();
    expect(events.map(({ type }) => type)).toEqual(['joined', 'posted', 'presence', 'left', 'topic']);
    expect(JSON.stringify(events)).not.toContain('secret');
    expect(events.find(({ type }) => type === 'left')).toMatchObject({ nick: 'ada', reason: 'bye' });
  });

  it('keeps asking for a room that is taken, and says so', async () => {
    const dataFile = tempFile();
    const { relay, signer, host } = await roomRig({ dataFile });
    // A copy of the room's file on another machine.
    const copy = tempFile('copy.db');
    const { copyFileSync } = await import('node:fs');
    await host.close();
    copyFileSync(dataFile, copy);
    const first = await startHost(hostOptions(relay.url, signer, { dataFile }));
    const second = await startHost(hostOptions(relay.url, signer, { dataFile: copy, dialler: wsDialler }));
    if (!first.ok || !second.ok) throw new Error('not hosted');
    expect(second.value.state).toBe('taken');
    const online = new Promise<void>((resolve) => {
      second.value.on(({ type }) => type === 'online' && resolve());
    });
    await first.value.close();
    await online;
    expect(second.value.state).toBe('online');
    await second.value.close();
  });
});
