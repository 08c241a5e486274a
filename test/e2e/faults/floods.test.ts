import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { MIB, SECOND } from '../../../src/shared/limits.ts';
import { percentile, residentBytes } from '../../support/flood.ts';
import type { Ended } from '../../support/flood-process.ts';
import { rawClient, signIn } from '../../support/relay-rig.ts';
import { Stage } from '../../support/stage.ts';

const attack = fileURLToPath(new URL('../../support/flood-process.ts', import.meta.url));
/** What a busy machine may add to any of the times. */
const SLACK_MS = 4 * SECOND;

/** What the young generation of a heap may grow by without being collected is nobody's: it is kept small here. */
const thrifty = { NODE_OPTIONS: '--max-semi-space-size=1' };

interface Withstood {
  /** Bytes by which the process was larger at its largest. */
  readonly growth: number;
  /** The round trip that 99 of 100 of an honest member stayed below, in ms. */
  readonly p99: number;
}

async function withstands(
  who: string,
  url: string,
  pid: number,
  attacks: 'all' | 'short',
): Promise<Withstood> {
  const { client } = await signIn({ url });
  const rtts: number[] = [];
  let attacked = true;
  const honest = (async () => {
    while (attacked) {
      const from = performance.now();
      await client.settled();
      rtts.push(performance.now() - from);
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
  })();
  const before = residentBytes(pid) ?? 0;
  let most = before;
  const watch = setInterval(() => (most = Math.max(most, residentBytes(pid) ?? 0)), 100);
  const { stdout } = await promisify(execFile)(process.execPath, [
    attack,
    String(new URL(url).port),
    attacks,
  ]);
  // Somebody new gets in.
  await rawClient({ url }).expect('challenge');
  attacked = false;
  await honest;
  await client.close();
  clearInterval(watch);
  const growth = most - before;
  const p99 = percentile(rtts, 0.99);
  const figures = `p99 ${p99.toFixed(0)} ms of ${rtts.length} round trips, RSS +${(growth / MIB).toFixed(1)} MiB`;
  console.log(`floods against the ${who}: ${figures}`);
  for (const { what, ms, withinMs } of JSON.parse(stdout) as Ended[])
    expect(ms, `${who}: ${what}`).toBeLessThan(withinMs + SLACK_MS);
  return { growth, p99 };
}

it('floods by callers who never log in are ended in time, by a relay and by the relay inside a host: in flat memory, and there for the others', async () => {
  const stage = new Stage();
  try {
    const listen = ['relay', '--listen', '127.0.0.1:0', '--data', stage.path('relay')];
    const relay = stage.programWith('relay', listen, { env: thrifty });
    const host = stage.programWith('home', ['host', 'tea'], { env: thrifty });
    const [listening, ready] = await Promise.all([relay.event('listening'), host.event('ready')]);
    const both = (attacks: 'all' | 'short') =>
      Promise.all([
        withstands('relay', String(listening['url']), relay.pid, attacks),
        withstands('host', String(ready['relay']), host.pid, attacks),
      ]);
    const first = await both('all');
    const again = await both('short');
    // A relay that is not there for the others is not for as long as the attacks take.
    for (const { p99 } of [...first, ...again]) expect(p99).toBeLessThan(3 * SECOND);
    // The first time code is compiled and buffers are made that stay; from then on it is flat.
    for (const { growth } of first) expect(growth).toBeLessThan(64 * MIB);
    for (const { growth } of again) expect(growth).toBeLessThan(24 * MIB);
  } finally {
    await stage.close();
  }
});
