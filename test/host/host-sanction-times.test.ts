import { cpSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { systemClock, type Clock } from '../../src/link/clock.ts';
import { randomBytes, signerFrom } from '../../src/shared/crypto/sign.ts';
import { DAY, HOUR, MINUTE } from '../../src/shared/limits.ts';
import { hostOptions } from './host-options.ts';
import { hostFor, memberFor, relayFor, tempFile } from './room-rig.ts';
import { eventOf } from '../support/peers/member-circuit.ts';

/** A clock that goes by itself, and can be set. */
class SetClock implements Clock {
  /** Both clocks: time that has passed. */
  passed = 0;
  /** The wall clock alone: somebody has set it. */
  set = 0;
  now = (): number => systemClock.now() + this.passed;
  wall = (): number => systemClock.wall() + this.passed + this.set;
  after = (ms: number, callback: () => void): (() => void) => systemClock.after(ms, callback);
}

/** One room that is opened again and again, with an owner, a member `bob` who is banned and `ada` who is silenced. */
async function sanctioned() {
  const clock = new SetClock();
  let dataFile = tempFile();
  const relay = await relayFor();
  const signer = signerFrom(randomBytes(32));
  const [bob, ada] = [signerFrom(randomBytes(32)), signerFrom(randomBytes(32))];
  const open = () => hostFor(hostOptions(relay.url, signer, { dataFile, clock }));
  let host = await open();
  const member = (nick: string, who = bob) =>
    memberFor({ relayUrl: relay.url, room: host.room, nick, signer: who });
  let owner = await member('host', signer).join();
  const say = async (kind: 'banned' | 'muted', who: typeof bob, ms: number) => {
    await owner.castOf(owner.postKind(kind, { key: who.publicKey, ms }).id);
  };
  await member('bob').join();
  const silenced = await member('ada', ada).join();
  await say('banned', bob, HOUR);
  await say('muted', ada, 2 * HOUR);
  await silenced.cast((cast) => eventOf(cast)?.kind === 'muted');
  return {
    clock,
    say: (text: string) => owner.line(text),
    /** As if it had been killed now: what is on the disk by now is all there is. */
    kill: async (): Promise<void> => {
      const left = tempFile();
      for (const end of ['', '-wal']) cpSync(`${dataFile}${end}`, `${left}${end}`);
      await host.close();
      dataFile = left;
      host = await open();
      owner = await member('host', signer).join();
    },
    /** The host ends, `meanwhile` happens, and it is there again. */
    restart: async (meanwhile: () => void): Promise<void> => {
      await host.close();
      meanwhile();
      host = await open();
      owner = await member('host', signer).join();
    },
    /** Ms for which bob is still kept out; 0 when he is not. */
    ban: async (): Promise<number> => {
      const caller = await member('bob').dial();
      const answer = await Promise.race([
        caller.message('refused').then(({ retryMs }) => retryMs ?? Number.POSITIVE_INFINITY),
        caller.message('welcome').then(() => 0),
      ]);
      await caller.close();
      return answer;
    },
    /** Ms for which ada is still silenced. */
    silence: async (): Promise<number> => {
      const caller = await member('ada', ada).join();
      const muted = caller.welcome.roster.find(({ nick }) => nick === 'ada')?.muted ?? 0;
      await caller.close();
      return muted;
    },
  };
}

const about = (ms: number) => (left: number) => left <= ms && left > ms - MINUTE;

describe('bans and silences of a host that was away', () => {
  it('have what is left of them, and end when their time is over', async () => {
    const { restart, clock, ban, silence } = await sanctioned();
    await restart(() => (clock.passed += 20 * MINUTE));
    expect(await ban()).toSatisfy(about(40 * MINUTE));
    expect(await silence()).toSatisfy(about(100 * MINUTE));
    await restart(() => (clock.passed += 41 * MINUTE));
    expect(await ban()).toBe(0);
    expect(await silence()).toSatisfy(about(59 * MINUTE));
  });

  it('are not longer than they were given for, though the clock was set back meanwhile', async () => {
    const { restart, clock, ban, silence } = await sanctioned();
    await restart(() => (clock.set -= DAY));
    expect(await ban()).toSatisfy(about(HOUR));
    expect(await silence()).toSatisfy(about(2 * HOUR));
  });

  it.each([DAY, -DAY])('have what is left of them, though the clock was set by %i ms before', async (by) => {
    const { restart, clock, ban, silence } = await sanctioned();
    clock.passed += 10 * MINUTE;
    clock.set += by;
    await restart(() => (clock.passed += 10 * MINUTE));
    expect(await ban()).toSatisfy(about(40 * MINUTE));
    expect(await silence()).toSatisfy(about(100 * MINUTE));
  });

  it('have it also where the host was killed after the clock was set, once anything was said', async () => {
    const { kill, clock, say, ban } = await sanctioned();
    clock.set += DAY;
    await say('it is later than you think');
    clock.passed += 10 * MINUTE;
    await kill();
    expect(await ban()).toSatisfy(about(50 * MINUTE));
  });
});
