import { afterEach, describe, expect, it } from 'vitest';
import { PING_MS, PONG_MS, SECOND } from '../../src/shared/limits.ts';
import type { JsonLine } from '../support/program.ts';
import { Stage } from '../support/stage.ts';
import { RoomRig, type Watched } from '../support/room-rig.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** How much faster than in life the relay asks whether somebody is still there. */
const FASTER = 20;
/** Between two looks of the relay at who is silent; this is not scaled. */
const LOOK_MS = SECOND;
/** What a machine that is busy with much else may add. */
const BUSY_MS = 15 * SECOND;

async function rigged(faster = 1) {
  const rig = await RoomRig.start({ pingMs: PING_MS / faster, pongMs: PONG_MS / faster });
  open.push(() => rig.close());
  const host = await rig.host('tea');
  const cable = await TcpProxy.start(() => rig.relay.port);
  open.push(() => cable.close());
  const ada = await rig.person('ada');
  const bob = await rig.person('bob', { relays: [cable.url] });
  await ada.joins(host.invite);
  await bob.joins('tea');
  await ada.seen('members', ({ members }) => members.length === 3);
  return { rig, cable, ada, bob };
}
const presenceOf = (who: Watched, of: Watched) =>
  who.room.members().find(({ key }) => key === of.profile.key)?.presence;

describe('presence', () => {
  it('is right within 45 s of a pulled cable, and again when it is back', async () => {
    expect(PING_MS + PONG_MS + 2 * LOOK_MS).toBeLessThan(45 * SECOND);
    const { rig, cable, ada, bob } = await rigged(FASTER);
    expect(presenceOf(ada, bob)).toBe('online');
    const cutAt = performance.now();
    cable.cut();
    await ada.until(() => (presenceOf(ada, bob) === 'offline' ? true : undefined), 'bob out of reach');
    expect(performance.now() - cutAt).toBeLessThan((PING_MS + PONG_MS) / FASTER + 3 * LOOK_MS + BUSY_MS);
    await cable.close();
    const back = await rig.person('bob', { home: 'bob again' });
    await back.joins('tea');
    await ada.seen('members', ({ members }) =>
      members.some(({ key, presence }) => key === back.profile.key && presence === 'online'),
    );
  });

  it('away is told with its words, again after a reconnect, and until it is over', async () => {
    const { rig, ada, bob } = await rigged();
    bob.room.setPresence('away', 'lunch');
    const away = await ada.seen('presence', ({ presence }) => presence === 'away');
    expect(away).toMatchObject({ who: { nick: 'bob' }, status: 'lunch' });
    await rig.restartRelay();
    // Whoever is back first hears of the other; whoever is second is told with the members.
    await Promise.all([ada, bob].map((who) => who.seen('ready', () => true, 2)));
    const isAway = () => ada.room.members().find(({ nick, status }) => nick === 'bob' && status === 'lunch');
    await ada.until(isAway, 'bob away again');
    bob.room.setPresence('online');
    const back = () =>
      ada.room.members().find(({ nick, presence }) => nick === 'bob' && presence === 'online');
    expect(await ada.until(back)).not.toHaveProperty('status');
  });
});

describe('a process that is killed', () => {
  it('is out of reach at once', async () => {
    const stage = new Stage();
    open.push(() => stage.close());
    const { url } = await stage.relay();
    await stage.host('host', 'tea', '--relay', url);
    const join = async (nick: string) => {
      const program = stage.program(
        nick,
        'pipe',
        'tea',
        '--relay',
        url,
        '--nick',
        nick,
        '--json',
        '--follow',
      );
      await program.event('ready');
      return program;
    };
    const [ada, bob] = [await join('ada'), await join('bob')];
    bob.kill('SIGKILL');
    const gone = ({ nick, presence }: JsonLine) => nick === 'bob' && presence === 'offline';
    expect(await ada.event('presence', gone, BUSY_MS)).not.toHaveProperty('status');
  });
});

describe('typing', () => {
  it('is told at most once in 3 s, however often something is typed', async () => {
    const { ada, bob } = await rigged();
    for (let n = 0; n < 20; n++) bob.room.typing();
    bob.room.say('done');
    await ada.hears('done');
    expect(ada.all('typing')).toHaveLength(1);
  });
});
