import { describe, expect, it } from 'vitest';
import { utf8 } from '../../src/shared/bytes.ts';
import { randomBytes } from '../../src/shared/crypto/sign.ts';
import { encodeCast, encodeSend } from '../../src/shared/wire/codec.ts';
import { join, openRoom, relayRig, signIn } from '../support/relay-rig.ts';

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
});
