import { describe, expect, it } from 'vitest';
import { labels, randomBytes, type Signer } from '../../src/shared/crypto/sign.ts';
import { defaultLimits } from '../../src/relay/limits.ts';
import { closeCodes } from '../../src/shared/wire/close-codes.ts';
import { loginBytes } from '../../src/shared/wire/login.ts';
import { WIRE_VERSION } from '../../src/shared/wire/version.ts';
import { FakeClock, newSigner, rawClient, relayRig, signIn, type RawClient } from '../support/relay-rig.ts';

interface Forged {
  readonly relay?: Uint8Array;
  readonly relayNonce?: Uint8Array;
  readonly signed?: 'member' | 'host';
  readonly signer?: Signer;
  readonly label?: (typeof labels)[keyof typeof labels];
}

async function tryLogin(client: RawClient, forged: Forged = {}) {
  const challenge = await client.expect('challenge');
  const signer = newSigner();
  const nonces = {
    relay: challenge.relay,
    relayNonce: challenge.nonce,
    clientNonce: randomBytes(32),
    ...forged,
  };
  return client.ask({
    t: 'login',
    identity: signer.publicKey,
    nonce: nonces.clientNonce,
    purpose: 'member',
    sig: (forged.signer ?? signer).sign(
      forged.label ?? labels.login,
      loginBytes(nonces, forged.signed ?? 'member'),
    ),
  });
}

describe('login', () => {
  it('is challenged, and answered with a proof of the relay and its limits', async () => {
    const relay = await relayRig({ name: 'exchange' });
    const client = rawClient(relay);
    const challenge = await client.expect('challenge');
    expect(challenge.v).toBe(WIRE_VERSION);
    const { hello } = await signIn(relay);
    expect(hello.name).toBe('exchange');
    expect(hello.limits).toEqual({
      rooms: 3,
      members: 250,
      framesPerSecond: 20,
      bytesPerSecond: 65_536,
      mailboxMessages: 128,
      mailBytes: 16_384,
    });
    expect((await signIn(relay, 'host')).hello.limits).toMatchObject({
      framesPerSecond: 200,
      bytesPerSecond: 1_048_576,
    });
  });

  it.each<[string, () => Forged]>([
    ["another person's signature", () => ({ signer: newSigner() })],
    ['a signature for another relay', () => ({ relay: randomBytes(32) })],
    ['a signature over an older challenge', () => ({ relayNonce: randomBytes(32) })],
    ['a signature for another purpose', () => ({ signed: 'host' })],
    ['a signature under another label', () => ({ label: labels.list })],
  ])('is refused with %s', async (_, forged) => {
    const relay = await relayRig();
    const client = rawClient(relay);
    expect(await tryLogin(client, forged())).toMatchObject({ t: 'error', code: 'login-failed', fatal: true });
    expect(await client.closed).toBe(closeCodes.loginFailed);
  });

  it('is refused by a private relay to who is not on its list, and the connection ends', async () => {
    const relay = await relayRig({ allowed: new Set() });
    const client = rawClient(relay);
    expect(await tryLogin(client)).toMatchObject({ code: 'relay-private', fatal: true, retryMs: 60_000 });
    expect(await client.closed).toBe(closeCodes.refused);
  });

  it('cannot be replayed on a second connection', async () => {
    const relay = await relayRig();
    const first = rawClient(relay);
    const second = rawClient(relay);
    const { nonce } = await first.expect('challenge');
    expect(await tryLogin(second, { relayNonce: nonce })).toMatchObject({ code: 'login-failed' });
  });

  it('has to come within 10 seconds', async () => {
    const clock = new FakeClock();
    const relay = await relayRig({ clock });
    const client = rawClient(relay);
    await client.expect('challenge');
    clock.advance(defaultLimits.loginMs - 1);
    expect(await client.ask({ t: 'ping' })).toMatchObject({ code: 'not-allowed', fatal: false });
    clock.advance(1);
    expect(await client.expect('error')).toMatchObject({ code: 'login-timeout', fatal: true });
    expect(await client.closed).toBe(closeCodes.loginTimeout);
  });

  it('has to come within 4 frames', async () => {
    const relay = await relayRig();
    const client = rawClient(relay);
    await client.expect('challenge');
    for (let i = 0; i < 4; i++)
      expect(await client.ask({ t: 'ping' })).toMatchObject({ code: 'not-allowed', fatal: false });
    client.tell({ t: 'ping', rid: 99 });
    expect(await client.expect('error')).toMatchObject({ code: 'login-timeout', fatal: true });
    expect(await client.closed).toBe(closeCodes.loginTimeout);
  });

  it('has to come within 4 KiB', async () => {
    const relay = await relayRig();
    const client = rawClient(relay);
    await client.expect('challenge');
    client.send(1, new Uint8Array(4_096 - 5));
    expect(await client.expect('error')).toMatchObject({ code: 'not-allowed', fatal: false });
    client.tell({ t: 'ping', rid: 1 });
    expect(await client.closed).toBe(closeCodes.loginTimeout);
  });

  it('happens once a connection', async () => {
    const relay = await relayRig();
    const { client, signer } = await signIn(relay);
    const login = {
      identity: signer.publicKey,
      nonce: randomBytes(32),
      purpose: 'member',
      sig: randomBytes(64),
    } as const;
    client.tell({ t: 'login', rid: 7, ...login });
    expect(await client.expect('error')).toMatchObject({ code: 'protocol', fatal: true });
    expect(await client.closed).toBe(closeCodes.protocolError);
  });

  it('of the same person again takes over and tells the first', async () => {
    const relay = await relayRig();
    const first = await signIn(relay);
    const second = await signIn(relay, 'member', first.signer);
    expect(await first.client.expect('error')).toEqual({
      t: 'error',
      code: 'signed-in-elsewhere',
      fatal: true,
    });
    expect(await first.client.closed).toBe(closeCodes.signedInElsewhere);
    await second.client.settled();
  });

  it('as a host leaves the member session of the same person alone', async () => {
    const relay = await relayRig();
    const member = await signIn(relay);
    const host = await signIn(relay, 'host', member.signer);
    const again = await signIn(relay, 'host', member.signer);
    await Promise.all([member, host, again].map(({ client }) => client.settled()));
    expect(member.client.left()).toEqual([]);
  });

  it('keeps hosts from what is for members, and the other way round', async () => {
    const relay = await relayRig();
    const host = await signIn(relay, 'host');
    expect(await host.client.ask({ t: 'dial', room: randomBytes(16), conv: randomBytes(16) })).toMatchObject({
      code: 'not-allowed',
    });
    const member = await signIn(relay);
    const open = { t: 'open-room', room: randomBytes(16), nonce: randomBytes(16), maxMembers: 1 } as const;
    expect(await member.client.ask(open)).toMatchObject({ code: 'not-allowed' });
  });
});
