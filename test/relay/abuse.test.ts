import { describe, expect, it } from 'vitest';
import { startRelay } from '../../src/relay/index.ts';
import { defaultLimits } from '../../src/relay/limits.ts';
import { labels, randomBytes } from '../../src/shared/crypto/sign.ts';
import { DAY, HOUR } from '../../src/shared/limits.ts';
import { nameBytes } from '../../src/shared/wire/account.ts';
import { decodeListing } from '../../src/shared/wire/listing.ts';
import { closeCodes } from '../../src/shared/wire/close-codes.ts';
import { idBytes } from '../../src/shared/ids.ts';
import { FakeClock, newSigner, openRoom, rawClient, relayRig, signIn } from '../support/relay-rig.ts';

const ada = '203.0.113.7';
const bob = '203.0.113.8';

/** A relay behind a proxy, and how people come to it. */
async function behindProxy(limits: Partial<typeof defaultLimits> = {}) {
  const clock = new FakeClock();
  const relay = await relayRig({ trustProxy: 1, limits, clock });
  const from = (address: string, signer = newSigner()) => signIn(relay, 'member', signer, { from: address });
  return { relay, clock, from };
}

describe('behind a proxy', () => {
  it('connections are counted by who calls the proxy, whatever they write before it', async () => {
    const { relay, from } = await behindProxy();
    const full = defaultLimits.connectionsPerNetwork;
    for (let n = 0; n < full; n++) await from(n % 2 ? ada : `192.0.2.${n}, ${ada}`);
    const refused = rawClient(relay, { from: `198.51.100.1, ${ada}` });
    expect(await refused.expect('error')).toMatchObject({ code: 'too-many-connections', limit: full });
    expect(await refused.closed).toBe(closeCodes.tooManyConnections);
    await from(bob);
  });

  it('all of an IPv6 /64 are one network, and its neighbour is another', async () => {
    const { relay, from } = await behindProxy({ connectionsPerNetwork: 3 });
    for (const address of ['2001:db8:0:1::1', '2001:db8:0:1:2:3:4:5', '2001:DB8:0:1:ffff::'])
      await from(address);
    const refused = rawClient(relay, { from: '2001:db8:0:1::9' });
    expect(await refused.expect('error')).toMatchObject({ code: 'too-many-connections' });
    await from('2001:db8:0:2::1');
  });

  it('logins that are never finished hold no place of others', async () => {
    const { relay, from } = await behindProxy();
    for (let n = 0; n < defaultLimits.loginsPerNetwork; n++)
      await rawClient(relay, { from: ada }).expect('challenge');
    const refused = rawClient(relay, { from: ada });
    expect(await refused.expect('error')).toMatchObject({ limit: defaultLimits.loginsPerNetwork });
    await from(bob);
  });

  it('names are counted by network, for a day', async () => {
    const { relay, clock, from } = await behindProxy();
    const claim = async (address: string, name: string) => {
      const { client, signer } = await from(address);
      const at = clock.wall();
      const sig = signer.sign(labels.name, nameBytes({ relay: idBytes(relay.relayId), name, at }));
      return await client.ask({ t: 'claim-name', name, at, sig });
    };
    for (const name of ['one', 'two', 'three'])
      expect(await claim('2001:db8::1', name)).toMatchObject({ t: 'ok' });
    expect(await claim('2001:db8::ffff', 'four')).toMatchObject({ code: 'registration-limit', limit: 3 });
    expect(await claim('2001:db8:0:1::1', 'five')).toMatchObject({ t: 'ok' });
    clock.advance(DAY / 3);
    expect(await claim('2001:db8::2', 'four')).toMatchObject({ t: 'ok' });
  });
});

describe('a squatter of titles', () => {
  it('gets as many rooms as a network may have, and keeps nobody else from the title', async () => {
    const { relay, from } = await behindProxy();
    for (let n = 0; n < defaultLimits.roomsPerNetwork; n++)
      await openRoom(relay, { from: ada, listing: { title: 'tea' } });
    await expect(openRoom(relay, { from: ada, listing: { title: 'tea' } })).rejects.toThrow(
      'got error room-limit',
    );
    const honest = await openRoom(relay, { from: bob, listing: { title: 'tea' } });
    const { client } = await from('203.0.113.9');
    const { entries } = await client.request({ t: 'watch' }, 'listing');
    expect(entries).toHaveLength(defaultLimits.roomsPerNetwork + 1);
    expect(entries.map(({ body }) => Buffer.from(decodeListing(body).host).toString('hex'))).toContain(
      Buffer.from(honest.signer.publicKey).toString('hex'),
    );
  });
});

describe('who fills mailboxes', () => {
  const mailTo = (to: Uint8Array) =>
    ({ t: 'put-mail', to, id: randomBytes(16), mail: new Uint8Array(10) }) as const;

  it('is stopped by network, however many keys and victims there are; others are not', async () => {
    const { clock, from } = await behindProxy({ mailsPerNetwork: 5 });
    const victims = [newSigner(), newSigner(), newSigner()];
    for (const victim of victims) {
      const { client } = await from(bob, victim);
      await client.request({ t: 'put-prekey', prekey: new Uint8Array(64) }, 'ok');
    }
    const bomb = async (n: number, address = ada) =>
      (await from(address)).client.ask(mailTo(victims[n % 3]?.publicKey ?? new Uint8Array(32)));
    for (let n = 0; n < 5; n++) expect(await bomb(n)).toMatchObject({ t: 'mail-stored' });
    expect(await bomb(5)).toMatchObject({ code: 'storage-full', limit: 5, retryMs: HOUR / 5 });
    expect(await bomb(5, '203.0.113.9')).toMatchObject({ t: 'mail-stored' });
    clock.advance(HOUR / 5);
    expect(await bomb(6)).toMatchObject({ t: 'mail-stored' });
  });

  it('has a changed limit at once', async () => {
    const relay = await startRelay({
      listen: { host: '127.0.0.1', port: 0 },
      dataDir: undefined,
      limits: { mailsPerNetwork: 1 },
    });
    const { client, signer } = await signIn(relay);
    await client.request({ t: 'put-prekey', prekey: new Uint8Array(64) }, 'ok');
    expect(await client.ask(mailTo(signer.publicKey))).toMatchObject({ t: 'mail-stored' });
    expect(await client.ask(mailTo(signer.publicKey))).toMatchObject({ code: 'storage-full' });
    relay.change({ limits: { mailsPerNetwork: 1_000_000 } });
    await expect.poll(() => client.ask(mailTo(signer.publicKey))).toMatchObject({ t: 'mail-stored' });
    await relay.close();
  });
});
