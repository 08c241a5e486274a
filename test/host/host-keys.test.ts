import { describe, expect, it } from 'vitest';
import { openCast } from '../../src/shared/crypto/seal.ts';
import { idBytes } from '../../src/shared/ids.ts';
import { DAY } from '../../src/shared/limits.ts';
import { systemClock } from '../../src/link/clock.ts';
import { eventOf, type HeardCast, type MemberCircuit } from '../support/peers/member-circuit.ts';
import { compareBytes } from '../../src/shared/bytes.ts';
import { randomBytes, signerFrom } from '../../src/shared/crypto/sign.ts';
import { hostOptions } from './host-options.ts';
import { hostFor, memberFor, roomRig, tempFile } from './room-rig.ts';
import { hastyClock } from '../support/hasty-clock.ts';
import { transcriptOf } from '../support/peers/transcript.ts';

function opens(member: MemberCircuit, room: Parameters<typeof idBytes>[0], cast: HeardCast): boolean {
  const where = { room: idBytes(room), log: member.welcome.log };
  return [...member.keys.values()].some((key) => openCast(key, where, cast.payload) !== undefined);
}

function isLeave(cast: HeardCast): boolean {
  return eventOf(cast)?.kind === 'member-left';
}

describe('the key of a hosted room', () => {
  it('shuts out who left, before anything else is sequenced', async () => {
    const { member, host } = await roomRig();
    const ada = await member({ nick: 'ada' }).join();
    const bob = await member({ nick: 'bob' }).join();
    await ada.line('bob reads this');
    const before = await bob.cast((cast) => eventOf(cast)?.kind === 'text');
    bob.say({ t: 'leave' });
    expect(await bob.message('closing')).toMatchObject({ code: 'left' });
    const left = await ada.cast(isLeave);
    const seq = await ada.line('bob must not read this');
    const after = await ada.cast((cast) => cast.seq === seq);
    expect(seq).toBe(left.seq + 1);
    expect(after.kepoch).toBeGreaterThan(left.kepoch);
    expect(opens(bob, host.room, before)).toBe(true);
    expect(opens(bob, host.room, after)).toBe(false);
    expect(opens(ada, host.room, after)).toBe(true);
    const rekey = await ada.message('rekey', ({ kepoch }) => kepoch === after.kepoch);
    expect(rekey.first).toBe(seq);
  });

  it('is new for what comes right behind a leave in the same moment', async () => {
    const { member, host } = await roomRig();
    const ada = await member({ nick: 'ada' }).join();
    const bob = await member({ nick: 'bob' }).join();
    const cleo = await member({ nick: 'cleo' }).join();
    bob.say({ t: 'leave' });
    const events = Array.from({ length: 20 }, (_, i) => cleo.event(`line ${i}`));
    for (const event of events) cleo.post(event);
    const left = await ada.cast(isLeave);
    const casts = await Promise.all(events.map(({ id }) => ada.castOf(id)));
    const behind = casts.filter(({ seq }) => seq > left.seq);
    expect(behind.length).toBeGreaterThan(0);
    expect(behind.map((cast) => opens(bob, host.room, cast))).toEqual(behind.map(() => false));
    const ahead = casts.filter(({ seq }) => seq < left.seq);
    expect(ahead.map(({ kepoch }) => kepoch)).toEqual(ahead.map(() => left.kepoch));
  });

  it('was not the one that a newcomer gets', async () => {
    const { member, host } = await roomRig({ backlog: 0 });
    const ada = await member({ nick: 'ada' }).join();
    const seq = await ada.line('before bob came');
    const early = await ada.cast((cast) => cast.seq === seq);
    const bob = await member({ nick: 'bob' }).join();
    expect(opens(bob, host.room, early)).toBe(false);
    expect(bob.welcome.head[2]).toBeGreaterThan(early.kepoch);
    expect(transcriptOf(bob)).not.toContain('before bob came');
  });

  it('stays the same over a short absence, which is neither join nor leave', async () => {
    const { member } = await roomRig();
    const ada = await member({ nick: 'ada' }).join();
    const bob = await member({ nick: 'bob' }).join();
    const { kepoch } = await ada.cast((cast) => cast.message?.t === 'event' && cast.seq > 0);
    await bob.close();
    const gone = await ada.cast(({ message }) => message?.t === 'presence' && message.state === 'offline');
    expect(gone.seq).toBe(0);
    const seq = await ada.line('while bob is away');
    const back = await member({ nick: 'bob', signer: bob.signer }).join();
    await ada.line('bob is back');
    await back.settled();
    expect(transcriptOf(back)).toEqual(transcriptOf(ada));
    expect(transcriptOf(ada).filter((line) => line === '+bob' || line === '-')).toEqual(['+bob']);
    const last = await ada.cast((cast) => cast.seq === seq + 1);
    expect(back.welcome.head[2]).toBe(last.kepoch);
    expect(last.kepoch).toBe(kepoch + 1);
  });

  it('changes when an absence becomes a leave', async () => {
    const { member, host } = await roomRig({ graceMs: 50 });
    const ada = await member({ nick: 'ada' }).join();
    const bob = await member({ nick: 'bob' }).join();
    await bob.close();
    await ada.cast(isLeave);
    const seq = await ada.line('gone for good');
    const cast = await ada.cast((cast) => cast.seq === seq);
    expect(opens(bob, host.room, cast)).toBe(false);
    expect(host.members().map(({ nick }) => nick)).toEqual(['host', 'ada']);
  });

  it('changes for an absent member although the owner, who never leaves, is absent too', async () => {
    const dataFile = tempFile();
    const { relay, signer, host, member } = await roomRig({ dataFile });
    let ada = signerFrom(randomBytes(32));
    // The store lists members by key: the owner's comes last here.
    while (compareBytes(ada.publicKey, signer.publicKey) > 0) ada = signerFrom(randomBytes(32));
    await member({ signer: ada }).join();
    await host.close();
    const again = await hostFor(
      hostOptions(relay.url, signer, { dataFile, graceMs: 500, clock: hastyClock(1) }),
    );
    const bob = await memberFor({ relayUrl: relay.url, room: again.room, nick: 'bob' }).join();
    const left = await bob.cast(isLeave);
    const seq = await bob.line('alone at last');
    const cast = await bob.cast((cast) => cast.seq === seq);
    expect(cast.kepoch).toBeGreaterThan(left.kepoch);
  });

  it('changes after a number of casts', async () => {
    const { member } = await roomRig({ rekey: { joinMs: 0, everyCasts: 5 } });
    const ada = await member().join();
    for (let i = 0; i < 12; i++) await ada.line(`line ${i}`);
    const epochs = new Set(ada.casts().map(({ kepoch }) => kepoch));
    expect(epochs.size).toBeGreaterThanOrEqual(3);
    expect(transcriptOf(ada)).toHaveLength(15);
  });

  it('changes every 24 hours, even in silence', async () => {
    const due: (() => void)[] = [];
    const clock = {
      ...systemClock,
      after: (ms: number, callback: () => void) => {
        if (ms !== DAY) return systemClock.after(ms, callback);
        due.push(callback);
        return () => undefined;
      },
    };
    const { member } = await roomRig({ clock });
    const ada = await member().join();
    const kepoch = ada.welcome.head[2];
    due.at(-1)?.();
    expect((await ada.message('rekey')).kepoch).toBe(kepoch + 1);
    await ada.line('still here');
  });

  it('goes to nobody who has not been welcomed', async () => {
    const { member } = await roomRig();
    const members = await Promise.all(['a', 'b', 'c', 'd'].map((nick) => member({ nick }).join()));
    for (const each of members) {
      expect(each.heard.all.find(({ type }) => type === 'message')).toMatchObject({
        message: { t: 'welcome' },
      });
      await each.settled();
    }
  });
});
