import { describe, expect, it } from 'vitest';
import { concatBytes } from '../../src/shared/bytes.ts';
import { makeRoomId, memberMark, randomBytes } from '../../src/shared/crypto/sign.ts';
import { defaultLimits } from '../../src/relay/limits.ts';
import { FakeClock, join, newSigner, openRoom, relayRig, signIn } from '../support/relay-rig.ts';

const limits = {
  connectionsPerNetwork: 1_000,
  loginsPerNetwork: 1_000,
  newConnectionsPerNetwork: 10_000,
  joinsPerIdentity: 1_000,
  memberFrameBurst: 10_000,
  pingMs: 1e9,
  leaseMs: 1e9,
};

const dial = (room: Uint8Array) => ({ t: 'dial', room, conv: randomBytes(16) }) as const;

async function roomThatExpects(members: readonly { publicKey: Uint8Array }[]) {
  const relay = await relayRig({ clock: new FakeClock(), limits });
  const host = await signIn(relay, 'host');
  const nonce = randomBytes(16);
  const room = makeRoomId(host.signer.publicKey, nonce);
  const expected = concatBytes(...members.map(({ publicKey }) => memberMark(room, publicKey)));
  await host.client.request({ t: 'open-room', room, nonce, maxMembers: 300, expected }, 'room-opened');
  return { relay, host, room };
}

describe('members who come back', () => {
  it('to a restarted relay are all let in at once, where 10 strangers are in 10 seconds', async () => {
    const signers = Array.from({ length: 60 }, newSigner);
    const { relay, room } = await roomThatExpects(signers);
    const back = await Promise.all(signers.map((signer) => signIn(relay, 'member', signer)));
    for (const { client } of back) await client.request(dial(room), 'dialled');
    // Nobody's unfinished handshake was thrown out for another's.
    for (const { client } of back) {
      await client.settled();
      expect(client.left()).toEqual([]);
    }
    const stranger = await signIn(relay);
    for (let i = 0; i < defaultLimits.joinsPerRoom; i++) await stranger.client.ask(dial(room));
    expect(await stranger.client.ask(dial(room))).toMatchObject({ code: 'room-busy', limit: 10 });
    const [first] = back;
    await first?.client.request(dial(room), 'dialled');
  });

  it('are 250 in 10 seconds, so that a large room cannot overrun its host', async () => {
    const [ada] = [newSigner()];
    const { relay, room } = await roomThatExpects([ada]);
    const { client } = await signIn(relay, 'member', ada);
    for (let i = 0; i < defaultLimits.returnsPerRoom; i++) {
      const { circuit } = await client.request(dial(room), 'dialled');
      client.tell({ t: 'hangup', circuit });
    }
    const refusal = await client.ask(dial(room));
    expect(refusal).toMatchObject({ code: 'room-busy', limit: 250, retryMs: 40 });
  });

  it('after a lost connection are known by having been admitted; who was sent away is not', async () => {
    const relay = await relayRig({ clock: new FakeClock(), limits });
    const host = await openRoom(relay);
    const [lost, sent] = [await join(relay, host), await join(relay, host)];
    await lost.client.close();
    host.client.tell({ t: 'hangup', circuit: sent.circuit, code: 'left' });
    await sent.client.expect('hangup');
    const stranger = await signIn(relay);
    while ((await stranger.client.ask(dial(host.room))).t !== 'error');
    expect(await sent.client.ask(dial(host.room))).toMatchObject({ code: 'room-busy' });
    const back = await signIn(relay, 'member', lost.signer);
    await back.client.request(dial(host.room), 'dialled');
  });

  it('are strangers again once they were sent away, and who was never let in is one', async () => {
    const ada = newSigner();
    const { relay, host, room } = await roomThatExpects([ada]);
    const back = await signIn(relay, 'member', ada);
    // Hung up on before it is let in, it may try again.
    for (const admitted of [false, true]) {
      const { circuit } = await back.client.request(dial(room), 'dialled');
      if (admitted) host.client.tell({ t: 'admit', circuit });
      host.client.tell({ t: 'hangup', circuit, code: 'banned' });
      await back.client.expect('hangup');
    }
    const never = await signIn(relay);
    await never.client.request(dial(room), 'dialled');
    await never.client.close();
    const stranger = await signIn(relay);
    while ((await stranger.client.ask(dial(room))).t !== 'error');
    for (const signer of [ada, never.signer]) {
      const { client } = await signIn(relay, 'member', signer);
      expect(await client.ask(dial(room))).toMatchObject({ code: 'room-busy', limit: 10 });
    }
  });
});
