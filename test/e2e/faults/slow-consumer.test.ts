import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { concatBytes } from '../../../src/shared/bytes.ts';
import { makeRoomId, memberMark, randomBytes } from '../../../src/shared/crypto/sign.ts';
import type { RelayLimits } from '../../../src/relay/index.ts';
import { KIB, MIB } from '../../../src/shared/limits.ts';
import { DATA_HEADER_BYTES, encodeCast } from '../../../src/shared/wire/codec.ts';
import { inviteBy } from '../../support/invite-by.ts';
import { percentile, residentBytes } from '../../support/flood.ts';
import { newSigner, signIn, type SignedIn } from '../../support/relay-rig.ts';
import { RoomRig } from '../../support/room-rig.ts';
import { Stage } from '../../support/stage.ts';
import { TcpProxy } from '../../support/tcp-proxy.ts';

const long = process.env['FAULTS_LONG'] === '1' || process.env['FAULTS'] === 'long';
const relayScript = fileURLToPath(new URL('../../support/faults/relay-process.ts', import.meta.url));

const SLOW_BYTES_PER_SECOND = 2_000;
const MEMBERS = 200;

/** All of them call from one address, and the host says within seconds what takes it minutes. */
const roomy: Partial<RelayLimits> = {
  connectionsPerNetwork: 1_000,
  loginsPerNetwork: 1_000,
  newConnectionsPerNetwork: 100_000,
  hostBytesPerSecond: 64 * MIB,
  hostFramesPerSecond: 10_000,
  hostFrameBurst: 10_000,
};

it('a member who reads 16 kbit/s among 200 costs the relay little and nobody else anything', async () => {
  const stage = new Stage();
  const proxies: TcpProxy[] = [];
  try {
    const program = stage.programWith('relay', ['0', stage.path('relay'), JSON.stringify(roomy)], {
      script: relayScript,
    });
    const url = String((await program.event('listening'))['url']);
    const cable = await TcpProxy.start(() => Number(new URL(url).port));
    proxies.push(cable);
    const signers = Array.from({ length: MEMBERS }, newSigner);
    const host = await signIn({ url }, 'host');
    const nonce = randomBytes(16);
    const room = makeRoomId(host.signer.publicKey, nonce);
    const expected = concatBytes(...signers.map(({ publicKey }) => memberMark(room, publicKey)));
    const { handle } = await host.client.request(
      { t: 'open-room', room, nonce, maxMembers: 250, expected },
      'room-opened',
    );
    const enter = async (who: SignedIn): Promise<number> => {
      const { circuit } = await who.client.request({ t: 'dial', room, conv: randomBytes(16) }, 'dialled');
      host.client.tell({ t: 'admit', circuit });
      await host.client.settled();
      return circuit;
    };
    // From here on a member only looks at the clock.
    const delays: number[] = [];
    let heard = 0;
    for (const signer of signers.slice(1)) {
      const who = await signIn({ url }, 'member', signer);
      await enter(who);
      who.client.ws.removeAllListeners('message');
      who.client.ws.on('message', (data: Buffer) => {
        heard += 1;
        delays.push(performance.now() - data.readDoubleBE(DATA_HEADER_BYTES));
      });
    }
    let sent = 0;
    const cast = async (bytes: number): Promise<void> => {
      const payload = randomBytes(bytes);
      new DataView(payload.buffer).setFloat64(0, performance.now());
      host.client.sendBytes(encodeCast(handle, payload));
      sent += 1;
      const all = sent * (MEMBERS - 1);
      while (heard < all) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    const talk = async (until: () => boolean): Promise<number> => {
      delays.length = 0;
      for (let i = 0; i < 30 || !until(); i++) await cast(i % 2 === 0 ? 60 * KIB : 300);
      return percentile(delays, 0.99);
    };
    await talk(() => true);
    const without = await talk(() => true);

    const slow = await signIn({ url: cable.url }, 'member', signers[0]);
    const circuit = await enter(slow);
    cable.throttle(SLOW_BYTES_PER_SECOND);
    const cutOff = (): boolean =>
      host.client
        .left()
        .some(
          (frame) =>
            frame.type === 'control' && frame.message.t === 'hangup' && frame.message.circuit === circuit,
        );
    const before = residentBytes(program.pid) ?? 0;
    let most = before;
    const watch = setInterval(() => (most = Math.max(most, residentBytes(program.pid) ?? 0)), 50);
    const withSlow = await talk(() => cutOff() || sent > 400);
    clearInterval(watch);
    const growth = (most - before) / MIB;
    const figures = `p99 ${without.toFixed(1)} ms without, ${withSlow.toFixed(1)} ms with; RSS +${growth.toFixed(1)} MiB`;
    console.log(`slow consumer among ${MEMBERS}: ${figures}`);
    expect(cutOff(), 'the slow one was not cut off').toBe(true);
    expect(growth, figures).toBeLessThan(32);
    // Twice the same talk is no two times the same on a busy machine; a wait for the slow one would be seconds.
    expect(withSlow, figures).toBeLessThan(3 * without + 1_500);
  } finally {
    for (const cable of proxies) await cable.close();
    await stage.close();
  }
});

it('a member whose line is dead for a while is cut off, comes back and has every line', async () => {
  const rig = await RoomRig.start({ ...roomy, memberBytesPerSecond: 64 * MIB, memberFrameBurst: 1e5 });
  const cable = await TcpProxy.start(() => rig.relay.port);
  try {
    const host = await rig.host('tea', { rate: 10_000, burst: 10_000 });
    const ada = await rig.person('ada');
    const bob = await rig.person('bob', { relays: [cable.url] });
    await ada.joins(host.invite);
    await bob.joins(inviteBy(host.invite, cable.url));
    cable.throttle(0);
    const texts = Array.from({ length: 760 }, (_, i) => `${i} ${'x'.repeat(4_000)}`);
    const cutOff = new Promise<void>((resolve) => {
      host.on((event) => {
        if (event.type === 'presence' && event.presence === 'offline') resolve();
      });
    });
    for (const [i, text] of texts.entries()) {
      ada.room.say(text);
      if (i % 50 === 49) await ada.until(() => (ada.room.pending().length === 0 ? true : undefined));
    }
    await cutOff;
    cable.throttle(Number.POSITIVE_INFINITY);
    await bob.until(() => (bob.texts.length >= texts.length ? true : undefined));
    expect(bob.texts).toEqual(texts);
    expect(bob.all('gap')).toEqual([]);
  } finally {
    await cable.close();
    await rig.close();
  }
});

it('at 16 kbit/s a member gets what it missed, without a gap', async () => {
  const rig = await RoomRig.start(roomy);
  const cable = await TcpProxy.start(() => rig.relay.port);
  try {
    const host = await rig.host('tea', { rate: 10_000, burst: 10_000 });
    const ada = await rig.person('ada');
    const bob = await rig.person('bob', { relays: [cable.url], home: 'bob' });
    await ada.joins(host.invite);
    await bob.joins(inviteBy(host.invite, cable.url));
    await bob.close();
    const texts = Array.from({ length: long ? 15 : 2 }, (_, i) => `${i} ${'x'.repeat(4_000)}`);
    for (const text of texts) ada.room.say(text);
    await ada.until(() => (ada.room.pending().length === 0 ? true : undefined));
    cable.throttle(SLOW_BYTES_PER_SECOND);
    const again = await rig.person('bob', { relays: [cable.url], home: 'bob' });
    void again.client.join(inviteBy(host.invite, cable.url));
    while (again.texts.length < texts.length) await new Promise((resolve) => setTimeout(resolve, 200));
    expect(again.texts).toEqual(texts);
    expect(again.all('gap')).toEqual([]);
  } finally {
    await cable.close();
    await rig.close();
  }
}, 300_000);
