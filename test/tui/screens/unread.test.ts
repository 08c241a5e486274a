import { describe, expect, it } from 'vitest';
import { logId, type IdentityKey, type RoomId } from '../../../src/shared/ids.ts';
import { SAVE_READ_MS } from '../../../src/tui/read-keeper.ts';
import type { ReadPosition } from '../../../src/tui/services.ts';
import { MemoryClient } from '../../support/memory-client.ts';
import { MemoryWorld } from '../../support/memory-world.ts';
import { keys, openScreenRig, type ScreenRig } from '../rig.tsx';

/** Ada, who is back in tea and chess, and what was said there before. */
async function before() {
  const world = new MemoryWorld();
  const [me, bob] = [new MemoryClient(world, 'ada'), new MemoryClient(world, 'bob')];
  const [tea, chess] = ['tea', 'chess'].map((title) => world.addRoom({ title, owner: bob.self }));
  if (!tea || !chess) throw new Error('no rooms');
  for (const { info } of [tea, chess]) {
    await bob.join(info.id);
    await me.join(info.id);
  }
  const here = (): ReadPosition => ({ log: tea.log, seq: tea.lines.length });
  const open = (rooms: readonly [RoomId, ReadPosition][], people: readonly IdentityKey[] = []) =>
    openScreenRig({ world, me, read: { rooms: new Map(rooms), people } });
  return { world, me, bob, tea, chess, here, open };
}

/** What of a room is on disk once it had the time. */
function kept({ clock, reads }: ScreenRig, room: RoomId): ReadPosition | undefined {
  clock.advance(SAVE_READ_MS);
  return reads.at(-1)?.rooms.get(room);
}

describe('what was unread at the end', () => {
  it('is unread at the start, with its mentions and the mark of the first line', async () => {
    const { bob, tea, here, open } = await before();
    tea.speak(bob.self, 'read.');
    const read = here();
    tea.speak(bob.self, 'unread.');
    tea.speak(bob.self, 'ada, too.');
    const rig = await open([[tea.info.id, read]]);
    expect(rig.frame()).toMatch(/1 tea +@1 2/);
    expect(rig.frame()).toContain('1 mention Alt+A');
    tea.speak(bob.self, 'and this.');
    await rig.settle();
    expect(rig.frame()).toMatch(/1 tea +@1 3/);
    await rig.press(keys.alt('a'));
    expect(rig.frame()).toMatch(
      /: read\.[^]*new since you left[^\n]*\n[^\n]*unread\.[^]*too\.[^]*and this\./,
    );
    expect(rig.frame()).not.toMatch(/tea +@1/);
    rig.close();
    expect(rig.reads.at(-1)?.rooms.get(tea.info.id)).toEqual(here());
  });

  it('is found with Alt+U where it is not in memory', async () => {
    const { bob, tea, here, open } = await before();
    const read = here();
    for (let n = 0; n < 700; n++) tea.speak(bob.self, `unread ${n}.`);
    const rig = await open([[tea.info.id, read]]);
    expect(rig.frame()).toMatch(/1 tea +99\+/);
    await rig.press(keys.alt('1'), keys.alt('u'));
    expect(rig.lines()[1]).toContain('new since you left');
    expect(rig.lines()[2]).toContain('unread 0.');
  });

  it('is nothing where nobody knows: as after an update', async () => {
    const { bob, tea, open, here } = await before();
    tea.speak(bob.self, 'ada?');
    const rig = await open([]);
    expect(rig.frame()).not.toMatch(/tea +@1/);
    expect(kept(rig, tea.info.id)).toEqual(here());
  });

  it('is in a window for one person too, which is there again', async () => {
    const { bob, open } = await before();
    await bob.whisper('ada', 'read.');
    const first = await open([]);
    await first.press('/query bob', keys.enter, keys.alt('1'));
    await bob.whisper('ada', 'unread.');
    await first.settle();
    await first.press('typed in tea', keys.enter);
    first.close();
    const { people = [] } = first.reads.at(-1) ?? {};
    expect(people).toEqual([bob.self.key]);
    const second = await open([], people);
    expect(second.frame()).toMatch(/3 bob +@1/);
    await second.press(keys.alt('3'));
    expect(second.frame()).toMatch(/read\.[^]*new since you left[^]*unread\./);
    // What comes while it is on screen is read, whether or not somebody answers.
    await bob.whisper('ada', 'seen.');
    await second.settle();
    second.close();
    expect(second.me.inbox()).toEqual([]);
  });

  it('is not what was read elsewhere meanwhile', async () => {
    const { me, bob, open } = await before();
    await bob.whisper('ada', 'read in a pipe');
    me.markRead(bob.self.key);
    const rig = await open([], [bob.self.key]);
    expect(rig.frame()).toMatch(/3 bob +»│/);
  });
});

describe('windows for one person', () => {
  it('are there again in their order, as long as nobody closes them', async () => {
    const { world, me, open } = await before();
    const [cleo, dan] = [new MemoryClient(world, 'cleo'), new MemoryClient(world, 'dan')];
    for (const each of [cleo, dan]) {
      await each.join('tea');
      await each.whisper('ada', `from ${each.self.nick}.`);
      me.markRead(each.self.key);
    }
    const first = await open([]);
    await first.press('/query dan', keys.enter, '/query bob', keys.enter, '/query cleo', keys.enter);
    first.close();
    const { people = [] } = first.reads.at(-1) ?? {};
    const second = await open([], people);
    expect(second.frame()).toMatch(/3 dan [^]*4 bob [^]*5 cleo /);
    await second.press(keys.alt('3'));
    expect(second.frame()).toContain('from dan.');
    await second.press('/leave', keys.enter);
    second.close();
    expect(second.reads.at(-1)?.people).not.toContain(dan.self.key);
    expect(second.reads.at(-1)?.people).toContain(cleo.self.key);
  });

  it('are there for what is unread only, where one does not come back to rooms', async () => {
    const { world, me, bob } = await before();
    const cleo = new MemoryClient(world, 'cleo');
    await cleo.join('tea');
    await cleo.whisper('ada', 'read.');
    me.markRead(cleo.self.key);
    await bob.whisper('ada', 'unread.');
    const rig = await openScreenRig({
      world,
      me,
      rejoin: 'off',
      read: { rooms: new Map(), people: [cleo.self.key, bob.self.key] },
    });
    expect(rig.frame()).toMatch(/3 bob +@1/);
    expect(rig.frame()).not.toMatch(/\d cleo/);
    rig.close();
  });
});

describe('how far a room was read', () => {
  it('is on disk with the first frame of a new room, so that a crash makes nothing read or unread', async () => {
    const { world, me, bob, tea, chess, here, open } = await before();
    const rig = await open([[chess.info.id, { log: chess.log, seq: chess.lines.length }]]);
    await rig.press(keys.alt('2'));
    rig.clock.advance(0);
    const atOnce = (room: RoomId) => rig.reads.at(-1)?.rooms.get(room);
    expect(atOnce(tea.info.id)).toEqual(here());
    // One that has news before it was ever looked at is read up to where it was joined.
    const club = world.addRoom({ title: 'club', owner: bob.self });
    club.speak(bob.self, 'said before');
    await me.join(club.info.id);
    const joined = { log: club.log, seq: club.lines.length };
    club.speak(bob.self, 'ada, at once');
    await rig.settle();
    rig.clock.advance(0);
    expect(rig.frame()).toMatch(/3 club +@1/);
    expect(atOnce(club.info.id)).toEqual(joined);
  });

  it('is on disk at once for a new log too, whatever was to be written later', async () => {
    const { me, bob, tea, chess, here, open } = await before();
    const rig = await open([
      [tea.info.id, here()],
      [chess.info.id, { log: chess.log, seq: chess.lines.length }],
    ]);
    await rig.press(keys.alt('1'));
    tea.speak(bob.self, 'seen');
    await rig.settle();
    const log = logId(new Uint8Array(8).fill(9));
    const [, session] = me.rooms();
    if (!session) throw new Error('no session');
    const { info, me: myself } = session;
    me.emit({ type: 'ready', info, log, seq: 3, me: myself, members: [], room: info.id });
    await rig.settle();
    rig.clock.advance(0);
    expect(rig.reads.at(-1)?.rooms.get(info.id)).toEqual({ log, seq: 0 });
    expect(rig.reads.at(-1)?.rooms.get(tea.info.id)).toEqual(here());
  });

  it('is kept seldom, however much is said', async () => {
    const { bob, tea, here, open } = await before();
    const rig = await open([]);
    await rig.press(keys.alt('1'));
    rig.clock.advance(SAVE_READ_MS);
    const writes = rig.reads.length;
    for (let n = 0; n < 50; n++) {
      tea.speak(bob.self, `line ${n}`);
      rig.clock.advance(60);
    }
    expect(rig.reads).toHaveLength(writes);
    expect(kept(rig, tea.info.id)).toEqual(here());
    expect(rig.reads).toHaveLength(writes + 1);
    rig.clock.advance(10 * SAVE_READ_MS);
    expect(rig.reads).toHaveLength(writes + 1);
  });

  it('stays while somebody reads further up, in another window or in another room', async () => {
    const { bob, tea, here, open } = await before();
    for (let n = 0; n < 50; n++) tea.speak(bob.self, `line ${n}`);
    const rig = await open([]);
    await rig.press(keys.alt('1'), keys.pageUp);
    const read = here();
    const say = async () => {
      tea.speak(bob.self, 'news');
      await rig.settle();
    };
    await say();
    expect(kept(rig, tea.info.id)).toEqual(read);
    await rig.press(keys.end);
    expect(kept(rig, tea.info.id)).toEqual(here());
    const seen = here();
    rig.controller.focus(false);
    await say();
    rig.controller.focus(true);
    rig.controller.focus(false);
    const focused = here();
    await say();
    expect(kept(rig, tea.info.id)).toEqual(focused);
    expect(focused.seq).toBeGreaterThan(seen.seq);
    rig.controller.focus(true);
    await rig.press(keys.alt('2'));
    const left = here();
    await say();
    expect(kept(rig, tea.info.id)).toEqual(left);
  });

  it('does not go back, but for another log', async () => {
    const { me, tea, here, open } = await before();
    const ahead = { log: tea.log, seq: here().seq + 5 };
    const rig = await open([[tea.info.id, ahead]]);
    await rig.press(keys.alt('1'));
    rig.clock.advance(SAVE_READ_MS);
    expect(rig.controller.reading.positionOf(tea.info.id)).toEqual(ahead);
    const [session] = me.rooms();
    if (!session) throw new Error('no session');
    const log = logId(new Uint8Array(8).fill(9));
    const { info, me: myself } = session;
    me.emit({ type: 'ready', info, log, seq: 0, me: myself, members: [], room: info.id });
    await rig.settle();
    expect(kept(rig, tea.info.id)).toEqual({ log, seq: 0 });
  });

  it('is forgotten with /leave, also of a room that is over; not of one that did not let us in', async () => {
    const { me, bob, tea, chess, world, here, open } = await before();
    const club = world.addRoom({ title: 'club', owner: bob.self });
    const position = { log: club.log, seq: 1 };
    const rig = await open([
      [tea.info.id, here()],
      [club.info.id, position],
    ]);
    await rig.press(keys.alt('1'), '/leave', keys.enter);
    expect(kept(rig, tea.info.id)).toBeUndefined();
    expect(kept(rig, chess.info.id)).toBeDefined();
    await rig.press(keys.alt('1'));
    me.emit({ type: 'removed', code: 'kicked', room: chess.info.id });
    me.emit({ type: 'state', state: 'closed', reason: 'kicked', room: chess.info.id });
    await rig.settle();
    expect(kept(rig, chess.info.id)).toBeDefined();
    await rig.press('/leave', keys.enter);
    me.emit({ type: 'state', state: 'closed', room: club.info.id });
    expect(kept(rig, chess.info.id)).toBeUndefined();
    expect(kept(rig, club.info.id)).toEqual(position);
  });
});
