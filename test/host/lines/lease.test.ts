import { expect, it } from 'vitest';
import { Lease } from '../../../src/host/lines/lease.ts';
import { Link } from '../../../src/link/link.ts';
import { randomBytes, signerFrom } from '../../../src/shared/crypto/sign.ts';
import { LEASE_RENEW_MS } from '../../../src/shared/limits.ts';
import { ManualClock } from '../../link/manual-clock.ts';
import { ScriptedRelay } from '../../support/peers/scripted-relay.ts';

async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

it('a room that was given back and asked for again before the first answer came is renewed once at a time', async () => {
  const relay = new ScriptedRelay();
  const clock = new ManualClock();
  const signer = signerFrom(randomBytes(32));
  const link = new Link({ url: 'memory', purpose: 'host', signer, dialler: relay.dialler, clock });
  link.open();
  await settled();
  const lease = new Lease({
    link,
    clock,
    random: () => 0,
    signer,
    room: randomBytes(16),
    nonce: randomBytes(16),
    maxMembers: 10,
    expected: () => [],
    listing: () => undefined,
    nextRev: () => 1,
    notify: () => undefined,
  });
  lease.open();
  lease.pause();
  lease.resume();
  await settled();
  expect(relay.newest.requests('open-room')).toHaveLength(2);
  clock.advance(LEASE_RENEW_MS);
  await settled();
  expect(relay.newest.requests('renew')).toHaveLength(1);
});
