import { describe, expect, it } from 'vitest';
import { inviteBy } from '../../support/invite-by.ts';
import { faultSeed, longRun } from '../../support/faults/dice.ts';
import { tally } from '../../support/faults/tally.ts';
import { type FaultPlan, FaultProxy } from '../../support/fault-proxy.ts';
import { seeded } from '../../support/seeded.ts';
import { hastyClock } from '../../support/hasty-clock.ts';
import { enters, RoomRig, textOf, type Watched } from '../../support/room-rig.ts';

const seed = longRun ? faultSeed() : 7;

/** Nobody is to be refused for coming back often: here that is the network's doing. */
const patient = {
  newConnectionsPerNetwork: 1e6,
  joinsPerRoom: 1e6,
  joinsPerIdentity: 1e6,
  memberFramesPerSecond: 1e4,
  memberFrameBurst: 1e4,
  hostFramesPerSecond: 1e4,
  hostFrameBurst: 1e4,
};

const HASTE = 15;
const some = (chance: number): FaultPlan['rates'] => ({
  drop: chance,
  repeat: chance,
  swap: chance,
  delay: chance,
  replay: chance,
});

interface Plan extends FaultPlan {
  readonly on: 'members' | 'host' | 'both';
  /** Connections are cut as well, so that logins and handshakes meet the faults too. */
  readonly cuts?: number;
}

const plans: readonly (readonly [string, Plan])[] = [
  ['casts', { on: 'members', rates: some(0.08), hits: (_, kind) => kind === 'cast' }],
  ['sealed messages', { on: 'members', rates: some(0.03), hits: (_, kind) => kind === 'send' }],
  ['control messages of members', { on: 'members', rates: some(0.1), hits: isControl, cuts: 0.1 }],
  ['control messages of the host', { on: 'host', rates: some(0.12), hits: isControl, cuts: 0.1 }],
  ['everything, of everybody', { on: 'both', rates: some(0.01), cuts: 0.03 }],
];

function isControl(_: unknown, kind: string): boolean {
  return kind !== 'cast' && kind !== 'send';
}

/** Lines of the transcript as they were shown, and the numbers said to be missing. */
function transcript(one: Watched): { readonly shown: readonly string[]; readonly missing: Set<number> } {
  const lines = one.all('line').flatMap(({ line }) => {
    const text = textOf(line);
    return text === undefined || line.seq === undefined ? [] : [{ seq: line.seq, text }];
  });
  const missing = new Set<number>();
  for (const { from, to } of one.all('gap')) for (let seq = from; seq <= to; seq++) missing.add(seq);
  return { shown: lines.toSorted((a, b) => a.seq - b.seq).map(({ text }) => text), missing };
}

async function turmoil(what: string, plan: Plan, seedOfRun: number): Promise<{ faults: number }> {
  const rig = await RoomRig.start(patient);
  const proxies: FaultProxy[] = [];
  const proxy = async (): Promise<FaultProxy> => {
    const made = await FaultProxy.start(() => rig.relay.url, seedOfRun + proxies.length);
    proxies.push(made);
    return made;
  };
  try {
    const clock = hastyClock(HASTE);
    const before = await proxy();
    const host = await rig.host('tea', {
      clock,
      ...(plan.on === 'members' ? {} : { relayUrl: before.url }),
    });
    const bad = plan.on === 'host' ? [] : [await proxy(), await proxy()];
    const ada = await rig.person('ada', { clock, relays: [bad[0]?.url ?? rig.relay.url] });
    const bob = await rig.person('bob', { clock, relays: [bad[1]?.url ?? rig.relay.url] });
    const cleo = await rig.person('cleo', { clock });
    const people = [ada, bob, cleo];
    for (const one of people) {
      const url = one.client.relays()[0]?.url ?? '';
      await enters(one, inviteBy(host.invite, url));
    }
    for (const each of proxies) each.misbehave(plan);
    const random = seeded(seedOfRun);
    const said: string[] = [];
    for (let i = 0; i < 60; i++) {
      const one = people[Math.floor(random() * people.length)] ?? ada;
      const text = `${one.client.self.nick}-${i}-${Math.floor(random() * 1e9).toString(36)}`;
      expect(one.room.say(text).ok).toBe(true);
      said.push(text);
      for (const each of proxies) if (random() < (plan.cuts ?? 0)) each.cut();
      await new Promise((resolve) => setTimeout(resolve, random() * 12));
    }
    for (const each of proxies) each.honest();
    const complete = (one: Watched): true | undefined => {
      const { shown, missing } = transcript(one);
      return shown.length + missing.size >= said.length ? true : undefined;
    };
    await Promise.all(
      people.map((one) => one.until(() => complete(one), `all lines after seed ${seedOfRun}`)),
    );
    await Promise.all(
      people.map((one) =>
        one.until(() => (one.room.pending().length === 0 ? true : undefined), 'an empty outbox'),
      ),
    );
    check(people, said);
    // Honest again: what is said now reaches everybody.
    for (const one of people) one.room.say(`after ${one.client.self.nick}`);
    await Promise.all(people.flatMap((one) => people.map((by) => one.hears(`after ${by.client.self.nick}`))));
    check(people, [...said, ...people.map((one) => `after ${one.client.self.nick}`)]);
    const gaps = people.reduce((sum, one) => sum + transcript(one).missing.size, 0);
    const sent = people.reduce((sum, one) => sum + one.all('sent').length, 0);
    // What is lost, doubled or swapped has thrown by now.
    const messages = said.length + people.length;
    tally({ what: `frames: ${what}`, messages, sent, lost: 0, twice: 0, conflicts: 0, gaps, timedOut: 0 });
    return { faults: proxies.reduce((sum, each) => sum + each.total, 0) };
  } finally {
    for (const each of proxies) await each.close();
    await rig.close();
  }
}

function check(people: readonly Watched[], said: readonly string[]): void {
  const all = people.map((one) => ({ nick: one.client.self.nick, ...transcript(one) }));
  const longest = all.map(({ shown }) => shown).reduce((a, b) => (a.length >= b.length ? a : b));
  for (const { nick, shown, missing } of all) {
    expect(new Set(shown).size, `${nick} was shown something twice`).toBe(shown.length);
    expect(
      shown.filter((text) => !said.includes(text)),
      `${nick} was shown what nobody said`,
    ).toEqual([]);
    expect(shown, `${nick} has another order`).toEqual(longest.filter((text) => shown.includes(text)));
    expect(shown.length + missing.size, `${nick} misses lines without a word`).toBeGreaterThanOrEqual(
      said.length,
    );
  }
  for (const one of people) expect(one.all('failed')).toEqual([]);
}

describe('a network that loses, doubles, swaps, delays and repeats', () => {
  it.each(plans)(
    '%s: everybody shows the same lines once, or that some are missing',
    async (what, plan) => {
      const rounds = longRun ? 20 : 1;
      let faults = 0;
      for (let round = 0; round < rounds; round++)
        faults += (await turmoil(what, plan, seed + 100 * round)).faults;
      expect(faults).toBeGreaterThan(0);
    },
    600_000,
  );
});

it('whispers through a network that loses, doubles, swaps, delays and repeats arrive once each, and their states say so', async () => {
  const rig = await RoomRig.start(patient);
  const proxies = [
    await FaultProxy.start(() => rig.relay.url, seed),
    await FaultProxy.start(() => rig.relay.url, seed + 1),
  ];
  try {
    const clock = hastyClock(HASTE);
    const [first, second] = proxies.map(({ url }) => url);
    const host = await rig.host('tea', { clock });
    const ada = await rig.person('ada', { clock, relays: [first ?? ''] });
    const bob = await rig.person('bob', { clock, relays: [second ?? ''] });
    for (const [one, url] of [
      [ada, first],
      [bob, second],
    ] as const)
      await enters(one, inviteBy(host.invite, url ?? ''));
    await ada.until(() => (ada.room.members().some(({ nick }) => nick === 'bob') ? true : undefined));
    for (const proxy of proxies)
      proxy.misbehave({
        rates: some(0.06),
        hits: (_, kind) => /^(put-mail|mail|mail-stored|ack-|rec)/.test(kind),
      });
    const said = Array.from({ length: 24 }, (_, i) => `whisper ${i}`);
    for (const text of said) expect((await ada.client.whisper('bob', text)).ok).toBe(true);
    // What was lost of mail comes again with the next login.
    const all = (): true | undefined => {
      const states = ada.client.whispers(100).map(({ state }) => state);
      return states.every((state) => state === 'delivered') ? true : undefined;
    };
    await ada.until(() =>
      ada.client.whispers(100).every(({ state }) => state !== 'waiting') ? true : undefined,
    );
    for (const proxy of proxies) {
      proxy.honest();
      proxy.cut();
    }
    await ada.until(all, 'every whisper delivered');
    const heard = bob.all('whisper').map(({ whisper }) => whisper.text);
    expect(heard.toSorted()).toEqual(said.toSorted());
    expect(proxies.reduce((sum, { total }) => sum + total, 0)).toBeGreaterThan(5);
  } finally {
    for (const proxy of proxies) await proxy.close();
    await rig.close();
  }
});

describe('the end of a talk', () => {
  it.each([
    ['lost casts', 'down', 'cast'],
    ['a post lost on the way', 'up', 'send'],
    ['an admission that the relay never heard of', 'up', 'admit'],
  ] as const)('%s are noticed although nobody says any more', async (_, direction, lost) => {
    const rig = await RoomRig.start(patient);
    const proxy = await FaultProxy.start(() => rig.relay.url, seed);
    try {
      const clock = hastyClock(HASTE);
      const through = lost === 'admit';
      const host = await rig.host('tea', { clock, ...(through ? { relayUrl: proxy.url } : {}) });
      const ada = await rig.person('ada', { clock, relays: [through ? rig.relay.url : proxy.url] });
      const bob = await rig.person('bob', { clock });
      const invite = (url: string) => inviteBy(host.invite, url);
      await enters(bob, invite(rig.relay.url));
      if (through) proxy.misbehave({ rates: { drop: 1 }, hits: (_way, kind) => kind === lost });
      await enters(ada, invite(ada.client.relays()[0]?.url ?? ''));
      proxy.misbehave({ rates: { drop: 1 }, hits: (way, kind) => way === direction && kind === lost });
      ada.room.say('from ada');
      if (lost !== 'send') await bob.hears('from ada');
      bob.room.say('from bob');
      await bob.hears('from bob');
      await proxy.faulted(lost === 'cast' ? 2 : 1);
      proxy.honest();
      await ada.hears('from bob');
      await ada.hears('from ada');
      await ada.seen('sent');
      expect(ada.all('gap')).toEqual([]);
      expect(proxy.total).toBeGreaterThan(0);
    } finally {
      await proxy.close();
      await rig.close();
    }
  });
});
