import { describe, expect, it } from 'vitest';
import { EARLY_CIRCUIT_BYTES } from '../../src/relay/handlers/circuits.ts';
import { randomBytes } from '../../src/shared/crypto/sign.ts';
import { KIB } from '../../src/shared/limits.ts';
import { encodeSend } from '../../src/shared/wire/codec.ts';
import { join, openRoom, relayRig, signIn, type RawClient } from '../support/relay-rig.ts';

// docs/threat-model.md "A malicious member", "Somebody who calls a relay"

const unhurried = {
  memberFramesPerSecond: 1e6,
  memberFrameBurst: 1e6,
  memberBytesPerSecond: 1e12,
  queueMs: 1e9,
};
/** More than any socket holds for a host that does not read. */
const FLOOD_FRAMES = 400;

/** Sends until the relay hangs up; the hangup, or undefined when it never did. */
async function flood(client: RawClient, circuit: number) {
  const frame = encodeSend(circuit, randomBytes(60 * KIB));
  for (let sent = 0; sent < FLOOD_FRAMES; sent++) {
    client.sendBytes(frame);
    await client.settled();
    const [hangup] = client.left();
    if (hangup) return client.expect('hangup');
  }
  return undefined;
}

describe('a host that reads slowly', () => {
  it('is not cut off by callers it has not let in: they may send as much as a handshake takes', async () => {
    const relay = await relayRig({ limits: unhurried });
    const host = await openRoom(relay);
    host.client.ws.pause();
    for (let strangers = 0; strangers < 5; strangers++) {
      const { client } = await signIn(relay);
      const { circuit } = await client.request(
        { t: 'dial', room: host.room, conv: randomBytes(16) },
        'dialled',
      );
      client.sendBytes(encodeSend(circuit, randomBytes(EARLY_CIRCUIT_BYTES - 5)));
      await client.settled();
      expect(client.left()).toEqual([]);
      expect(await flood(client, circuit)).toMatchObject({ circuit, code: 'too-fast' });
    }
    host.client.ws.resume();
    await host.client.settled();
  });

  it.each([
    ['bytes', {}],
    ['frames', { queueBytes: 1e9, queueFrames: 8 }],
  ])(
    'is not cut off by a member’s %s either, who is hung up on alone and may come back',
    async (_, queue) => {
      const relay = await relayRig({ limits: { ...unhurried, ...queue, joinsPerRoom: 2 } });
      const host = await openRoom(relay);
      const [ada, bob] = [await join(relay, host), await join(relay, host)];
      host.client.ws.pause();
      expect(await flood(ada.client, ada.circuit)).toMatchObject({ circuit: ada.circuit, code: 'room-busy' });
      host.client.ws.resume();
      expect(await host.client.expect('hangup')).toMatchObject({ circuit: ada.circuit });
      const said = randomBytes(10);
      bob.client.send(bob.circuit, said);
      while ((await host.client.data()).payload.length !== said.length);
      await join(relay, host, ada);
    },
  );
});
