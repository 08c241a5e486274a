import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HINTS } from '../../src/host/members/attendance.ts';
import { randomBytes, signerFrom } from '../../src/shared/crypto/sign.ts';
import type { MemberCircuit } from '../support/peers/member-circuit.ts';
import { ManualClock } from '../link/manual-clock.ts';
import { roomRig } from './room-rig.ts';

/** What a member has heard of how others are there, and has not been asked for before. */
function newsOf(circuit: MemberCircuit): () => readonly string[] {
  let seen = 0;
  return () => {
    const heard = circuit.casts().flatMap(({ message }) => (message?.t === 'presence' ? [message] : []));
    const fresh = heard.slice(seen);
    seen = heard.length;
    return fresh.map(({ state, status }) => (status === undefined ? state : `${state} ${status}`));
  };
}

async function rig() {
  const clock = new ManualClock();
  const { host, member } = await roomRig({ clock });
  onTestFinished(async () => {
    const closing = host.close();
    await passing(closing);
  });
  /** Time passes, as it does outside and in whole milliseconds, until it is so. */
  async function passing<T>(wanted: Promise<T>): Promise<T> {
    let isDone = false;
    const result = wanted.finally(() => (isDone = true));
    for (let at = performance.now(); !isDone;) {
      await turn();
      const passed = Math.floor(performance.now() - at);
      clock.advance(passed);
      at += passed;
    }
    return result;
  }
  const joined = (nick: string, signer = signerFrom(randomBytes(32))) =>
    passing(member({ nick, signer }).join());
  return { clock, host, member, joined };
}

describe('news of who is there', () => {
  it('are told at once, and those that follow together, as what they have come to', async () => {
    const { clock, member, joined } = await rig();
    const signer = signerFrom(randomBytes(32));
    const ada = await joined('ada');
    const bob = await joined('bob', signer);
    const cleo = await joined('cleo');
    clock.advance(1_000);
    await ada.settled();
    const news = newsOf(ada);
    news();

    await bob.close();
    await ada.cast(({ message }) => message?.t === 'presence' && message.state === 'offline');
    expect(news()).toEqual(['offline']);

    cleo.say({ t: 'presence', state: 'away', status: 'lunch' });
    await cleo.settled();
    const again = await member({ nick: 'bob', signer }).join();
    cleo.say({ t: 'presence', state: 'away', status: 'tea' });
    await cleo.settled();
    await ada.settled();
    expect(news()).toEqual([]);

    clock.advance(250);
    await ada.settled();
    expect(news()).toEqual(['away tea', 'online']);
    await again.settled();
  });

  it('are not told late once nothing has come for a while', async () => {
    const { clock, joined } = await rig();
    const ada = await joined('ada');
    const bob = await joined('bob');
    clock.advance(1_000);
    await ada.settled();
    const news = newsOf(ada);
    news();
    for (const status of ['lunch', 'tea']) {
      bob.say({ t: 'presence', state: 'away', status });
      await bob.settled();
      await ada.settled();
      expect(news()).toEqual([`away ${status}`]);
      clock.advance(500);
    }
  });

  it('fill no host’s log, however often a member changes its mind', async () => {
    const { clock, host, joined } = await rig();
    const bob = await joined('bob');
    clock.advance(10_000);
    const told: string[] = [];
    host.on((event) => {
      if (event.type === 'presence') told.push(event.presence);
    });
    for (let n = 0; n < 100; n++) bob.say({ t: 'presence', state: n % 2 === 0 ? 'away' : 'online' });
    bob.say({ t: 'presence', state: 'away' });
    await bob.settled();
    expect(told.length).toBeLessThanOrEqual(HINTS.burst);
    clock.advance(10_000);
    expect(told.length).toBeLessThanOrEqual(HINTS.burst + 1);
    expect(told.at(-1)).toBe('away');
  });

  it('say nothing of somebody who was put out before they were told', async () => {
    const { clock, joined, member } = await rig();
    const signer = signerFrom(randomBytes(32));
    const ada = await joined('ada');
    const bob = await joined('bob', signer);
    clock.advance(1_000);
    await ada.settled();
    const news = newsOf(ada);
    news();
    await bob.close();
    await ada.cast(({ message }) => message?.t === 'presence' && message.state === 'offline');
    const again = await member({ nick: 'bob', signer }).join();
    again.say({ t: 'leave' });
    await ada.settled();
    for (let ms = 0; ms < 1_000; ms += 10) {
      clock.advance(10);
      await ada.settled();
    }
    expect(news()).toEqual(['offline']);
  });
});
