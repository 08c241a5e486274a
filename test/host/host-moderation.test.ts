import { describe, expect, it } from 'vitest';
import { openCast } from '../../src/shared/crypto/seal.ts';
import { idBytes } from '../../src/shared/ids.ts';
import { HOUR } from '../../src/shared/limits.ts';
import { hostOptions } from './host-options.ts';
import { hostFor, memberFor, roomRig, tempFile } from './room-rig.ts';
import { eventOf, type HeardCast, type MemberCircuit } from '../support/peers/member-circuit.ts';
import { transcriptOf } from '../support/peers/transcript.ts';

/** A room with its owner in it. */
async function ownedRoom(change: Parameters<typeof roomRig>[0] = {}) {
  const rig = await roomRig(change);
  const owner = await rig.member({ nick: 'host', signer: rig.signer }).join();
  return { ...rig, owner };
}

function opens(member: MemberCircuit, room: Parameters<typeof idBytes>[0], cast: HeardCast): boolean {
  const where = { room: idBytes(room), log: member.welcome.log };
  return [...member.keys.values()].some((key) => openCast(key, where, cast.payload) !== undefined);
}

async function refusal(member: MemberCircuit, id: Uint8Array): Promise<string> {
  const { code } = await member.message('rejected', (message) => Buffer.from(message.id).equals(id));
  return code;
}

const target = (member: MemberCircuit) => ({ key: member.signer.publicKey });

describe('a kick', () => {
  it('is deaf at once: nothing after it opens with any key the kicked ever had', async () => {
    const { owner, member, host } = await ownedRoom();
    const ada = await member({ nick: 'ada' }).join();
    const bob = await member({ nick: 'bob' }).join();
    const before = ada.event('bob reads this');
    const kick = owner.event('');
    const after = Array.from({ length: 20 }, (_, at) => ada.event(`bob must not read this ${at}`));
    ada.post(before);
    await ada.castOf(before.id);
    owner.postKind('kicked', { ...target(bob), reason: 'enough' });
    for (const event of after) ada.post(event);
    ada.say({ t: 'typing' });
    bob.say({ t: 'typing' });
    expect(await bob.message('closing')).toMatchObject({ code: 'kicked', reason: 'enough' });
    const kicked = await ada.cast((cast) => eventOf(cast)?.kind === 'kicked');
    await Promise.all(after.map(({ id }) => ada.castOf(id)));
    await member({ nick: 'cleo' }).join();
    await ada.line('after somebody joined');
    await ada.settled();
    const at = ada.casts().indexOf(kicked);
    const later = ada.casts().slice(at + 1);
    expect(later.length).toBeGreaterThan(20 - (kicked.seq - 1));
    expect(later.filter((cast) => opens(bob, host.room, cast))).toEqual([]);
    expect(
      ada
        .casts()
        .slice(0, at + 1)
        .some((cast) => opens(bob, host.room, cast)),
    ).toBe(true);
    expect(kick.kind).toBe('text');
    expect(
      host
        .members()
        .map(({ nick }) => nick)
        .toSorted(),
    ).toEqual(['ada', 'cleo', 'host']);
    // The relay was told as well: what is cast does not even reach the kicked.
    expect(bob.casts().filter(({ seq }) => seq > kicked.seq)).toEqual([]);
  });

  it('keeps what was said until a later return unreadable for the kicked', async () => {
    const { owner, member } = await ownedRoom();
    const ada = await member({ nick: 'ada' }).join();
    const bob = await member({ nick: 'bob' }).join();
    await ada.line('before');
    owner.postKind('kicked', target(bob));
    await bob.message('closing');
    await ada.line('while bob is out');
    const back = await member({ nick: 'bob', signer: bob.signer }).join();
    await ada.line('bob is back');
    await back.settled();
    back.say({ t: 'fetch', rid: 7, from: 1, to: 100 });
    await back.message('page', ({ rid, last }) => rid === 7 && last);
    const texts = [...transcriptOf(back), ...back.pages(7).flatMap(({ events }) => events.map(String))];
    expect(texts).toContain('bob is back');
    expect(texts).not.toContain('while bob is out');
    expect(texts).not.toContain('before');
    expect(back.welcome.floor).toBeGreaterThan(6);
  });

  it('takes an operator its role, which a leave does not', async () => {
    const { owner, member } = await ownedRoom();
    const ada = await member({ nick: 'ada' }).join();
    owner.postKind('role-changed', { ...target(ada), role: 'op' });
    await ada.cast((cast) => eventOf(cast)?.kind === 'role-changed');
    ada.say({ t: 'leave' });
    await ada.message('closing');
    const back = await member({ nick: 'ada', signer: ada.signer }).join();
    expect(back.welcome.role).toBe('op');
    owner.postKind('kicked', target(ada));
    await back.message('closing');
    expect((await member({ nick: 'ada', signer: ada.signer }).join()).welcome.role).toBe('member');
  });

  it('is refused to members, and against the owner, oneself and whoever is not there', async () => {
    const { owner, member } = await ownedRoom();
    const ada = await member({ nick: 'ada' }).join();
    const bob = await member({ nick: 'bob' }).join();
    const kick = (by: MemberCircuit, who: Uint8Array) => refusal(by, by.postKind('kicked', { key: who }).id);
    expect(await kick(ada, bob.signer.publicKey)).toBe('not-allowed');
    owner.postKind('role-changed', { ...target(ada), role: 'op' });
    owner.postKind('role-changed', { ...target(bob), role: 'op' });
    await ada.cast((cast) => eventOf(cast)?.kind === 'role-changed');
    expect(await kick(ada, owner.signer.publicKey)).toBe('target-owner');
    expect(await kick(ada, ada.signer.publicKey)).toBe('target-self');
    expect(await kick(ada, bob.signer.publicKey)).toBe('outranked');
    expect(await kick(owner, owner.signer.publicKey)).toBe('target-self');
    expect(await kick(owner, new Uint8Array(32).fill(9))).toBe('no-such-member');
  });
});

describe('a ban', () => {
  it('puts out, and keeps out by the key with reason and remaining time, over restarts and new nicks', async () => {
    const dataFile = tempFile();
    const { relay, signer, owner, member, host } = await ownedRoom({ dataFile });
    const bob = await member({ nick: 'bob' }).join();
    owner.postKind('banned', { ...target(bob), ms: HOUR, reason: 'spam' });
    expect(await bob.message('closing')).toMatchObject({ code: 'banned', reason: 'spam', retryMs: HOUR });
    const again = await member({ nick: 'not-bob', signer: bob.signer }).dial();
    expect(await again.message('refused')).toMatchObject({ code: 'banned', reason: 'spam' });
    await host.close();
    const restarted = await hostFor(hostOptions(relay.url, signer, { dataFile }));
    const late = await memberFor({
      relayUrl: relay.url,
      room: restarted.room,
      nick: 'bob',
      signer: bob.signer,
    }).dial();
    const { retryMs } = await late.message('refused', ({ code }) => code === 'banned');
    expect(retryMs).toBeLessThanOrEqual(HOUR);
    expect(retryMs).toBeGreaterThan(HOUR - 60_000);
    const ownerAgain = await memberFor({
      relayUrl: relay.url,
      room: restarted.room,
      nick: 'host',
      signer,
    }).join();
    ownerAgain.say({ t: 'bans', rid: 1 });
    const { bans } = await ownerAgain.message('bans');
    expect(bans).toMatchObject([
      { nick: 'bob', key: bob.signer.publicKey, by: signer.publicKey, reason: 'spam' },
    ]);
    ownerAgain.postKind('unbanned', target(bob));
    await ownerAgain.cast((cast) => eventOf(cast)?.kind === 'unbanned');
    await memberFor({ relayUrl: relay.url, room: restarted.room, nick: 'bob', signer: bob.signer }).join();
  });

  it('shows the list to operators only', async () => {
    const { member } = await ownedRoom();
    const ada = await member({ nick: 'ada' }).join();
    ada.say({ t: 'bans', rid: 3 });
    expect(await ada.message('bans')).toEqual({
      t: 'bans',
      rid: 3,
      code: 'not-allowed',
      bans: [],
      last: true,
    });
  });
});

describe('silence', () => {
  it('holds back what the silenced says, also after it left and came back, and is told at the join', async () => {
    const { owner, member } = await ownedRoom();
    const ada = await member({ nick: 'ada' }).join();
    owner.postKind('muted', target(ada));
    await ada.cast((cast) => eventOf(cast)?.kind === 'muted');
    const event = ada.event('hello?');
    ada.post(event);
    expect(await refusal(ada, event.id)).toBe('muted');
    ada.say({ t: 'leave' });
    await ada.message('closing');
    const back = await member({ nick: 'ada', signer: ada.signer }).join();
    expect(back.welcome.roster.find(({ nick }) => nick === 'ada')).toMatchObject({
      muted: Number.MAX_SAFE_INTEGER,
    });
    const retry = back.event('and now?');
    back.post(retry);
    expect(await refusal(back, retry.id)).toBe('muted');
    owner.postKind('muted', { ...target(ada), ms: 0 });
    await back.cast((cast) => {
      const event = eventOf(cast);
      return event?.kind === 'muted' && event.body.ms === 0;
    });
    await back.line('at last');
  });

  it('holds back what is said beside the room too: why one is away, why one leaves, what one is called', async () => {
    const { owner, member, host } = await ownedRoom();
    const ada = await member({ nick: 'ada' }).join();
    owner.postKind('muted', target(ada));
    await ada.cast((cast) => eventOf(cast)?.kind === 'muted');
    ada.say({ t: 'presence', state: 'away', status: 'buy my tea' });
    const away = await owner.cast(({ message }) => message?.t === 'presence' && message.state === 'away');
    expect(away.message).not.toHaveProperty('status');
    ada.say({ t: 'leave', reason: 'buy my tea' });
    const left = await owner.cast((cast) => eventOf(cast)?.kind === 'member-left');
    expect(eventOf(left)?.body).not.toHaveProperty('reason');
    await member({ nick: 'buy-my-tea', signer: ada.signer }).join();
    expect(host.members().map(({ nick }) => nick)).toEqual(['host', 'ada']);
  });
});

describe('filters', () => {
  it('hold in the reasons and notes of members what they hold in lines', async () => {
    const { owner, member } = await ownedRoom();
    const ada = await member({ nick: 'ada' }).join();
    owner.postKind('filter-changed', { filter: 'links', on: true });
    await ada.cast((cast) => eventOf(cast)?.kind === 'filter-changed');
    ada.say({ t: 'presence', state: 'away', status: 'at www.example.org' });
    const away = await owner.cast(({ message }) => message?.t === 'presence' && message.state === 'away');
    expect(away.message).not.toHaveProperty('status');
    ada.say({ t: 'leave', reason: 'https://example.org' });
    const left = await owner.cast((cast) => eventOf(cast)?.kind === 'member-left');
    expect(eventOf(left)?.body).not.toHaveProperty('reason');
  });
});

describe('lines that are changed', () => {
  it('are the own ones, seen ones, and those that are there', async () => {
    const { owner, member } = await ownedRoom({ backlog: 0 });
    const ada = await member({ nick: 'ada' }).join();
    const said = ada.event('helo');
    ada.post(said);
    // In the same moment: the line has no number yet.
    const edit = ada.postKind('edited', { of: said.id, text: 'hello' });
    await ada.castOf(edit.id);
    const bob = await member({ nick: 'bob' }).join();
    const author = ada.signer.publicKey;
    expect(await refusal(bob, bob.postKind('edited', { of: said.id, text: 'hi' }).id)).toBe('no-such-line');
    const unseen = bob.postKind('reacted', { of: said.id, author, emoji: '+1', on: true });
    expect(await refusal(bob, unseen.id)).toBe('no-such-line');
    expect(await refusal(bob, bob.postKind('deleted', { of: said.id, author }).id)).toBe('not-allowed');
    await owner.castOf(owner.postKind('deleted', { of: said.id, author }).id);
    expect(await refusal(ada, ada.postKind('edited', { of: said.id, text: 'again' }).id)).toBe(
      'no-such-line',
    );
  });
});
