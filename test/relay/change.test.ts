import { describe, expect, it } from 'vitest';
import { closeCodes } from '../../src/shared/wire/close-codes.ts';
import { idBytes, identityKey } from '../../src/shared/ids.ts';
import { labels, randomBytes } from '../../src/shared/crypto/sign.ts';
import { nameBytes } from '../../src/shared/wire/account.ts';
import type { RelayLimits, RunningRelay } from '../../src/relay/index.ts';
import { FakeClock, join, openRoom, rawClient, relayRig, signIn } from '../support/relay-rig.ts';

describe('settings that are changed while a relay runs', () => {
  it('give those who are connected another budget', async () => {
    const relay = await relayRig({ clock: new FakeClock() });
    const { client } = await signIn(relay);
    relay.change({ limits: { memberFrameBurst: 2, memberFramesPerSecond: 1 } });
    for (let n = 0; n < 2; n++) await client.settled();
    client.tell({ t: 'ping', rid: 900 });
    expect(await client.expect('error')).toMatchObject({ code: 'too-fast', retryMs: 1_000 });
    const other = await signIn(relay);
    relay.change({ limits: { memberBytesPerSecond: 1_000 } });
    other.client.send(1, randomBytes(3_000));
    expect(await other.client.expect('error')).toMatchObject({ code: 'too-fast', retryMs: 1_005 });
  });

  it('tell whoever comes from then on another name and other terms', async () => {
    const relay = await relayRig({ name: 'before' });
    relay.change({ name: 'after', terms: 'Be kind.' });
    expect((await signIn(relay)).hello).toMatchObject({ name: 'after', terms: 'Be kind.' });
  });

  it('count connections of a network by the new number, and put nobody out for it', async () => {
    const relay = await relayRig();
    const { client } = await signIn(relay);
    relay.change({ limits: { connectionsPerNetwork: 1 } });
    const refused = rawClient(relay);
    expect(await refused.expect('error')).toMatchObject({ code: 'too-many-connections', limit: 1 });
    await client.settled();
    relay.change({});
    await signIn(relay);
  });

  it('let rates go on from what was used up, by the new number', async () => {
    const relay = await relayRig({ limits: { joinsPerIdentity: 1 } });
    const host = await openRoom(relay);
    const { client } = await signIn(relay);
    const dial = () => client.ask({ t: 'dial', room: host.room, conv: randomBytes(16) });
    expect(await dial()).toMatchObject({ t: 'dialled' });
    expect(await dial()).toMatchObject({ code: 'join-limit', limit: 1 });
    relay.change({ limits: { joinsPerIdentity: 1_000, joinsPerIdentityMs: 1_000 } });
    await expect.poll(dial).toMatchObject({ t: 'dialled' });
  });

  it('make a relay private: who is not on the list is put out, who is stays', async () => {
    const relay = await relayRig();
    const ada = await signIn(relay);
    const bob = await signIn(relay);
    const host = await signIn(relay, 'host');
    relay.change({ allowed: new Set([identityKey(ada.signer.publicKey)]) });
    for (const { client } of [bob, host]) {
      expect(await client.expect('error')).toMatchObject({
        code: 'relay-private',
        fatal: true,
        retryMs: 60_000,
      });
      expect(await client.closed).toBe(closeCodes.refused);
    }
    await ada.client.settled();
    relay.change({});
    await signIn(relay, 'member', bob.signer);
  });

  it('leave alone what the listener and leases were made with', async () => {
    const relay = await relayRig({ limits: { leaseMs: 40_000 } });
    const { client, room, nonce } = await openRoom(relay);
    relay.change({ limits: { leaseMs: 100_000 } });
    const again = await client.request({ t: 'open-room', room, nonce, maxMembers: 0 }, 'room-opened');
    expect(again.leaseMs).toBe(40_000);
  });

  it('are all or none: a certificate that does not fit changes nothing', async () => {
    const { tlsPair, renewedTlsPair } = await import('../support/tls-pair.ts');
    const relay = await relayRig({ tls: tlsPair, name: 'before' });
    const broken = { cert: tlsPair.cert, key: renewedTlsPair.key };
    expect(() => relay.change({ tls: broken, name: 'after' })).toThrow(/key values mismatch/);
    expect((await signIn(relay)).hello).toMatchObject({ name: 'before' });
  });

  it.each<[keyof RelayLimits, (relay: RunningRelay) => Promise<() => Promise<unknown>>]>([
    ['joinsPerRoom', dialler],
    ['returnsPerRoom', returner],
    ['mailsPerNetwork', whisperer],
    ['searchesPerNetwork', searcher],
    ['registrationsPerNetwork', registrar],
    ['loginFailures', guesser],
  ])('give out %s faster from then on', async (limit, prepare) => {
    const clock = new FakeClock();
    const relay = await relayRig({ clock, limits: { [limit]: 1 } });
    const use = await prepare(relay);
    await use();
    expect(await use()).toMatchObject({ limit: 1 });
    relay.change({ limits: { [limit]: 1e7, memberFrameBurst: 100 } });
    clock.advance(1_000);
    expect(await use()).not.toHaveProperty('retryMs');
  });
});

async function dialler(relay: RunningRelay) {
  const { room } = await openRoom(relay);
  const { client } = await signIn(relay);
  return () => client.ask({ t: 'dial', room, conv: randomBytes(16) });
}

async function returner(relay: RunningRelay) {
  const host = await openRoom(relay);
  const ada = await join(relay, host);
  await ada.client.close();
  const { client } = await signIn(relay, 'member', ada.signer);
  return () => client.ask({ t: 'dial', room: host.room, conv: randomBytes(16) });
}

async function whisperer(relay: RunningRelay) {
  const { client } = await signIn(relay);
  return () => client.ask({ t: 'put-mail', to: randomBytes(32), id: randomBytes(16), mail: randomBytes(9) });
}

async function searcher(relay: RunningRelay) {
  const { client } = await signIn(relay);
  return () => client.ask({ t: 'search-names', text: '' });
}

function registrar(relay: RunningRelay) {
  let names = 0;
  return Promise.resolve(async () => {
    const { client, signer } = await signIn(relay);
    const name = `ada-${'abc'.charAt(names++)}`;
    const sig = signer.sign(labels.name, nameBytes({ relay: idBytes(relay.relayId), name, at: 1 }));
    return client.ask({ t: 'claim-name', name, at: 1, sig });
  });
}

async function guesser(relay: RunningRelay) {
  const { client } = await signIn(relay);
  return async () => {
    await client.request({ t: 'ask-backup', name: 'ada' }, 'backup-challenge');
    return client.ask({ t: 'get-backup', name: 'ada', nonce: randomBytes(32), proof: randomBytes(64) });
  };
}
