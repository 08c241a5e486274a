import { describe, expect, it } from 'vitest';
import { defaultLimits } from '../../src/relay/limits.ts';
import { randomBytes } from '../../src/shared/crypto/sign.ts';
import { KIB } from '../../src/shared/limits.ts';
import { closeCodes } from '../../src/shared/wire/close-codes.ts';
import { encodeCast, encodeControl } from '../../src/shared/wire/codec.ts';
import { FakeClock, join, openRoom, rawClient, relayRig, signIn } from '../support/relay-rig.ts';

const ping = (rid: number) => encodeControl({ t: 'ping', rid });

describe('the frame budget', () => {
  it('takes a burst of 40 without a word', async () => {
    const relay = await relayRig({ clock: new FakeClock() });
    const { client } = await signIn(relay);
    for (let i = 1; i <= 40; i++) client.sendBytes(ping(i));
    for (let i = 1; i <= 40; i++) expect(await client.expect('pong')).toMatchObject({ rid: i });
    expect(client.left()).toEqual([]);
  });

  it('pauses reading past it and says for how long, then goes on', async () => {
    const relay = await relayRig({ limits: { memberFramesPerSecond: 100, memberFrameBurst: 10 } });
    const { client } = await signIn(relay);
    for (let i = 1; i <= 30; i++) client.sendBytes(ping(i));
    const slower = await client.expect('error');
    expect(slower).toMatchObject({ code: 'too-fast', fatal: false });
    expect(slower.retryMs).toBeGreaterThan(0);
    for (let i = 1; i <= 30; i++) expect(await client.expect('pong')).toMatchObject({ rid: i });
    await client.settled();
  });

  it('closes a sender whose debt would take more than 10 seconds', async () => {
    const relay = await relayRig();
    const { client } = await signIn(relay);
    for (let i = 1; i <= 40 + 600; i++) client.sendBytes(ping(i));
    expect(await client.closed).toBe(closeCodes.tooFast);
    const errors = client
      .left()
      .flatMap((frame) => (frame.type === 'control' && frame.message.t === 'error' ? [frame.message] : []));
    expect(errors.at(-1)).toMatchObject({ code: 'too-fast', fatal: true });
  });

  it('closes a sender whose pauses add up to too much without a calm moment', async () => {
    const limits = { memberFramesPerSecond: 100, memberFrameBurst: 100, pausedInARowMs: 50 };
    const { client } = await signIn(await relayRig({ limits }));
    let open = true;
    const closed = client.closed.finally(() => (open = false));
    for (let i = 1; i <= 100; i++) client.sendBytes(ping(i));
    // Never calm for the second that would make its budget whole again.
    while (open) {
      for (let i = 1; i <= 40; i++) client.sendBytes(ping(i));
      await Promise.race([client.settled(), closed]);
    }
    expect(await closed).toBe(closeCodes.tooFast);
  });

  it('begins anew with a sender that has been calm until its budget was whole again', async () => {
    let ahead = 0;
    const clock = { wall: () => Date.now(), monotonic: () => performance.now() + ahead };
    const limits = { memberFramesPerSecond: 100, memberFrameBurst: 5, pausedInARowMs: 60, pingMs: 1e9 };
    const { client } = await signIn(await relayRig({ clock, limits }));
    const pausedMs = () =>
      client
        .left()
        .flatMap((frame) => (frame.type === 'control' && frame.message.t === 'error' ? [frame.message] : []))
        .reduce((sum, { retryMs = 0 }) => sum + retryMs, 0);
    while (pausedMs() <= 2 * limits.pausedInARowMs) {
      for (let i = 1; i <= 7; i++) client.sendBytes(ping(i));
      for (let i = 1; i <= 7; i++) await client.expect('pong');
      ahead += 10_000;
    }
    expect(await client.ask({ t: 'ping' })).toMatchObject({ t: 'pong' });
  });

  it('counts WebSocket pings', async () => {
    const relay = await relayRig({ clock: new FakeClock() });
    const { client } = await signIn(relay);
    for (let i = 1; i <= 40; i++) {
      client.ws.ping();
      await new Promise((resolve) => client.ws.once('pong', resolve));
    }
    expect(client.left()).toEqual([]);
    client.ws.ping();
    expect(await client.expect('error')).toMatchObject({ code: 'too-fast', fatal: false });
  });

  it('counts what a request makes the relay do: to list all rooms is 5 frames', async () => {
    const relay = await relayRig({ clock: new FakeClock(), limits: { memberFrameBurst: 10 } });
    const { client } = await signIn(relay);
    for (let i = 0; i < 2; i++) await client.request({ t: 'watch' }, 'listing');
    expect(client.left()).toEqual([]);
    await client.request({ t: 'watch' }, 'listing');
    expect(await client.expect('error')).toMatchObject({ code: 'too-fast', retryMs: 50, fatal: false });
  });

  it('counts pings before login, too', async () => {
    const client = rawClient(await relayRig());
    await client.expect('challenge');
    for (let i = 0; i <= defaultLimits.loginFrames; i++) client.ws.ping();
    expect(await client.closed).toBe(closeCodes.loginTimeout);
  });

  it('pauses for bytes as well', async () => {
    const relay = await relayRig({ limits: { memberBytesPerSecond: 100 * KIB } });
    const { client } = await signIn(relay);
    for (let i = 0; i < 5; i++) client.send(1, randomBytes(50 * KIB));
    expect(await client.expect('error')).toMatchObject({ code: 'too-fast', fatal: false });
    await client.settled();
  });

  it('is larger for hosts', async () => {
    const relay = await relayRig({ clock: new FakeClock() });
    const { client } = await signIn(relay, 'host');
    for (let i = 1; i <= 400; i++) client.sendBytes(ping(i));
    for (let i = 1; i <= 400; i++) await client.expect('pong');
    client.sendBytes(ping(401));
    expect(await client.expect('error')).toMatchObject({ code: 'too-fast', fatal: false });
  });
});

describe('connections', () => {
  it('of one network are 8 before login', async () => {
    const relay = await relayRig();
    for (let i = 0; i < 8; i++) await rawClient(relay).expect('challenge');
    const ninth = rawClient(relay);
    const refusal = await ninth.expect('error');
    expect(refusal).toMatchObject({ code: 'too-many-connections', fatal: true, limit: 8 });
    expect(refusal.retryMs).toBeGreaterThan(0);
    expect(await ninth.closed).toBe(closeCodes.tooManyConnections);
  });

  it('of one network are 20, and one that is closed makes room', async () => {
    const relay = await relayRig();
    const first = await signIn(relay);
    for (let i = 1; i < 20; i++) await signIn(relay);
    const refused = rawClient(relay);
    expect(await refused.expect('error')).toMatchObject({ code: 'too-many-connections', limit: 20 });
    await refused.closed;
    await first.client.close();
    await signIn(relay);
  });
});

describe('a slow consumer', () => {
  it('is closed alone; the others get every cast', async () => {
    const relay = await relayRig({
      limits: { hostFramesPerSecond: 1e9, hostFrameBurst: 1e9, hostBytesPerSecond: 1e9, queueMs: 1e9 },
    });
    const host = await openRoom(relay);
    const slow = await join(relay, host);
    const quick = await join(relay, host);
    slow.client.ws.pause();
    const cast = encodeCast(host.handle, randomBytes(60 * KIB));
    const hangup = host.client.expect('hangup');
    let gone = false;
    void hangup.then(() => (gone = true));
    let sent = 0;
    while (!gone && sent < 1_000) {
      host.client.sendBytes(cast);
      sent += 1;
      await quick.client.data();
    }
    expect((await hangup).circuit).toBe(slow.circuit);
    slow.client.ws.resume();
    expect(await slow.client.closed).toBe(closeCodes.slowConsumer);
    await quick.client.settled();
    expect(quick.client.left()).toEqual([]);
  });

  it('is closed after 10 seconds in which it took nothing', async () => {
    const clock = new FakeClock();
    const relay = await relayRig({
      clock,
      limits: { hostFrameBurst: 1e9, hostBytesPerSecond: 1e9, queueBytes: 1e9, leaseMs: 1e9 },
    });
    const host = await openRoom(relay);
    const slow = await join(relay, host);
    const quick = await join(relay, host);
    slow.client.ws.pause();
    const cast = encodeCast(host.handle, randomBytes(60 * KIB));
    for (let sent = 0; sent < 400; sent++) {
      host.client.sendBytes(cast);
      await quick.client.data();
    }
    clock.advance(9_999);
    await quick.client.settled();
    expect(host.client.left()).toEqual([]);
    clock.advance(1);
    expect(await host.client.expect('hangup')).toMatchObject({ circuit: slow.circuit });
  });
});

describe('a silent peer', () => {
  it('is pinged after 25 seconds and dead 10 seconds later', async () => {
    const clock = new FakeClock();
    const relay = await relayRig({ clock, limits: { leaseMs: 1e9 } });
    const host = await openRoom(relay);
    const ada = await join(relay, host);
    const pinged = () => new Promise((resolve) => host.client.ws.once('ping', resolve));
    const first = pinged();
    clock.advance(25_000);
    await first;
    await ada.client.settled();
    // From here on it does not even answer pings.
    ada.client.ws.pause();
    const second = pinged();
    clock.advance(25_000);
    await second;
    clock.advance(9_999);
    await host.client.settled();
    expect(host.client.left()).toEqual([]);
    clock.advance(1);
    expect(await host.client.expect('hangup')).toMatchObject({ circuit: ada.circuit });
  });
});
