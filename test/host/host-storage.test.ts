import { describe, expect, it, onTestFinished } from 'vitest';
import { Host } from '../../src/host/host.ts';
import type { HostEvent } from '../../src/host/host-events.ts';
import { MemoryHistory } from './history/memory-history.ts';
import { StorageError, type Batch } from '../../src/host/history/history.ts';
import { Invites } from '../../src/host/invites/invites.ts';
import { defaultRekeyPolicy } from '../../src/host/casts/rekey.ts';
import { systemClock, type Clock } from '../../src/link/clock.ts';
import { Link } from '../../src/link/link.ts';
import { wsDialler } from '../../src/link/ws-transport.ts';
import { chainStart } from '../../src/shared/crypto/chain.ts';
import { makeRoomId, randomBytes, signerFrom } from '../../src/shared/crypto/sign.ts';
import { roomId } from '../../src/shared/ids.ts';
import { MINUTE, SECOND } from '../../src/shared/limits.ts';
import { hostOptions } from './host-options.ts';
import { memberFor, relayFor } from './room-rig.ts';
import { ManualClock } from '../link/manual-clock.ts';
import { eventOf } from '../support/peers/member-circuit.ts';
import { transcriptOf } from '../support/peers/transcript.ts';

const GRACE_MS = MINUTE;

class FullDisk extends MemoryHistory {
  full = false;
  tries = 0;
  override append(batch: Batch): void {
    this.tries++;
    if (this.full) throw new StorageError('full', 'no space');
    super.append(batch);
  }
}

async function rig(clock: Clock = systemClock) {
  const relay = await relayFor();
  const signer = signerFrom(randomBytes(32));
  const nonce = randomBytes(16);
  const log = randomBytes(8);
  const room = makeRoomId(signer.publicKey, nonce);
  const record = {
    room,
    nonce,
    log,
    title: 'tea',
    topic: '',
    private: false,
    code: undefined,
    kepoch: 0,
    rev: 0,
  };
  const history = new FullDisk();
  history.begin(record, chainStart(room, log));
  const link = new Link({ url: relay.url, purpose: 'host', signer, dialler: wsDialler });
  const events: HostEvent[] = [];
  let online: () => void = () => undefined;
  const isOnline = new Promise<void>((resolve) => (online = resolve));
  const host = new Host({
    links: [{ link }],
    history,
    record,
    signer,
    device: hostOptions(relay.url, signer).device,
    invites: new Invites({
      history,
      record,
      clock,
      linkWith: () => '',
      meetingPoint: () => ({ open: () => Promise.resolve(undefined), close: () => Promise.resolve() }),
    }),
    clock,
    random: () => 0,
    policy: { maxMembers: 10, posts: { rate: 100, burst: 100 } },
    rekey: { ...defaultRekeyPolicy, joinMs: 0 },
    graceMs: GRACE_MS,
    backlog: 100,
    retain: 'all',
    nick: 'host',
    notify: (event) => {
      events.push(event);
      if (event.type === 'online') online();
    },
  });
  host.open();
  await isOnline;
  onTestFinished(async () => {
    await host.close();
    await link.close();
  });
  const member = (nick: string) => memberFor({ relayUrl: relay.url, room: roomId(room), nick });
  return { host, history, events, member };
}

describe('a host whose disk is full', () => {
  it('refuses posts, shows them to nobody, and takes them when there is space again', async () => {
    const { history, member, events } = await rig();
    const ada = await member('ada').join();
    const seq = await ada.line('one');
    history.full = true;
    const event = ada.event('two');
    ada.post(event);
    expect(await ada.message('rejected')).toMatchObject({ id: event.id, code: 'storage-full' });
    expect(events.map(({ type }) => type)).toContain('storage');
    history.full = false;
    ada.post(event);
    expect((await ada.castOf(event.id)).seq).toBe(seq + 1);
    expect(transcriptOf(ada)).toEqual(['room-opened', '+host', '+ada', 'one', 'two']);
  });

  it('lets nobody in, and nobody who was refused stays on the roster', async () => {
    const { history, member, host } = await rig();
    history.full = true;
    const bob = await member('bob').dial();
    expect(await bob.message('refused')).toMatchObject({ code: 'storage-full' });
    expect(await bob.hungUp()).toBe('storage-full');
    expect(host.members().map(({ nick }) => nick)).toEqual(['host']);
    history.full = false;
    const again = await member('bob').join();
    expect(again.welcome.rosterSize).toBe(2);
  });

  it('tries every ten seconds, and not all the time, to write down that somebody has been away for too long', async () => {
    const clock = new ManualClock();
    const { history, member, host } = await rig(clock);
    const ada = await member('ada').join();
    const bob = await member('bob').join();
    await bob.close();
    await expect.poll(() => host.members().at(-1)?.presence, { interval: 5 }).toBe('offline');
    history.full = true;
    history.tries = 0;
    clock.advance(GRACE_MS);
    await expect.poll(() => history.tries, { interval: 5 }).toBe(1);
    for (let tries = 1; tries <= 3; tries++) {
      clock.advance(10 * SECOND - 1);
      await ada.settled();
      expect(history.tries).toBe(tries);
      history.full = tries < 3;
      clock.advance(1);
      await expect.poll(() => history.tries, { interval: 5 }).toBe(tries + 1);
    }
    await ada.cast((cast) => eventOf(cast)?.kind === 'member-left');
  });

  it('takes the key from who leaves all the same', async () => {
    const { history, member } = await rig();
    const ada = await member('ada').join();
    const bob = await member('bob').join();
    const kepoch = bob.welcome.head[2];
    history.full = true;
    bob.say({ t: 'leave' });
    expect((await ada.message('rekey', (rekey) => rekey.kepoch > kepoch)).kepoch).toBe(kepoch + 1);
  });
});
