import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunningHost } from '../../src/host/hosting.ts';
import { wsDialler } from '../../src/link/ws-transport.ts';
import { ManualClock } from '../link/manual-clock.ts';
import { RoomRig, textOf, type PersonOptions, type Watched } from '../support/room-rig.ts';

let rig: RoomRig;
beforeEach(async () => {
  rig = await RoomRig.start();
});
afterEach(() => rig.close());

/** Ada as somebody who starts the program, now or again. */
async function ada(
  options: Pick<PersonOptions, 'clock' | 'relays' | 'relaysOnly' | 'dialler'> = {},
): Promise<Watched> {
  const one = await rig.person('ada', { remembers: true, ...options });
  one.client.rejoin();
  return one;
}

/** Ada's program has come and gone; `while` it was there she did this. */
async function before(act: (one: Watched) => Promise<unknown>, reason?: string): Promise<void> {
  const one = await ada();
  await act(one);
  if (reason !== undefined) await one.client.close(reason);
  await one.close();
}

const titles = (one: Watched): string[] => one.client.rooms().map(({ info }) => info.title);
const online = (one: Watched, { room }: Pick<RunningHost, 'room'>) =>
  one.seen('ready', (event) => event.room === room);

async function says(host: RunningHost, ...texts: string[]): Promise<void> {
  const bob = await rig.person('bob');
  await bob.joins(host.invite);
  for (const text of texts) {
    bob.room.say(text);
    await bob.hears(text);
  }
  await bob.close();
}

describe('rooms that were open', () => {
  it('are there again at once, in their order, with what was said before and meanwhile', async () => {
    const [tea, chess] = [await rig.host('tea'), await rig.host('chess')];
    await before(async (one) => {
      await one.joins(tea.invite);
      await one.joins(chess.invite);
      one.client.rooms()[0]?.say('before');
      await one.hears('before');
    }, '');
    await says(tea, 'meanwhile');
    const again = await ada();
    expect(titles(again)).toEqual(['tea', 'chess']);
    const [first] = again.client.rooms();
    expect(first?.state).toBe('connecting');
    expect(first?.history(100).flatMap((line) => textOf(line) ?? [])).toEqual(['before']);
    expect(again.events).toMatchObject([{ state: 'connecting' }, { state: 'connecting' }]);
    const missed = await again.hears('meanwhile');
    expect(missed).toMatchObject({ room: tea.room, history: true });
    await online(again, chess);
    expect(again.client.rooms().map(({ state }) => state)).toEqual(['online', 'online']);
  });

  it('are those that were neither left nor forgotten', async () => {
    const hosts = [await rig.host('tea'), await rig.host('chess')];
    await before(async (one) => {
      for (const host of hosts) await one.client.join(host.invite);
      await one.client.rooms()[0]?.leave();
    });
    await before(async (one) => {
      expect(titles(one)).toEqual(['chess']);
      one.client.forget(one.room.info.id);
    });
    expect(titles(await ada())).toEqual([]);
  });

  it('come back nowhere but where they are remembered', async () => {
    const tea = await rig.host('tea');
    await before((one) => one.joins(tea.invite));
    const pipe = await rig.person('ada');
    pipe.client.rejoin();
    expect(titles(pipe)).toEqual([]);
  });

  it('are not come back to by somebody who was put out', async () => {
    const tea = await rig.host('tea');
    await before(async (one) => {
      const room = await one.joins(tea.invite);
      const owner = await rig.person('owner', { home: 'host' });
      const own = await owner.joins(tea.invite);
      own.act({ type: 'kick', key: room.me.key });
      await one.seen('removed', ({ code }) => code === 'kicked');
      await owner.close();
    });
    expect(titles(await ada())).toEqual([]);
  });

  it('say so and are forgotten where one was banned meanwhile', async () => {
    const tea = await rig.host('tea');
    let key = '';
    await before(async (one) => (key = (await one.joins(tea.invite)).me.key));
    const owner = await rig.person('owner', { home: 'host' });
    const own = await owner.joins(tea.invite);
    const member = await owner.until(() => own.members().find((each) => each.key === key));
    own.act({ type: 'ban', key: member.key });
    await owner.until(() => own.members().every((each) => each.key !== key) || undefined);
    await owner.close();
    const again = await ada();
    await again.seen('removed', ({ code }) => code === 'banned');
    await again.close();
    expect(titles(await ada())).toEqual([]);
  });
});

describe('a room at another relay than the run is for', () => {
  it('is read, not called, and called once that relay is wanted too', async () => {
    const tea = await rig.host('tea');
    await before(async (one) => {
      await one.joins(tea.invite);
      one.room.say('kept');
      await one.hears('kept');
    });
    const other = await RoomRig.start();
    try {
      const dialled: string[] = [];
      const again = await ada({
        relays: [other.relay.url],
        relaysOnly: true,
        dialler: (url, events) => {
          dialled.push(url);
          return wsDialler(url, events);
        },
      });
      expect(again.room).toMatchObject({ state: 'reconnecting', reason: 'left-out' });
      expect(again.room.info.relay).toBe(rig.relay.url);
      expect(again.room.search('kept', 10)).toHaveLength(1);
      again.room.say('waits for you');
      await again.client.connect(other.relay.url);
      expect(new Set(dialled)).toEqual(new Set([other.relay.url]));
      await again.client.connect(rig.relay.url);
      await again.hears('waits for you');
      await again.close();
    } finally {
      await other.close();
    }
    // For that run only.
    await online(await ada(), tea);
  });

  it('is called as ever at the relay that it is for', async () => {
    const tea = await rig.host('tea');
    await before((one) => one.joins(tea.invite));
    expect(await online(await ada({ relaysOnly: true }), tea)).toMatchObject({ room: tea.room });
  });
});

describe('a room whose host is away', () => {
  it('is away, can be read and written in, and goes on when the host is back', async () => {
    const tea = await rig.host('tea');
    await before(async (one) => {
      await one.joins(tea.invite);
      one.room.say('kept');
      await one.hears('kept');
    });
    await tea.close();
    const again = await ada();
    await again.seen('state', ({ state }) => state === 'host-offline');
    expect(again.room.search('kept', 10)).toHaveLength(1);
    again.room.say('waits for you');
    await rig.host('tea');
    await again.hears('waits for you');
  });

  it('is called at once when somebody asks for it: it may be open again', async () => {
    const tea = await rig.host('tea', { private: true });
    await before((one) => one.joins(tea.invite));
    await tea.close();
    // By itself it would not call again for as long as this clock stands.
    const again = await ada({ clock: new ManualClock() });
    await again.seen('state', ({ state }) => state === 'host-offline');
    await again.joins((await rig.host('tea', { private: true })).invite);
    await online(again, tea);
    expect(titles(again)).toEqual(['tea']);
  });

  it('can be left', async () => {
    const tea = await rig.host('tea');
    await before((one) => one.joins(tea.invite));
    await tea.close();
    await before(async (one) => {
      await one.seen('state', ({ state }) => state === 'host-offline');
      await one.room.leave();
      expect(titles(one)).toEqual([]);
    });
    expect(titles(await ada())).toEqual([]);
  });

  it('keeps nobody from the others', async () => {
    const [tea, chess] = [await rig.host('tea'), await rig.host('chess')];
    await before(async (one) => {
      await one.joins(tea.invite);
      await one.joins(chess.invite);
    });
    await tea.close();
    const again = await ada();
    await online(again, chess);
    await again.seen('state', ({ room, state }) => room === tea.room && state === 'host-offline');
    expect(titles(again)).toEqual(['tea', 'chess']);
  });
});

describe('the relay of a room', () => {
  it('is connected to again, although nobody saved it', async () => {
    const tea = await rig.host('tea');
    const [first, second] = [await ada({ relays: [] }), () => ada({ relays: [] })];
    await first.joins(tea.invite);
    await first.close();
    const again = await second();
    await online(again, tea);
    await again.client.disconnect(rig.relay.url);
    await again.close();
    const without = await second();
    expect(without.client.relays()).toEqual([]);
    expect(titles(without)).toEqual(['tea']);
    await without.client.connect(rig.relay.url);
    await online(without, tea);
  });

  it('may be out of reach: the rooms wait for it', async () => {
    const tea = await rig.host('tea');
    await before((one) => one.joins(tea.invite));
    await rig.restartRelay(async () => {
      const again = await ada();
      await again.seen('state', ({ state, reason }) => state === 'reconnecting' && reason === 'unreachable');
      expect(titles(again)).toEqual(['tea']);
      await again.close();
    });
    await online(await ada(), tea);
  });
});

describe('a room with a code', () => {
  it('is private too, and not asked for again', async () => {
    const tea = await rig.host('tea', { private: true, code: new Uint8Array(16).fill(7) });
    await before((one) => one.joins(tea.invite), '');
    const again = await ada();
    await online(again, tea);
    expect(again.all('removed')).toEqual([]);
  });

  it('that is wanted again says so, stays to be come back to, and is entered by another invite', async () => {
    const tea = await rig.host('tea', { code: new Uint8Array(16).fill(7) });
    const owner = await rig.person('owner', { home: 'host' });
    const own = await owner.joins(tea.invite);
    const forOne = async (): Promise<string> => {
      const made = await own.invite({ once: true });
      if (!made.ok) throw new Error(made.code);
      return made.value.link;
    };
    let key = '';
    const link = await forOne();
    await before(async (one) => (key = (await one.joins(link)).me.key));
    const member = await owner.until(() => own.members().find((each) => each.key === key));
    own.act({ type: 'kick', key: member.key });
    await owner.until(() => own.members().every((each) => each.key !== key) || undefined);
    await before(async (one) => {
      await one.seen('removed', ({ code }) => code === 'invite-used');
      expect(titles(one)).toEqual([]);
    });
    const again = await ada();
    expect(titles(again)).toEqual(['tea']);
    // At once: the room has not answered yet.
    await again.joins(await forOne());
    await online(again, tea);
    expect(titles(again)).toEqual(['tea']);
  });
});
