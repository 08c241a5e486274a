import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { InviteOptions, MadeInvite } from '../../src/client/api.ts';
import { startRelay } from '../../src/relay/index.ts';
import { formatCode, formatInvite, generateCode, parseInvite } from '../../src/shared/crypto/invite.ts';
import { formatWords, meetingPlace, parseWords } from '../../src/shared/crypto/invite-words.ts';
import { joinPsk } from '../../src/shared/crypto/keys.ts';
import { idBytes, identityKey, roomId } from '../../src/shared/ids.ts';
import { HOUR, MINUTE } from '../../src/shared/limits.ts';
import { systemClock, type Clock } from '../../src/link/clock.ts';
import { RecordingProxy } from '../support/recording-proxy.ts';
import { RoomRig, type Watched } from '../support/room-rig.ts';

let rig: RoomRig;
beforeEach(async () => {
  rig = await RoomRig.start();
});
afterEach(() => rig.close());

/** A clock that somebody sets. */
class SetClock implements Clock {
  ahead = 0;
  now(): number {
    return systemClock.now();
  }
  wall(): number {
    return systemClock.wall() + this.ahead;
  }
  after(ms: number, callback: () => void): () => void {
    return systemClock.after(ms, callback);
  }
}

/** A room with a code, and its owner in it. */
async function tea(changes: Parameters<RoomRig['host']>[1] = {}) {
  const host = await rig.host('tea', { code: true, ...changes });
  const owner = await rig.person('ada', { home: 'host' });
  await owner.joins(host.invite);
  const invite = async (options: InviteOptions): Promise<MadeInvite> => {
    const made = await owner.room.invite(options);
    if (!made.ok) throw new Error(made.code);
    return made.value;
  };
  const states = async () => {
    const listed = await owner.room.invites();
    return listed.ok ? listed.value.map(({ n, state, usedBy }) => [n, state, usedBy?.nick]) : listed.code;
  };
  return { host, owner, invite, states };
}

async function refusalOf(one: Watched, target: string): Promise<string> {
  const joined = await one.client.join(target);
  return joined.ok ? 'in' : joined.code;
}

describe('an invite of its own', () => {
  it('for one person lets one in, who comes back without it', async () => {
    const { invite, states, owner } = await tea();
    const { link, n } = await invite({ once: true });
    expect(parseInvite(link)?.code).toBeDefined();
    const [bob, cleo] = [await rig.person('bob'), await rig.person('cleo')];
    await bob.joins(link);
    expect(await refusalOf(cleo, link)).toBe('invite-used');
    expect(await states()).toEqual([[n, 'used', 'bob']]);
    await bob.room.leave();
    await owner.seen('line', ({ line }) => line.kind === 'leave');
    expect(await refusalOf(bob, link)).toBe('in');
    await bob.room.leave();
    expect(await refusalOf(bob, 'tea')).toBe('in');
  });

  it('is not used up by somebody who is not let in', async () => {
    const { invite, host, states } = await tea({ maxMembers: 1 });
    const { link, n } = await invite({ once: true });
    expect(host.members()).toHaveLength(1);
    const bob = await rig.person('bob');
    await bob.joins(link);
    const other = await invite({ once: true });
    const cleo = await rig.person('cleo');
    expect(await refusalOf(cleo, other.link)).toBe('room-full');
    expect(await states()).toEqual([
      [n, 'used', 'bob'],
      [other.n, 'open', undefined],
    ]);
  });

  it('runs out by the clock of the host', async () => {
    const clock = new SetClock();
    const { invite, states } = await tea({ clock });
    const { link, ms } = await invite({ ms: HOUR });
    expect(ms).toBe(HOUR);
    const [bob, cleo] = [await rig.person('bob'), await rig.person('cleo')];
    clock.ahead = HOUR - MINUTE;
    expect(await refusalOf(bob, link)).toBe('in');
    clock.ahead = HOUR;
    expect(await refusalOf(cleo, link)).toBe('invite-expired');
    expect(await states()).toEqual([[1, 'expired', 'bob']]);
  });

  it('can be taken back', async () => {
    const { invite, states, owner } = await tea();
    const { link } = await invite({ once: true });
    expect(await owner.room.invites(1)).toMatchObject({ ok: true, value: [{ n: 1, state: 'revoked' }] });
    expect(await owner.room.invites(1)).toMatchObject({ ok: false, code: 'no-change' });
    const bob = await rig.person('bob');
    expect(await refusalOf(bob, link)).toBe('invite-revoked');
    expect(await states()).toEqual([[1, 'revoked', undefined]]);
  });

  it('outlives the host, used or not', async () => {
    const { host, invite, owner } = await tea();
    const [used, open] = [await invite({ once: true }), await invite({ once: true })];
    const bob = await rig.person('bob');
    await bob.joins(used.link);
    await owner.close();
    await host.close();
    await rig.host('tea');
    const [cleo, dora] = [await rig.person('cleo'), await rig.person('dora')];
    expect(await refusalOf(cleo, used.link)).toBe('invite-used');
    expect(await refusalOf(dora, open.link)).toBe('in');
    await bob.seen('state', ({ state }) => state === 'online', 2);
  });

  it('is shown once more to a host that was set back to an older copy of its room', async () => {
    const { host, owner } = await tea();
    await owner.close();
    await host.close();
    const [file, copy] = [join(rig.folder, 'tea.db'), join(rig.folder, 'copy.db')];
    copyFileSync(file, copy);
    const later = await rig.host('tea');
    const bob = await rig.person('bob');
    await bob.joins(later.invite);
    await later.close();
    for (const end of ['-wal', '-shm']) rmSync(file + end, { force: true });
    copyFileSync(copy, file);
    const back = await rig.host('tea');
    await bob.seen('state', ({ state }) => state === 'online', 2);
    expect(back.members().map(({ nick }) => nick)).toContain('bob');
  });

  it('does not let in whoever was put out, and asks them for a code', async () => {
    const { invite, owner } = await tea();
    const { link } = await invite({ once: true });
    const bob = await rig.person('bob');
    await bob.joins(link);
    owner.room.act({ type: 'kick', key: bob.client.self.key });
    await bob.seen('removed');
    expect(await refusalOf(bob, link)).toBe('invite-used');
    expect(await refusalOf(bob, 'tea')).toBe('code-needed');
    const other = await invite({ once: true });
    expect(await refusalOf(bob, other.link)).toBe('in');
  });

  it('is made by the owner and operators only', async () => {
    const { host, owner } = await tea();
    const bob = await rig.person('bob');
    await bob.joins(host.invite);
    for (const options of [{}, { once: true }, { words: true }])
      expect(await bob.room.invite(options)).toMatchObject({ ok: false, code: 'not-allowed' });
    expect(await bob.room.invites()).toMatchObject({ ok: false, code: 'not-allowed' });
    expect(await bob.room.invites(1)).toMatchObject({ ok: false, code: 'not-allowed' });
    owner.room.act({ type: 'role', key: bob.client.self.key, role: 'op' });
    await owner.seen('members', ({ members }) => members.some(({ role }) => role === 'op'));
    const made = await bob.room.invite({});
    expect(made).toMatchObject({ ok: true, value: { link: host.invite } });
  });

  it('means nothing where anybody may come in', async () => {
    const { owner } = await tea({ code: false });
    expect(await owner.room.invite({ once: true })).toMatchObject({ ok: false, code: 'no-code' });
    expect(await owner.room.invite({ ms: HOUR })).toMatchObject({ ok: false, code: 'no-code' });
    expect(await owner.room.invite({})).toMatchObject({ ok: true });
  });
});

describe('a spoken invite', () => {
  it('leads one person into a room that is on no list', async () => {
    const { invite, states } = await tea({ private: true });
    const { words = '', ms } = await invite({ words: true });
    expect(words.split(' ')).toHaveLength(8);
    expect(ms).toBe(HOUR);
    const [bob, cleo] = [await rig.person('bob'), await rig.person('cleo')];
    const room = await bob.joins(words.toUpperCase());
    expect(room.info).toMatchObject({ title: 'tea', private: true });
    expect(await refusalOf(cleo, words)).toBe('unknown-words');
    expect(await states()).toEqual([[1, 'used', 'bob']]);
  });

  it('leads into an open room as well', async () => {
    const { invite } = await tea({ code: false });
    const { words = '' } = await invite({ words: true });
    const bob = await rig.person('bob');
    expect((await bob.joins(words)).info.title).toBe('tea');
  });

  it('leads in by either line of a room that has two', async () => {
    const lan = await startRelay({ listen: { host: '127.0.0.1', port: 0 }, dataDir: undefined });
    onTestFinished(() => lan.close());
    const { invite } = await tea({ private: true, lanUrl: lan.url });
    for (const [nick, url] of [
      ['bob', rig.relay.url],
      ['cleo', lan.url],
    ] as const) {
      const { words = '' } = await invite({ words: true });
      const person = await rig.person(nick, { relays: [url] });
      expect((await person.joins(words)).info).toMatchObject({ title: 'tea', relay: url });
    }
  });

  it('shows the relay neither words nor link nor code', async () => {
    const proxy = await RecordingProxy.start(rig.relay.url);
    const { invite, host } = await tea({ private: true, relayUrl: proxy.url });
    const { words = '', link } = await invite({ words: true });
    const bob = await rig.person('bob', { relays: [proxy.url] });
    await bob.joins(words);
    const recorded = proxy.recorded();
    await rig.close();
    await proxy.close();
    const spoken = parseWords(words);
    const { code } = parseInvite(link) ?? {};
    if (!spoken?.ok || !code) throw new Error('no words or no code');
    const secrets = [
      spoken.secret,
      code,
      joinPsk(code, idBytes(parseInvite(link)?.room ?? host.room)),
      meetingPlace(spoken.secret).code,
    ];
    expect(secrets.map((secret) => recorded.includes(Buffer.from(secret)))).toEqual([
      false,
      false,
      false,
      false,
    ]);
    const texts = [words, link, link.slice(-31), formatCode(code)];
    expect(texts.map((text) => recorded.includes(text))).toEqual([false, false, false, false]);
    expect(recorded.includes(Buffer.from(meetingPlace(spoken.secret).room))).toBe(true);
  });

  it('is good until it runs out or is taken back', async () => {
    const clock = new SetClock();
    const { invite, owner } = await tea({ clock });
    const [first, second] = [await invite({ words: true }), await invite({ words: true, ms: MINUTE })];
    await owner.room.invites(first.n);
    clock.ahead = MINUTE;
    const bob = await rig.person('bob');
    expect(await refusalOf(bob, first.words ?? '')).toBe('unknown-words');
    expect(await refusalOf(bob, second.words ?? '')).toBe('invite-expired');
  });

  it('outlives the host', async () => {
    const { host, invite, owner } = await tea();
    const { words = '' } = await invite({ words: true });
    await owner.close();
    await host.close();
    await rig.host('tea');
    const bob = await rig.person('bob');
    await expect.poll(() => refusalOf(bob, words)).toBe('in');
  });

  it('is refused by the words that are wrong', async () => {
    await tea();
    const bob = await rig.person('bob');
    const words = formatWords(new Uint8Array(9).fill(5)).split(' ');
    expect(await bob.client.join(words.join(' '))).toMatchObject({
      code: 'unknown-words',
      names: [rig.relay.url],
    });
    expect(await bob.client.join(words.with(1, 'xyzzy').join(' '))).toMatchObject({
      code: 'bad-words',
      names: ['xyzzy'],
    });
    expect(await bob.client.join(words.slice(1).join(' '))).toMatchObject({ code: 'bad-words', limit: 7 });
  });

  it('is one of three at a time', async () => {
    const { owner, invite } = await tea();
    for (let made = 0; made < 3; made++) await invite({ words: true });
    expect(await owner.room.invite({ words: true })).toMatchObject({ code: 'invite-limit', limit: 3 });
  });
});

describe('a link', () => {
  it('with another key than the host of its room has is refused before anything is sent', async () => {
    const { host } = await tea({ private: true });
    const good = parseInvite(host.invite);
    if (!good) throw new Error('no invite');
    const forged = formatInvite({ ...good, key: identityKey(new Uint8Array(32).fill(9)) });
    const bob = await rig.person('bob');
    expect(await bob.client.join(forged)).toMatchObject({ code: 'foreign-invite' });
    expect(host.members()).toHaveLength(1);
    await bob.joins(host.invite);
    expect(await bob.client.join(forged)).toMatchObject({ code: 'foreign-invite' });
  });

  it('says what is wrong with it', async () => {
    const { host } = await tea();
    const bob = await rig.person('bob');
    const { invite } = host;
    expect(await refusalOf(bob, invite.slice(0, -10))).toBe('cut-invite');
    expect(await refusalOf(bob, invite.replace('~', 'a~'))).toBe('bad-invite');
    expect(await refusalOf(bob, invite.replace('tc:', 'tc2:'))).toBe('other-invite');
    const good = parseInvite(invite);
    if (!good) throw new Error('no invite');
    const gone = formatInvite({ ...good, room: roomId(new Uint8Array(16)) });
    expect(await bob.client.join(gone)).toMatchObject({ code: 'no-such-room', about: 'invite' });
    const wrong = formatInvite({ ...good, code: generateCode() });
    expect(await refusalOf(bob, wrong)).toBe('wrong-code');
    const nowhere = formatInvite({ ...good, room: roomId(new Uint8Array(16)), port: 1 });
    expect(await bob.client.join(nowhere)).toMatchObject({
      code: 'unreachable',
      about: 'invite',
      names: ['ws://127.0.0.1:1'],
    });
  });

  it('may be copied over several rows of a terminal', async () => {
    const { host } = await tea();
    const bob = await rig.person('bob');
    const rows = host.invite.match(/.{1,40}/g) ?? [];
    expect(rows.length).toBeGreaterThan(1);
    expect(await refusalOf(bob, rows.join(' \n '))).toBe('in');
  });
});
