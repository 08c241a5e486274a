import { describe, expect, it } from 'vitest';
import { utf8 } from '../../src/shared/bytes.ts';
import { blindRoom, randomBytes } from '../../src/shared/crypto/sign.ts';
import { encodeCast, encodeSend } from '../../src/shared/wire/codec.ts';
import { FakeClock, join, openRoom, relayRig, signIn, type OpenRoom } from '../support/relay-rig.ts';

describe('circuits', () => {
  it('carries send frames both ways as the very bytes that were sent', async () => {
    const relay = await relayRig();
    const host = await openRoom(relay);
    const ada = await signIn(relay);
    const conv = randomBytes(16);
    const dialled = await ada.client.request({ t: 'dial', room: host.room, conv }, 'dialled');
    const incoming = await host.client.expect('incoming');
    expect(incoming).toMatchObject({ circuit: dialled.circuit, handle: host.handle });
    expect(Buffer.from(incoming.conv).equals(conv)).toBe(true);
    expect(Buffer.from(incoming.identity).equals(ada.signer.publicKey)).toBe(true);

    const up = encodeSend(dialled.circuit, randomBytes(70));
    ada.client.sendBytes(up);
    await host.client.data();
    expect(Buffer.from(host.client.bytes.at(-1) ?? []).equals(up)).toBe(true);

    const down = encodeSend(dialled.circuit, randomBytes(40_000));
    host.client.sendBytes(down);
    await ada.client.data();
    expect(Buffer.from(ada.client.bytes.at(-1) ?? []).equals(down)).toBe(true);
  });

  it('forwards a cast to admitted members only, as the very bytes', async () => {
    const relay = await relayRig();
    const host = await openRoom(relay);
    const ada = await join(relay, host);
    const bob = await join(relay, host);
    const cleo = await signIn(relay);
    await cleo.client.request({ t: 'dial', room: host.room, conv: randomBytes(16) }, 'dialled');

    const cast = encodeCast(host.handle, randomBytes(300));
    host.client.sendBytes(cast);
    await host.client.settled();
    for (const { client } of [ada, bob]) {
      await client.data();
      expect(Buffer.from(client.bytes.at(-1) ?? []).equals(cast)).toBe(true);
    }
    await cleo.client.settled();
    expect(cleo.client.left()).toEqual([]);
  });

  it('delivers a rekey sent before a cast before that cast', async () => {
    const relay = await relayRig();
    const host = await openRoom(relay);
    const ada = await join(relay, host);
    const bob = await join(relay, host);
    for (let round = 0; round < 10; round++) {
      host.client.cast(host.handle, utf8(`cast ${round}a`));
      host.client.send(ada.circuit, utf8(`key ${round}`));
      host.client.cast(host.handle, utf8(`cast ${round}b`));
    }
    const text = async (client: typeof ada.client) => Buffer.from((await client.data()).payload).toString();
    for (let round = 0; round < 10; round++) {
      expect(await text(ada.client)).toBe(`cast ${round}a`);
      expect(await text(ada.client)).toBe(`key ${round}`);
      expect(await text(ada.client)).toBe(`cast ${round}b`);
      expect(await text(bob.client)).toBe(`cast ${round}a`);
      expect(await text(bob.client)).toBe(`cast ${round}b`);
    }
  });

  it('keeps what was cast before somebody was admitted from them, also within one tick', async () => {
    const relay = await relayRig();
    const host = await openRoom(relay);
    const ada = await join(relay, host);
    const bob = await signIn(relay);
    const { circuit } = await bob.client.request(
      { t: 'dial', room: host.room, conv: randomBytes(16) },
      'dialled',
    );
    host.client.cast(host.handle, utf8('before'));
    host.client.tell({ t: 'admit', circuit });
    host.client.cast(host.handle, utf8('after'));
    expect(Buffer.from((await bob.client.data()).payload).toString()).toBe('after');
    expect(Buffer.from((await ada.client.data()).payload).toString()).toBe('before');
    expect(Buffer.from((await ada.client.data()).payload).toString()).toBe('after');
  });

  it('sends no cast to a member that was hung up on in the same tick', async () => {
    const relay = await relayRig();
    const host = await openRoom(relay);
    const ada = await join(relay, host);
    const bob = await join(relay, host);
    host.client.cast(host.handle, utf8('before'));
    host.client.tell({ t: 'hangup', circuit: ada.circuit, code: 'banned', retryMs: 5 });
    host.client.cast(host.handle, utf8('after'));
    expect(await ada.client.expect('hangup')).toEqual({
      t: 'hangup',
      circuit: ada.circuit,
      code: 'banned',
      retryMs: 5,
    });
    await bob.client.data();
    await bob.client.data();
    await ada.client.settled();
    expect(Buffer.from((await ada.client.data()).payload).toString()).toBe('before');
    expect(ada.client.left()).toEqual([]);
  });

  it('lets only the two ends of a circuit use it', async () => {
    const relay = await relayRig();
    const host = await openRoom(relay);
    const ada = await join(relay, host);
    const eve = await signIn(relay);
    eve.client.send(ada.circuit, utf8('hello'));
    expect(await eve.client.expect('hangup')).toMatchObject({ circuit: ada.circuit, code: 'no-circuit' });
    eve.client.tell({ t: 'hangup', circuit: ada.circuit });
    eve.client.cast(host.handle, utf8('hello'));
    await eve.client.settled();
    const other = await openRoom(relay);
    other.client.cast(host.handle, utf8('hello'));
    other.client.tell({ t: 'admit', circuit: ada.circuit });
    await other.client.settled();
    host.client.send(ada.circuit, utf8('still here'));
    expect(Buffer.from((await ada.client.data()).payload).toString()).toBe('still here');
    expect(host.client.left()).toEqual([]);
  });

  it('is opened for nobody by the host of another room, nor ended by a second admission', async () => {
    const relay = await relayRig();
    const [host, other] = [await openRoom(relay), await openRoom(relay)];
    const { client } = await signIn(relay);
    const dial = { t: 'dial', room: host.room, conv: randomBytes(16) } as const;
    const { circuit } = await client.request(dial, 'dialled');
    other.client.tell({ t: 'admit', circuit });
    await other.client.settled();
    host.client.cast(host.handle, utf8('not for callers'));
    for (let twice = 0; twice < 2; twice++) host.client.tell({ t: 'admit', circuit });
    host.client.cast(host.handle, utf8('for members'));
    expect(Buffer.from((await client.data()).payload).toString()).toBe('for members');
    expect(client.left()).toEqual([]);
  });

  it('is dialled by the blind name of a room too, which tells nothing to who does not have it', async () => {
    const relay = await relayRig();
    const host = await openRoom(relay);
    const { client } = await signIn(relay);
    const dial = (room: Uint8Array) => ({ t: 'dial', room, conv: randomBytes(16) }) as const;
    const dialled = await client.request(dial(blindRoom(host.room)), 'dialled');
    expect(dialled).toMatchObject({ handle: host.handle });
    await host.client.request({ t: 'close-room', handle: host.handle, fence: host.fence }, 'ok');
    expect(await client.ask(dial(blindRoom(host.room)))).toMatchObject({ code: 'no-such-room' });
  });

  it('tells every member when the connection of the host is gone', async () => {
    const relay = await relayRig();
    const host = await openRoom(relay);
    const ada = await join(relay, host);
    const bob = await signIn(relay);
    await bob.client.request({ t: 'dial', room: host.room, conv: randomBytes(16) }, 'dialled');
    host.client.ws.terminate();
    for (const { client } of [ada, bob])
      expect(await client.expect('hangup')).toMatchObject({ code: 'host-away' });
    expect(await ada.client.ask({ t: 'dial', room: host.room, conv: randomBytes(16) })).toMatchObject({
      code: 'no-such-room',
    });
  });

  it('tells the host when the connection of a member is gone', async () => {
    const relay = await relayRig();
    const host = await openRoom(relay);
    const ada = await join(relay, host);
    ada.client.ws.terminate();
    expect(await host.client.expect('hangup')).toEqual({ t: 'hangup', circuit: ada.circuit });
  });

  it('takes it from a host and a member that they do not know yet that the other has hung up', async () => {
    const relay = await relayRig();
    const host = await openRoom(relay);
    const { client, circuit } = await join(relay, host);
    client.tell({ t: 'hangup', circuit });
    host.client.tell({ t: 'admit', circuit });
    for (const end of [host, { client }]) {
      end.client.tell({ t: 'hangup', circuit });
      expect(await end.client.ask({ t: 'ping' })).toMatchObject({ t: 'pong' });
    }
  });

  it('gives casts once to a member that was admitted on a second circuit', async () => {
    const relay = await relayRig();
    const host = await openRoom(relay);
    const ada = await join(relay, host);
    const again = await join(relay, host, ada);
    expect(await ada.client.expect('hangup')).toEqual({ t: 'hangup', circuit: ada.circuit });
    host.client.cast(host.handle, utf8('once'));
    host.client.send(again.circuit, utf8('then'));
    expect(Buffer.from((await ada.client.data()).payload).toString()).toBe('once');
    expect(Buffer.from((await ada.client.data()).payload).toString()).toBe('then');
  });
});

describe('joining', () => {
  const dial = (host: OpenRoom) => ({ t: 'dial', room: host.room, conv: randomBytes(16) }) as const;

  it('is refused once the room is full, until somebody leaves', async () => {
    const relay = await relayRig();
    const host = await openRoom(relay, { maxMembers: 2 });
    const ada = await join(relay, host);
    await join(relay, host);
    const cleo = await signIn(relay);
    expect(await cleo.client.ask(dial(host))).toMatchObject({ code: 'room-full', limit: 2 });
    await ada.client.close();
    await host.client.expect('hangup');
    await join(relay, host, cleo);
  });

  it('is refused at admission when others were faster', async () => {
    const relay = await relayRig();
    const host = await openRoom(relay, { maxMembers: 1 });
    const [ada, bob] = [await signIn(relay), await signIn(relay)];
    const circuits = [];
    for (const { client } of [ada, bob]) circuits.push((await client.request(dial(host), 'dialled')).circuit);
    for (const circuit of circuits) host.client.tell({ t: 'admit', circuit });
    expect(await bob.client.expect('hangup')).toMatchObject({ code: 'room-full' });
    expect(await host.client.expect('hangup')).toMatchObject({ circuit: circuits[1], code: 'room-full' });
  });

  it('is refused above 10 in 10 seconds for a room', async () => {
    const clock = new FakeClock();
    const relay = await relayRig({ clock, limits: { joinsPerIdentity: 100, pingMs: 1e9, leaseMs: 1e9 } });
    const host = await openRoom(relay);
    const { client } = await signIn(relay);
    for (let i = 0; i < 10; i++) await client.request(dial(host), 'dialled');
    expect(await client.ask(dial(host))).toMatchObject({ code: 'room-busy', limit: 10, retryMs: 2_000 });
    clock.advance(2_000);
    await client.request(dial(host), 'dialled');
  });

  it('is left half to others by one network that never stops, whatever keys it makes', async () => {
    const clock = new FakeClock();
    const limits = { newConnectionsPerNetwork: 1e6, connectionsPerNetwork: 1e6, pingMs: 1e9, leaseMs: 1e9 };
    const relay = await relayRig({ clock, trustProxy: 1, limits });
    const host = await openRoom(relay);
    const refused: number[] = [];
    for (let second = 0; second < 30; second++) {
      for (let caller = 0; caller < 3; caller++) {
        const { client } = await signIn(relay, 'member', undefined, { from: '203.0.113.9' });
        await client.ask(dial(host));
        await client.close();
      }
      if (second % 2 === 1) {
        const { client } = await signIn(relay, 'member', undefined, { from: `198.51.100.${second}` });
        const answer = await client.ask(dial(host));
        if (answer.t === 'error') refused.push(second);
        await client.close();
      }
      clock.advance(1_000);
    }
    expect(refused.filter((second) => second > 3)).toEqual([]);
  });

  it('is refused above 5 in a minute for one identity and room', async () => {
    const clock = new FakeClock();
    const relay = await relayRig({ clock, limits: { pingMs: 1e9, leaseMs: 1e9 } });
    const [tea, milk] = [await openRoom(relay), await openRoom(relay)];
    const { client } = await signIn(relay);
    for (let i = 0; i < 5; i++) await client.request(dial(tea), 'dialled');
    expect(await client.ask(dial(tea))).toMatchObject({ code: 'join-limit', limit: 5, retryMs: 12_000 });
    await client.request(dial(milk), 'dialled');
    clock.advance(12_000);
    await client.request(dial(tea), 'dialled');
  });

  it('evicts the oldest unfinished handshake above 8', async () => {
    const relay = await relayRig({ limits: { joinsPerIdentity: 100 } });
    const host = await openRoom(relay);
    const ada = await join(relay, host);
    const { client } = await signIn(relay);
    const circuits: number[] = [];
    for (let i = 0; i < 9; i++) circuits.push((await client.request(dial(host), 'dialled')).circuit);
    expect(await client.expect('hangup')).toMatchObject({ circuit: circuits[0], code: 'room-busy' });
    expect(await host.client.expect('hangup')).toMatchObject({ circuit: circuits[0], code: 'room-busy' });
    for (const member of [ada.client, client]) {
      await member.settled();
      expect(member.left()).toEqual([]);
    }
  });

  it('evicts nobody for callers who have gone, nor those who were let in', async () => {
    const clock = new FakeClock();
    const limits = {
      joinsPerIdentity: 100,
      returnsPerRoom: 2,
      unfinishedPerRoom: 2,
      pingMs: 1e9,
      leaseMs: 1e9,
    };
    const relay = await relayRig({ clock, limits });
    const host = await openRoom(relay);
    const ada = await join(relay, host);
    await ada.client.close();
    const stranger = await signIn(relay);
    const back = await signIn(relay, 'member', ada.signer);
    for (const { client } of [stranger, back]) {
      for (let gone = 0; gone < 2; gone++) {
        const { circuit } = await client.request(dial(host), 'dialled');
        client.tell({ t: 'hangup', circuit });
      }
      clock.advance(10_000);
      const { circuit } = await client.request(dial(host), 'dialled');
      host.client.tell({ t: 'admit', circuit });
      await host.client.settled();
      clock.advance(10_000);
      for (let calls = 0; calls < 2; calls++) await client.request(dial(host), 'dialled');
      await client.settled();
      expect(client.left()).toEqual([]);
      clock.advance(10_000);
    }
  });

  it('evicts the oldest of those who come back above as many as may come at a time', async () => {
    const clock = new FakeClock();
    const relay = await relayRig({ clock, limits: { returnsPerRoom: 2, pingMs: 1e9, leaseMs: 1e9 } });
    const host = await openRoom(relay);
    const ada = await join(relay, host);
    await ada.client.close();
    const { client } = await signIn(relay, 'member', ada.signer);
    const circuits: number[] = [];
    for (let i = 0; i < 3; i++) {
      circuits.push((await client.request(dial(host), 'dialled')).circuit);
      clock.advance(10_000);
    }
    expect(await client.expect('hangup')).toMatchObject({ circuit: circuits[0], code: 'room-busy' });
  });

  it('costs a network nothing where it is refused because others have filled the room', async () => {
    const clock = new FakeClock();
    const limits = { joinsPerIdentity: 100, pingMs: 1e9, leaseMs: 1e9 };
    const relay = await relayRig({ clock, trustProxy: 1, limits });
    const host = await openRoom(relay);
    const [others, ada] = [
      await signIn(relay, 'member', undefined, { from: '203.0.113.9' }),
      await signIn(relay, 'member', undefined, { from: '198.51.100.7' }),
    ];
    for (let i = 0; i < 10; i++) await others.client.request(dial(host), 'dialled');
    for (let i = 0; i < 10; i++)
      expect(await ada.client.ask(dial(host))).toMatchObject({ code: 'room-busy' });
    clock.advance(10_000);
    for (let i = 0; i < 10; i++) await ada.client.request(dial(host), 'dialled');
  });

  it('is refused above 20 circuits of a connection', async () => {
    const relay = await relayRig({
      limits: { joinsPerIdentity: 100, joinsPerRoom: 100, unfinishedPerRoom: 100, memberFrameBurst: 100 },
    });
    const host = await openRoom(relay);
    const { client } = await signIn(relay);
    for (let i = 0; i < 20; i++) await client.request(dial(host), 'dialled');
    expect(await client.ask(dial(host))).toMatchObject({ code: 'too-many-rooms', limit: 20 });
  });
});
