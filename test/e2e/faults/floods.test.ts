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
const long = process.env['FAULTS_LONG'] === '1' || process.env['FAULTS'] === 'long';
/** What a busy machine may add to any of the times. */
const SLACK_MS = 4 * SECOND;

/** How much the process grew, in bytes, and the round trip that 99 of 100 of an honest member stayed below, in ms. */
async function withstands(
  who: string,
  url: string,
  pid: number,
): Promise<{ readonly growth: number; readonly p99: number }> {
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
    long ? 'long' : 'short',
  ]);
  // Somebody new gets in.
  await rawClient({ url }).expect('challenge');
  attacked = false;
  await honest;
  clearInterval(watch);
  const growth = most - before;
  const figures = `${who}: p99 ${percentile(rtts, 0.99).toFixed(0)} ms of ${rtts.length} round trips, RSS +${(growth / MIB).toFixed(1)} MiB`;
  console.log(`floods against the ${figures}`);
  for (const { what, ms, withinMs } of JSON.parse(stdout) as Ended[])
    expect(ms, `${who}: ${what}`).toBeLessThan(withinMs + SLACK_MS);
  return { growth, p99: percentile(rtts, 0.99) };
}

it('floods by callers who never log in are ended in time, by a relay and by the relay inside a host: small, and there for the others', async () => {
  const stage = new Stage();
  try {
    const [relay, host] = await Promise.all([stage.relay(), stage.host('home', 'tea')]);
    const both = await Promise.all([
      withstands('relay', relay.url, relay.program.pid),
      withstands('host', String(host.ready['relay']), host.program.pid),
    ]);
    for (const { growth, p99 } of both) {
      // Most of it is the young generation of a heap that met its first 700 callers: up to 48 MiB in a host.
      expect(growth).toBeLessThan(96 * MIB);
      expect(p99).toBeLessThan(SECOND);
    }
  } finally {
    await stage.close();
  }
}, 60_000);
