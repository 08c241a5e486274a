import { expect, it } from 'vitest';
import type { RunningRelay } from '../../src/relay/index.ts';
import { defaultLimits } from '../../src/relay/limits.ts';
import { randomBytes } from '../../src/shared/crypto/sign.ts';
import { FakeClock, join, openRoom, relayRig, signIn, type RawClient } from '../support/relay-rig.ts';

/** Joined, they are written in pieces that end anywhere in a cast. */
const CAST = randomBytes(60_000);
/** More than the kernel takes for a member who reads nothing. */
const CASTS = 400;
const plenty = 1e9;
const limits = {
  queueBytes: plenty,
  queueMs: 60_000,
  pingMs: 10_000,
  hostFramesPerSecond: plenty,
  hostFrameBurst: plenty,
  hostBytesPerSecond: plenty,
};

/** A member to whom, most likely, the beginning of a cast is written but not the end. */
async function memberWhoReadsNothing(relay: RunningRelay) {
  const host = await openRoom(relay);
  const { client: member, circuit } = await join(relay, host);
  member.ws.pause();
  for (let n = 0; n < CASTS; n++) host.client.cast(host.handle, CAST);
  await host.client.settled();
  return { host, member, circuit };
}

async function hearsAll(member: RawClient): Promise<void> {
  member.ws.resume();
  for (let n = 0; n < CASTS; n++) expect(Buffer.from(CAST).equals((await member.data()).payload)).toBe(true);
}

it('a pong waits for the end of the cast before it', async () => {
  const relay = await relayRig({ limits });
  const { host, member, circuit } = await memberWhoReadsNothing(relay);
  const ponged = new Promise((resolve) =>
    member.ws.on('pong', (data) => data.length > 0 && resolve(String(data))),
  );
  for (let n = 1; n < defaultLimits.pendingPongs; n++) member.ws.ping();
  member.ws.ping('are you there?');
  member.tell({ t: 'hangup', circuit });
  await host.client.expect('hangup');
  await hearsAll(member);
  expect(await ponged).toBe('are you there?');
});

it('so does a ping', async () => {
  const clock = new FakeClock();
  const relay = await relayRig({ limits, clock, sweepMs: 5 });
  const { member } = await memberWhoReadsNothing(relay);
  const { client: other } = await signIn(relay);
  const pinged = [other, member].map(({ ws }) => new Promise((resolve) => ws.once('ping', resolve)));
  clock.advance(limits.pingMs);
  await pinged[0];
  await hearsAll(member);
  expect(await pinged[1]).toEqual(Buffer.alloc(0));
});

it('whoever goes on with pings and reads nothing is put out', async () => {
  const relay = await relayRig({ limits });
  const { host, member, circuit } = await memberWhoReadsNothing(relay);
  for (let n = 0; n <= defaultLimits.pendingPongs; n++) member.ws.ping();
  expect(await host.client.expect('hangup')).toEqual({ t: 'hangup', circuit });
});
