import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MemberInfo } from '../../src/client/session-events.ts';
import type { RunningHost } from '../../src/host/hosting.ts';
import { startRelay, type RelayLimits, type RunningRelay } from '../../src/relay/index.ts';
import { formatInvite, parseInvite } from '../../src/shared/crypto/invite.ts';
import { Neighbourhood } from '../support/neighbourhood.ts';
import { hastyClock } from '../support/hasty-clock.ts';
import { RoomRig, type Watched } from '../support/room-rig.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

/** How much faster time passes for members: it takes seconds until they trust a line that has come back. */
const FACTOR = 20;

/** Nobody is slowed down. */
const talkative: Partial<RelayLimits> = {
  connectionsPerNetwork: 100,
  newConnectionsPerNetwork: 1_000,
  joinsPerIdentity: 100,
  memberFramesPerSecond: 10_000,
  memberFrameBurst: 10_000,
};

describe('a room on two lines', () => {
  let rig: RoomRig;
  let lan: RunningRelay;
  let lanCable: TcpProxy;
  let relayCable: TcpProxy;
  let host: RunningHost;
  const near = new Neighbourhood();

  beforeEach(async () => {
    rig = await RoomRig.start(talkative);
    lan = await startRelay({ listen: { host: '127.0.0.1', port: 0 }, dataDir: undefined, limits: talkative });
    lanCable = await TcpProxy.start(() => lan.port);
    relayCable = await TcpProxy.start(() => rig.relay.port);
    host = await rig.host('tea', { lanUrl: lan.url, rate: 10_000, burst: 10_000 });
    near.show(lanCable.url);
  });
  afterEach(async () => {
    near.show();
    await Promise.all([lanCable.close(), relayCable.close()]);
    await rig.close();
    await lan.close();
  });

  /** Somebody who is in the network of the host, and reaches the relay too. */
  const neighbour = (nick: string): Promise<Watched> =>
    rig.person(nick, { relays: [relayCable.url], finder: near, clock: hastyClock(FACTOR) });
  const stranger = (nick: string): Promise<Watched> => rig.person(nick);
  /** The same invite, by way of the cable that can be cut. */
  const throughCable = (link: string): string => {
    const invite = parseInvite(link);
    if (!invite) throw new Error('no invite');
    return formatInvite({ ...invite, port: Number(new URL(relayCable.url).port) });
  };
  const viaOf = (one: Watched, nick: string): MemberInfo['via'] =>
    one.room.members().find((member) => member.nick === nick)?.via;
  const reaches = (one: Watched, via: 'lan' | 'relay'): Promise<true> =>
    one.until(() => {
      const [room] = one.client.rooms();
      return room?.state === 'online' && room.info.via === via && viaOf(one, one.client.self.nick) === via
        ? true
        : undefined;
    }, `the room over ${via}`);
  const bothThere = (one: Watched): Promise<true> =>
    one.until(() => (one.client.relays().every(({ state }) => state === 'online') ? true : undefined));

  it('is one room: those on the network and those at the relay talk, and each sees who is on which line', async () => {
    const ada = await neighbour('ada');
    const bob = await stranger('bob');
    await bothThere(ada);
    await ada.joins('tea');
    await bob.joins('tea');
    await reaches(ada, 'lan');
    await bob.until(() => (viaOf(bob, 'ada') === 'lan' && viaOf(bob, 'bob') === 'relay' ? true : undefined));
    ada.room.say('near');
    bob.room.say('far');
    await Promise.all([ada.hears('far'), bob.hears('near')]);
    expect(host.members().find(({ nick }) => nick === 'ada')).toMatchObject({ via: 'lan' });
    expect(host.lines.map(({ state }) => state)).toEqual(['online', 'online']);
  });

  it('is listed once, and entered over the network', async () => {
    const ada = await neighbour('ada');
    await ada.until(() => (ada.client.listed().length === 1 ? true : undefined));
    await ada.until(() => (ada.client.listed()[0]?.via === 'lan' ? true : undefined));
    await bothThere(ada);
    expect(ada.client.listed()).toHaveLength(1);
    expect((await ada.joins('tea')).info.via).toBe('lan');
  });

  it('is entered over the relay where what the network lists does not answer', async () => {
    const ada = await neighbour('ada');
    await bothThere(ada);
    await ada.until(() => (ada.client.listed()[0]?.via === 'lan' ? true : undefined));
    lanCable.cut();
    expect((await ada.joins('tea')).info.via).toBe('relay');
  });

  it('is entered over the network by an invite whose relay is out of reach', async () => {
    const { invite } = host;
    await rig.relay.close();
    const ada = await rig.person('ada', { relays: [], finder: near });
    expect((await ada.joins(invite)).info.via).toBe('lan');
  });

  it('goes on over the relay when the network goes, and comes back, without a word lost, doubled or out of order', async () => {
    const ada = await neighbour('ada');
    const bob = await stranger('bob');
    await bothThere(ada);
    await ada.joins('tea');
    await bob.joins('tea');
    await reaches(ada, 'lan');
    const floods = [new Flood(ada, 'ada'), new Flood(bob, 'bob')] as const;
    await Promise.all([ada.hears('bob 20'), bob.hears('ada 20')]);
    lanCable.cut();
    await reaches(ada, 'relay');
    await floods[0].more(20);
    lanCable.heal();
    await reaches(ada, 'lan');
    await floods[0].more(20);
    relayCable.cut();
    await floods[0].more(20);
    const [mine, others] = await Promise.all([floods[0].end(), floods[1].end()]);
    await ada.until(() => (ada.texts.length === mine + others ? true : undefined));
    await bob.until(() => (bob.texts.length === mine + others ? true : undefined));
    expect(ada.texts).toEqual(bob.texts);
    for (const [who, count] of [
      ['ada', mine],
      ['bob', others],
    ] as const) {
      const said = ada.texts.filter((text) => text.startsWith(who));
      expect(said).toEqual(Array.from({ length: count }, (_, index) => `${who} ${index + 1}`));
    }
    expect([...ada.all('gap'), ...bob.all('gap'), ...ada.all('suspicious'), ...ada.all('failed')]).toEqual(
      [],
    );
    expect(viaOf(ada, 'ada')).toBe('lan');
  });

  it('does not show a move to the nearer line as an absence', async () => {
    near.show();
    const ada = await neighbour('ada');
    const bob = await stranger('bob');
    await ada.joins('tea');
    await bob.joins('tea');
    await reaches(ada, 'relay');
    near.show(lanCable.url);
    await reaches(ada, 'lan');
    ada.room.say('moved');
    await bob.hears('moved');
    expect(ada.all('state').map(({ state }) => state)).toEqual(['online']);
    expect(bob.all('presence').filter(({ presence }) => presence === 'offline')).toEqual([]);
    expect(bob.room.members().map(({ nick }) => nick)).toEqual(['host', 'ada', 'bob']);
  });

  it('is found on the network by who knows it from the relay, although it is listed nowhere', async () => {
    const club = await rig.host('club', { lanUrl: lan.url, private: true });
    const ada = await neighbour('ada');
    await bothThere(ada);
    await ada.joins(throughCable(club.invite));
    expect(await reaches(ada, 'lan')).toBe(true);
  });

  it('that is listed nowhere goes on over the relay for who was offline when the network went', async () => {
    const club = await rig.host('club', { lanUrl: lan.url, private: true });
    const ada = await neighbour('ada');
    await bothThere(ada);
    await ada.joins(throughCable(club.invite));
    await reaches(ada, 'lan');
    relayCable.cut();
    await ada.until(() =>
      ada.client.relays().find(({ state, via }) => via === 'relay' && state !== 'online'),
    );
    near.show();
    await ada.until(() => (ada.room.state === 'online' ? undefined : true));
    relayCable.heal();
    expect(await reaches(ada, 'relay')).toBe(true);
  });

  it('is opened on the network while the relay is out of reach, and there too when it is back', async () => {
    const gone = rig.relay.port;
    await host.close();
    await rig.relay.close();
    const again = await rig.host('tea', { lanUrl: lan.url });
    expect(again.lines.map(({ state }) => state)).toEqual(['offline', 'online']);
    const online = new Promise<void>((resolve) =>
      again.on((event) => {
        if (event.type === 'online' && event.via === 'relay') resolve();
      }),
    );
    rig.relay = await startRelay({ listen: { host: '127.0.0.1', port: gone }, dataDir: undefined });
    await online;
    expect(again.lines.map(({ state }) => state)).toEqual(['online', 'online']);
  });
});

/** Says numbered lines one after the other until it is ended. */
class Flood {
  readonly #one: Watched;
  readonly #name: string;
  readonly #over: Promise<void>;
  #said = 0;
  #ending = false;

  constructor(one: Watched, name: string) {
    this.#one = one;
    this.#name = name;
    this.#over = this.#run();
  }

  /** So many more have been said and numbered. */
  async more(count: number): Promise<void> {
    await this.#one.hears(`${this.#name} ${this.#said + count}`);
  }

  /** Resolves with how many were said, once all have their number. */
  async end(): Promise<number> {
    this.#ending = true;
    await this.#over;
    return this.#said;
  }

  async #run(): Promise<void> {
    const few = (most: number) =>
      this.#one.until(() => (this.#one.room.pending().length <= most ? true : undefined));
    while (!this.#ending) {
      await few(2);
      const said = this.#one.room.say(`${this.#name} ${++this.#said}`);
      if (!said.ok) throw new Error(`not said: ${said.code}`);
    }
    await few(0);
  }
}
