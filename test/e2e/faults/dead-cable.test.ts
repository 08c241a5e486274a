import { describe, expect, it } from 'vitest';
import type { RelayLimits } from '../../../src/relay/index.ts';
import { SECOND } from '../../../src/shared/limits.ts';
import { inviteBy } from '../../support/invite-by.ts';
import { hastyClock } from '../../support/hasty-clock.ts';
import { enters, RoomRig, type Watched } from '../../support/room-rig.ts';
import { TcpProxy } from '../../support/tcp-proxy.ts';

const long = process.env['FAULTS_LONG'] === '1' || process.env['FAULTS'] === 'long';
/** In the long version every timer is the real one. */
const HASTE = long ? 1 : 15;
const hasty: Partial<RelayLimits> = long ? {} : { pingMs: 1_000, pongMs: 400 };
/** What a machine that is busy with much else may add. */
const BUSY_MS = 15 * SECOND;
/** What is promised; hastened it is the ping and the pong, and the second in which a relay looks, twice. */
const PRESENCE_MS = long ? 45 * SECOND : 1_400 + 2 * SECOND + BUSY_MS;
/** 40 s of silence, then up to 30 s of jitter; hastened, and with time for a handshake. */
const BACK_MS = long ? 75 * SECOND : (70 * SECOND) / HASTE + 2 * SECOND + BUSY_MS;

const through = (invite: string, proxy: TcpProxy) => inviteBy(invite, proxy.url);

async function within<Value>(ms: number, what: string, wait: Promise<Value>): Promise<number> {
  const from = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${ms} ms`)), ms);
  });
  await Promise.race([wait, late]).finally(() => clearTimeout(timer));
  return Math.round(performance.now() - from);
}

/** Waits longer than the rig does by itself. */
async function seen(one: Watched, fits: () => boolean): Promise<void> {
  while (!fits()) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(one.client.rooms()).toHaveLength(1);
}

const states = (one: Watched) => one.all('state').map(({ state }) => state);
const presenceOf = (one: Watched, nick: string) =>
  one.room.members().find((member) => member.nick === nick)?.presence;

describe('a cable that goes dead without a word', () => {
  it.concurrent(
    'of a member: the others see it gone within 45 s, it notices itself, and misses nothing',
    async () => {
      const rig = await RoomRig.start(hasty);
      const cable = await TcpProxy.start(() => rig.relay.port);
      try {
        const clock = hastyClock(HASTE);
        const host = await rig.host('tea', { clock });
        const ada = await rig.person('ada', { clock });
        const bob = await rig.person('bob', { clock, relays: [cable.url] });
        await enters(ada, host.invite);
        await enters(bob, through(host.invite, cable));
        await ada.until(() => (presenceOf(ada, 'bob') === 'online' ? true : undefined));
        cable.cut();
        const gone = await within(
          PRESENCE_MS,
          'presence',
          seen(ada, () => presenceOf(ada, 'bob') === 'offline'),
        );
        bob.room.say('into the void');
        ada.room.say('is bob there?');
        await within(
          BACK_MS,
          'the member noticed',
          seen(bob, () => states(bob).includes('reconnecting')),
        );
        expect(bob.room.pending()).toHaveLength(1);
        cable.heal();
        const back = await within(
          BACK_MS,
          'reconnect',
          seen(bob, () => bob.texts.includes('is bob there?')),
        );
        await seen(ada, () => ada.texts.includes('into the void'));
        await seen(bob, () => bob.texts.includes('into the void'));
        expect(bob.texts).toEqual(ada.texts);
        expect(bob.all('gap')).toEqual([]);
        await seen(ada, () => presenceOf(ada, 'bob') === 'online');
        if (long) console.log(`member: presence after ${gone} ms, back ${back} ms after the cable`);
      } finally {
        await cable.close();
        await rig.close();
      }
    },
    240_000,
  );

  it.concurrent(
    'of a host: members see it away within 45 s, lines wait, and one log goes on',
    async () => {
      const rig = await RoomRig.start(hasty);
      const cable = await TcpProxy.start(() => rig.relay.port);
      try {
        const clock = hastyClock(HASTE);
        const host = await rig.host('tea', { clock, relayUrl: cable.url });
        const [ada, bob] = [await rig.person('ada', { clock }), await rig.person('bob', { clock })];
        const invite = inviteBy(host.invite, rig.relay.url);
        await enters(ada, invite);
        await enters(bob, invite);
        ada.room.say('before');
        await bob.hears('before');
        const log = host.log;
        cable.cut();
        const gone = await within(
          PRESENCE_MS,
          'host away',
          seen(ada, () => states(ada).includes('host-offline')),
        );
        ada.room.say('meanwhile');
        await within(
          BACK_MS,
          'the host noticed',
          seen(ada, () => host.state === 'offline'),
        );
        cable.heal();
        const back = await within(
          BACK_MS * 2,
          'reconnect',
          seen(bob, () => bob.texts.includes('meanwhile')),
        );
        await seen(ada, () => ada.room.pending().length === 0);
        await seen(ada, () => ada.texts.includes('meanwhile'));
        expect(host.log).toBe(log);
        expect(bob.texts).toEqual(['before', 'meanwhile']);
        expect(ada.texts).toEqual(['before', 'meanwhile']);
        expect([...ada.all('gap'), ...bob.all('gap')]).toEqual([]);
        if (long) console.log(`host: away after ${gone} ms, back ${back} ms after the cable`);
      } finally {
        await cable.close();
        await rig.close();
      }
    },
    240_000,
  );
});
