import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Allowance, Allowances } from '../../src/relay/allowances/allowances.ts';
import { LastingBuckets } from '../../src/relay/allowances/lasting-buckets.ts';
import { rateOf } from '../../src/relay/rate-limit.ts';
import type { RunningRelay } from '../../src/relay/index.ts';
import { labels, randomBytes } from '../../src/shared/crypto/sign.ts';
import { idBytes } from '../../src/shared/ids.ts';
import { DAY, HOUR, MINUTE } from '../../src/shared/limits.ts';
import { nameBytes } from '../../src/shared/wire/account.ts';
import { FakeClock, relayRig, signIn } from '../support/relay-rig.ts';

/** A relay on one folder, stopped and started. */
function restarting(clock: FakeClock) {
  const dataDir = mkdtempSync(join(tmpdir(), 'relay-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true }));
  return { dataDir, start: () => relayRig({ dataDir, clock, limits: { pingMs: 100 * DAY } }) };
}

async function register(relay: RunningRelay, name: string) {
  const { client, signer } = await signIn(relay);
  const sig = signer.sign(labels.name, nameBytes({ relay: idBytes(relay.relayId), name, at: 1 }));
  const answer = await client.ask({ t: 'claim-name', name, at: 1, sig });
  await client.close();
  return answer;
}

async function guess(relay: RunningRelay, name: string) {
  const { client } = await signIn(relay);
  await client.request({ t: 'ask-backup', name }, 'backup-challenge');
  const answer = await client.ask({
    t: 'get-backup',
    name,
    nonce: randomBytes(32),
    proof: randomBytes(64),
  });
  await client.close();
  return answer;
}

describe('a relay that is restarted', () => {
  it('still knows who has registered how many names today', async () => {
    const clock = new FakeClock();
    const { start, dataDir } = restarting(clock);
    const first = await start();
    for (const name of ['ada', 'bob', 'cleo'])
      expect(await register(first, name), name).toMatchObject({ t: 'ok' });
    await first.close();
    clock.advance(DAY / 3 - HOUR);
    const second = await start();
    expect(await register(second, 'dora')).toMatchObject({ code: 'registration-limit', retryMs: HOUR });
    await second.close();
    // What is kept of a network is a mark.
    expect(readFileSync(join(dataDir, 'relay.db'), 'latin1')).not.toContain('127.0.0.1');
    clock.advance(HOUR);
    expect(await register(await start(), 'dora')).toMatchObject({ t: 'ok' });
  });

  it('still knows how many passwords were wrong in the last minute', async () => {
    const clock = new FakeClock();
    const { start } = restarting(clock);
    const first = await start();
    for (let n = 0; n < 3; n++)
      expect(await guess(first, 'ada'), String(n)).toMatchObject({ code: 'wrong-password' });
    await first.close();
    const second = await start();
    expect(await guess(second, 'ada')).toMatchObject({ code: 'login-limit', retryMs: MINUTE / 3 });
    expect(await guess(second, 'bob')).toMatchObject({ code: 'wrong-password' });
    clock.advance(MINUTE / 3);
    expect(await guess(second, 'ada')).toMatchObject({ code: 'wrong-password' });
  });
});

describe('a name that was given up', () => {
  it('is held for 90 days, whatever the wall clock says, and no longer', async () => {
    let looks = 0;
    const clock = new (class extends FakeClock {
      override wall(): number {
        looks++;
        return super.wall();
      }
    })();
    const warnings: string[] = [];
    let told = (): void => undefined;
    const log = {
      info: () => undefined,
      error: () => undefined,
      debug: () => undefined,
      warn: (event: string) => {
        warnings.push(event);
        told();
      },
    };
    const relay = await relayRig({ clock, log, tidyMs: 5, limits: { pingMs: 1_000 * DAY } });
    const ada = await signIn(relay);
    const eve = await signIn(relay);
    const claim = ({ signer }: typeof ada) => {
      const sig = signer.sign(labels.name, nameBytes({ relay: idBytes(relay.relayId), name: 'ada', at: 1 }));
      return { t: 'claim-name', name: 'ada', at: 1, sig } as const;
    };
    await ada.client.request(claim(ada), 'ok');
    await ada.client.request({ t: 'release-name', name: 'ada' }, 'ok');
    const noticed = new Promise<void>((resolve) => (told = resolve));
    clock.jumpWall(91 * DAY);
    await noticed;
    const before = looks;
    await expect.poll(() => looks).toBeGreaterThan(before + 3);
    // Said once, and not again with each look.
    expect(warnings).toEqual(['clock-jumped']);
    expect(await eve.client.ask(claim(eve))).toMatchObject({ code: 'name-taken' });
    clock.advance(91 * DAY);
    await expect.poll(() => eve.client.ask(claim(eve))).toMatchObject({ t: 'ok' });
  });
});

describe('an allowance that is kept', () => {
  const kept = new Map<string, Allowance>();
  const allowances: Allowances = {
    all: () => [...kept.values()],
    put: async (_kind, allowance) => void kept.set(allowance.mark, allowance),
    remove: (_kind, mark) => void kept.delete(mark),
  };
  const open = (clock: FakeClock, maxKeys = 10) =>
    new LastingBuckets({
      rate: rateOf(2, HOUR),
      maxKeys,
      kind: 'test',
      allowances,
      secret: new Uint8Array(32),
      clock,
    });

  it('is not given anew by a wall clock that was set back', async () => {
    kept.clear();
    const clock = new FakeClock();
    const buckets = open(clock);
    await buckets.tryTake('ada');
    await buckets.tryTake('ada');
    clock.jumpWall(-DAY);
    expect(await open(clock).tryTake('ada')).toBe(HOUR / 2);
  });

  it('is forgotten once it is whole again, or when there are too many', async () => {
    kept.clear();
    const clock = new FakeClock();
    const buckets = open(clock, 3);
    for (const key of ['ada', 'bob', 'cleo', 'dora']) await buckets.tryTake(key);
    expect(kept.size).toBe(3);
    clock.advance(HOUR);
    buckets.prune();
    expect(kept.size).toBe(0);
  });

  it('counts what was given back', async () => {
    kept.clear();
    const clock = new FakeClock();
    const buckets = open(clock);
    await buckets.tryTake('ada');
    await buckets.tryTake('ada');
    await buckets.giveBack('ada');
    expect(await open(clock).tryTake('ada')).toBe(0);
  });
});
